"""How long an answer is to be expected, by domain and tier: measured in a bank, or of a table.

Settings and, for a bank, the examples that say which domain and tier its problems have come in;
tokens go out. Knows nothing of prices.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.bank.tables import read_outcomes
from pipeline.catalog.load import load_models
from pipeline.errors import InputError, SettingsError
from pipeline.io import read_parquet
from pipeline.reward.unit import PREMIUM
from pipeline.reward_settings import RewardSettings
from pipeline.settings import Settings
from schemas.examples import EXAMPLE_TIERS
from schemas.problems import DOMAINS

TABLE = Path(__file__).with_name("expected.toml")
# A mean of fewer answers may be one rambling model's.
LEAST_OUTCOMES = 20

Cell = tuple[str, str]


class ExpectedTokens(NamedTuple):
    """Output tokens of one answer.

    Attributes:
        cells: By domain and tier, every one of them.
        measured: Those whose length is a bank's.
    """

    cells: Mapping[Cell, float]
    measured: frozenset[Cell] = frozenset()

    def of(self, domain: str, tier: str) -> float:
        """Tokens of a domain and tier.

        Raises:
            InputError: There is no such domain or tier.
        """
        try:
            return self.cells[domain, tier]
        except KeyError:
            raise InputError(
                f"no expected length for domain {domain!r}, tier {tier!r}; domains are "
                f"{', '.join(DOMAINS)} and tiers {', '.join(EXAMPLE_TIERS)}"
            ) from None


def table_of(settings: RewardSettings) -> ExpectedTokens:
    """Lengths of the table, with those of the settings in their places.

    Raises:
        SettingsError: The settings name a domain that there is not.
    """
    unknown = sorted(settings.expected_tokens.keys() - set(DOMAINS))
    if unknown:
        raise SettingsError(
            f"reward.expected_tokens names {', '.join(unknown)}; domains are {', '.join(DOMAINS)}"
        )
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    cells = {
        (domain, tier): float(tokens)
        for lengths in (table, settings.expected_tokens)
        for domain, tiers in lengths.items()
        for tier, tokens in tiers.items()
    }
    return ExpectedTokens(cells)


def expected_tokens(settings: Settings, examples: Iterable[Path] = ()) -> ExpectedTokens:
    """Lengths as the settings want them.

    Args:
        settings: Of the reward, and the price list that says which models are premium.
        examples: Files of table `examples`; a bank needs them.

    Raises:
        InputError: There is no such bank, or none of its outcomes is about one of the examples.
        SettingsError: The settings name a domain that there is not.
    """
    table, bank = table_of(settings.reward), settings.reward.expected_bank
    if bank is None:
        return table
    models = load_models(settings.catalog.models).models
    found = _means(bank, list(examples), [m.model_id for m in models if m.tier == PREMIUM])
    return ExpectedTokens({**table.cells, **found}, frozenset(found))


def _means(bank: Path, examples: list[Path], premium: list[str]) -> dict[Cell, float]:
    """Mean lengths of each cell: of premium models where they are enough, else of all models."""
    written = (
        read_outcomes(bank)
        .filter(pl.col("output_tokens") > 0)
        .select("problem_id", "output_tokens", pl.col("model_id").is_in(premium).alias("premium"))
        .join(_places(examples), on="problem_id")
    )
    if not written.height:
        raise InputError(
            f"{bank}: no outcome of known length is about one of the examples; give a bank of the "
            "same problems, or leave reward.expected_bank unset"
        )
    length, best = pl.col("output_tokens"), pl.col("premium")
    cells = written.group_by("domain", "tier").agg(
        pl.when(best.sum() >= LEAST_OUTCOMES)
        .then(length.filter(best).mean())
        .otherwise(length.mean())
        .alias("mean"),
        pl.len(),
    )
    enough = cells.filter(pl.col("len") >= LEAST_OUTCOMES)
    return {(domain, tier): mean for domain, tier, mean, _ in enough.iter_rows()}


def _places(examples: list[Path]) -> pl.DataFrame:
    """Domain and tier of each problem."""
    extra = pl.col("extra_info").struct
    frames = [
        read_parquet(path, ["ability", "extra_info"]).select(
            extra.field("problem_id"), pl.col("ability").alias("domain"), extra.field("tier")
        )
        for path in examples
    ]
    if not frames:
        raise InputError("reward.expected_bank needs the examples, which know domains and tiers")
    return pl.concat(frames).unique("problem_id", keep="first", maintain_order=True)
