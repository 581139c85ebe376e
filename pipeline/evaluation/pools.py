"""Where the replies of an evaluation come from, and what is on offer there."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pipeline import bank as bank_room
from pipeline.bank.bank import Bank
from pipeline.bank.source import ASSUME, BankSource
from pipeline.bank.stand_ins import known_problems
from pipeline.bank.tables import BankFiles, read_questions
from pipeline.catalog.load import load_models
from pipeline.errors import InputError, SettingsError
from pipeline.evaluation.asked import Item, digest_of
from pipeline.evaluation.linking import Texts, link, user_text
from pipeline.evaluation.suites.load import LoadedSuite
from pipeline.io import sha256_file, write_parquet
from pipeline.layout import Layout
from pipeline.router.assemble import BANK, LIVE, open_source
from pipeline.router.menu import Menu, base_menu
from pipeline.router.record import Episode
from pipeline.router.simulated import SOURCE as SIMULATED
from pipeline.router.simulated import SimulatedSource
from pipeline.router.turns import CallSource
from pipeline.settings import Settings

PRICE_LISTS = Path(bank_room.__file__).with_name("pricelists")


class Pool(NamedTuple):
    """An open pool.

    Attributes:
        kind: live, bank or simulated.
        source: Of replies.
        menu: What is on offer, at list prices.
        identity: What makes its replies others, as JSON values.
        bank: Of a bank pool.
        path: Of its directory or table.
    """

    kind: str
    source: CallSource
    menu: Menu
    identity: dict[str, Any]
    bank: Bank | None = None
    path: Path | None = None

    def links(self, items: Texts, bare: Sequence[str]) -> dict[str, str]:
        """Ids under which a bank knows the items; empty for other pools."""
        questions = read_questions(self.path) if self.path else None
        if questions is None:
            return {}
        pairs = questions.select("problem_id", "messages").iter_rows()
        return link(items, {key: user_text(messages) for key, messages in pairs}, bare)

    def unknown(self, items: Iterable[Item]) -> int:
        """Problems that a bank has no outcome of; 0 for other pools."""
        bank = self.bank
        if bank is None:
            return 0
        names = {item.known_as for item in items}
        return sum(not any(bank.record(name, model) for model in bank.models) for name in names)

    def lost_text(self, item: Item, episode: Episode) -> bool:
        """Whether the answer is a reply of the bank, which kept no text of it."""
        chosen = [call for call in episode.calls if call["selected"]]
        if self.bank is None or not chosen:
            return False
        record = self.bank.record(item.known_as, chosen[0]["model_id"], item.sample)
        return record is not None and self.bank.text(record) is None


@contextlib.asynccontextmanager
async def open_pool(
    settings: Settings, spec: str, suites: Sequence[LoadedSuite]
) -> AsyncIterator[Pool]:
    """Open a pool and make its menu.

    Args:
        settings: Of the router and of its price list.
        spec: live, simulated or bank:PATH.
        suites: What will be asked: stand-ins are right or wrong about it.

    Raises:
        SettingsError: There is no such pool, or nothing of it has a price.
        InputError: The bank or the price list cannot be read.
    """
    kind, _, rest = spec.partition(":")
    if spec == SIMULATED:
        stand_ins = _stand_ins(settings, suites)
        yield Pool(SIMULATED, stand_ins, menu_of(settings), {"seed": settings.seed})
        return
    menu = menu_of(settings) if kind == LIVE else None
    models = menu.offered if menu else None
    router = settings.router.model_copy(update={"models": models})  # only what these need is loaded
    async with open_source(settings.model_copy(update={"router": router}), spec) as source:
        if menu is not None:
            places = settings.router.deployments
            named = {name: places[name].model_dump() for name in menu.offered if name in places}
            yield Pool(LIVE, source, menu, {"deployments": digest_of(named)})
            return
        assert isinstance(source, BankSource)
        path, _, assumed = rest.partition("?")
        identity = {"outcomes": _digest(Path(path)), ASSUME: assumed.partition("=")[2] or "0"}
        menu = menu_of(settings, source.bank)
        yield Pool(BANK, source, menu, identity, source.bank, Path(path))


def menu_of(settings: Settings, bank: Bank | None = None) -> Menu:
    """The models that the settings name, else all enabled ones, else those that a bank knows.

    Raises:
        SettingsError: The price list has none of the bank's models.
        InputError: The list cannot be read, or a name is unknown.
    """
    known = load_models(settings.catalog.models)
    if settings.router.models or bank is None:
        return base_menu(known, settings.router.models)
    names = [model.model_id for model in known.models if model.model_id in bank.models]
    if not names:
        lists = ", ".join(sorted(path.stem for path in PRICE_LISTS.glob("*.toml")))
        raise SettingsError(
            f"the bank has outcomes of {', '.join(bank.models)}, and the price list has a price of "
            f"none of them; name one that has, with --catalog FILE, or {lists}"
        )
    return base_menu(known, names)


def price_list(named: Path | None) -> Path | None:
    """A price list: a file, or one that comes with the package by its name.

    Raises:
        InputError: There is none.
    """
    if named is None or named.exists():
        return named
    shipped = PRICE_LISTS / f"{named}.toml"
    if len(named.parts) == 1 and shipped.exists():
        return shipped
    lists = ", ".join(sorted(path.stem for path in PRICE_LISTS.glob("*.toml")))
    raise InputError(f"{named}: no such price list; name a file, or one of {lists}")


def _digest(path: Path) -> str:
    return sha256_file(BankFiles(path).outcomes if path.is_dir() else path)[:16]


def _stand_ins(settings: Settings, suites: Sequence[LoadedSuite]) -> SimulatedSource:
    """Stand-ins that know right and wrong answers to what will be asked, where those are known."""
    problems = pl.concat([loaded.problems for loaded in suites]).unique("problem_id")
    with tempfile.TemporaryDirectory(prefix="xrouter-evaluate-") as folder:
        built = Layout(Path(folder))
        write_parquet(problems.sort("problem_id"), built.problems)
        solutions = pl.concat([loaded.references for loaded in suites]).unique("problem_id")
        write_parquet(solutions.sort("problem_id"), built.references)
        known = known_problems(built, set(problems["problem_id"]), settings.seed)
    return SimulatedSource(settings.seed, known)
