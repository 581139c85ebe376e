"""Which rows may go out: by the licence of their problem's source, or of the bank's import.

Tables of a build and a bank come in; ids that may go out, and what is refused and why, go out.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa

from pipeline.bank.tables import BankFiles
from pipeline.errors import InputError
from pipeline.io import read_parquet
from pipeline.layout import Layout
from pipeline.publishing.licences import Policy
from pipeline.publishing.parts import RL, Part, place

UNKNOWN = "unknown"
OUTCOMES = "outcomes"
SOURCE = ("data_source", "dataset", "licence")
# Where a table says which problem a row is about.
PROBLEM = {
    RL: "extra_info.problem_id",
    "pass_rates": "problem_id",
    OUTCOMES: "problem_id",
    "questions": "problem_id",
}


class Left(NamedTuple):
    """Rows of one source that stay behind."""

    config: str
    data_source: str
    licence: str
    why: str
    rows: int


class Rights(NamedTuple):
    """What may go out.

    Attributes:
        origins: One row per problem, of build and bank: data source, dataset, licence, and why it
            may not go out, which is null where it may.
        clear: Data sources of which at least one problem is known, and all may go out.
    """

    origins: dict[str, pl.DataFrame]
    clear: frozenset[str]

    def kept(self, part: Part, table: pa.Table) -> pa.Table:
        """The rows of a batch that may go out."""
        if part.config == "rejected":
            return self._without_details(table)
        if part.config not in PROBLEM:
            return table
        return table.filter(self._origin(part, table)["why"].is_null().to_arrow())

    def left(self, part: Part) -> list[Left]:
        """Rows of a part that may not go out, by source."""
        if part.config not in PROBLEM:
            return []
        column = PROBLEM[part.config].partition(".")[0]
        frames = [self._origin(part, table) for table in part.batches([column])]
        if not frames:
            return []
        refused = pl.concat(frames).filter(pl.col("why").is_not_null())
        counted = refused.group_by("data_source", "licence", "why").len("rows")
        rows = counted.sort("data_source", "licence", "why").iter_rows()
        return [Left(part.config, *row) for row in rows]

    def _origin(self, part: Part, table: pa.Table) -> pl.DataFrame:
        frame: pl.DataFrame = pl.from_arrow(table)  # type: ignore[assignment]
        ids = frame.select(place(PROBLEM[part.config]).alias("problem_id"))
        which = RL if part.config in (RL, "pass_rates") else OUTCOMES
        found = ids.join(self.origins[which], on="problem_id", how="left", maintain_order="left")
        nameless = pl.col("data_source").is_null()
        return found.with_columns(
            pl.col("data_source", "licence").fill_null(UNKNOWN),
            pl.when(nameless)
            .then(pl.lit("its problem is not known"))
            .otherwise("why")
            .alias("why"),
        )

    def _without_details(self, table: pa.Table) -> pa.Table:
        """A detail may quote its row, so it stays behind unless its source may go out."""
        frame: pl.DataFrame = pl.from_arrow(table)  # type: ignore[assignment]
        clear = pl.col("data_source").is_in(list(self.clear))
        shown = frame.with_columns(pl.when(clear).then("detail").alias("detail"))
        return shown.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(table.schema)


def rights_of(built: Layout, bank: Path | None, policy: Policy) -> Rights:
    """Judge every problem of a build and of a bank.

    Raises:
        InputError: A table is broken.
    """
    own = _judged(_problems(built), policy)
    origins = {RL: own}
    if bank is not None:
        asked = _judged(_asked(bank, own), policy)
        before = own.select("problem_id", own_why="why")
        # A question that may not go out as a row of ours may not go out by another door.
        both = asked.join(before, on="problem_id", how="left", maintain_order="left")
        origins[OUTCOMES] = both.with_columns(why=pl.coalesce("why", "own_why")).drop("own_why")
    everything = pl.concat([frame.select("data_source", "why") for frame in origins.values()])
    refused = set(everything.filter(pl.col("why").is_not_null())["data_source"])
    return Rights(origins, frozenset(set(everything["data_source"]) - refused))


def _problems(built: Layout) -> pl.DataFrame:
    frame = read_parquet(built.problems, ["problem_id", "data_source", "origin"])
    fields = [pl.col("origin").struct.field(name) for name in ("dataset", "licence")]
    return frame.select("problem_id", "data_source", *fields)


def _asked(bank: Path, own: pl.DataFrame) -> pl.DataFrame:
    """Problems of a bank: an import has a licence of its own, others are of the build's sources."""
    files = BankFiles(bank)
    answered = read_parquet(files.outcomes, ["problem_id", "data_source", "source"])
    imported = pl.col("source") == "imported"
    licence = _imported(files.imported).get("licence") or UNKNOWN
    brought = answered.filter(imported).select(
        "problem_id", "data_source", pl.col("data_source").alias("dataset"), licence=pl.lit(licence)
    )
    collected = answered.filter(~imported).select("problem_id", "data_source")
    if files.questions.exists():
        questions = read_parquet(files.questions, ["problem_id", "data_source"])
        collected = pl.concat([collected, questions])
    of_build = collected.join(own.select("problem_id", "dataset", "licence"), on="problem_id")
    unknown = collected.with_columns(dataset=pl.col("data_source"), licence=pl.lit(UNKNOWN))
    frames = [frame.select("problem_id", *SOURCE) for frame in (brought, of_build, unknown)]
    return pl.concat(frames).unique("problem_id", keep="first", maintain_order=True)


def _imported(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        mapping: dict[str, Any] = json.loads(path.read_text("utf-8"))["mapping"]
    except (ValueError, KeyError) as error:
        raise InputError(f"{path}: not the record of an import ({error}); import again") from error
    return mapping


def _judged(problems: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    sources = problems.select(SOURCE).unique()
    why = [
        policy.refusal(row["licence"], row["data_source"], row["dataset"])
        for row in sources.iter_rows(named=True)
    ]
    judged = sources.with_columns(pl.Series("why", why, dtype=pl.String))
    return problems.join(judged, on=SOURCE, how="left", maintain_order="left")
