"""The tables that go out: which file of a build or bank is which configuration and split.

A build and a bank come in, `Part`s go out, which give their rows in batches. Knows nothing of
licences.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.bank.tables import BankFiles
from pipeline.errors import InputError
from pipeline.io import ROW_GROUP_ROWS
from pipeline.layout import Layout
from schemas.examples import SPLITS

RL = "rl"
WHOLE = "train"  # what the Hub calls the one split of a table without splits

WHAT = {
    RL: "one row per problem, repetition and catalogue, as verl reads it",
    "catalog": "the price list that each row of `rl` shows",
    "models": "the base list of models",
    "prices": "list prices by date, USD per million tokens",
    "pass_rates": "how often reference models solved a problem: n, k, rate, interval, tier",
    "rejected": "rows that did not go into `rl`, each with the stage and the reason",
    "outcomes": "answers of pool models to problems, graded",
    "questions": "the problems that `outcomes` answers",
}


class Part(NamedTuple):
    """One split of one configuration.

    Attributes:
        config: Configuration.
        split: Split.
        files: Parquet files of one schema, read one after the other.
        key: Columns, or fields of structs (`a.b`), that name a row.
    """

    config: str
    split: str
    files: tuple[Path, ...]
    key: tuple[str, ...]

    @property
    def name(self) -> str:
        """Configuration and split."""
        return f"{self.config}/{self.split}"

    @property
    def schema(self) -> pa.Schema:
        """Of its files, without metadata of their writers."""
        schema = pq.read_schema(self.files[0]).remove_metadata()
        return pa.schema([_plain(field) for field in schema])

    def batches(self, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Rows in order, at most `ROW_GROUP_ROWS` at a time.

        Raises:
            InputError: A file is not parquet, or not of the first one's schema.
        """
        schema = self.schema
        if columns:
            schema = pa.schema([schema.field(name) for name in columns])
        for file in self.files:
            try:
                with pq.ParquetFile(file) as source:
                    for batch in source.iter_batches(ROW_GROUP_ROWS, columns=columns):
                        yield pa.Table.from_batches([batch]).cast(schema)
            except (pa.ArrowException, OSError, ValueError) as error:
                raise InputError(f"{file}: cannot be read as {self.name} ({error})") from error

    def names(self, table: pa.Table) -> pl.Series:
        """What names each row of a batch."""
        frame: pl.DataFrame = pl.from_arrow(  # type: ignore[assignment]
            table.select(list({key.partition(".")[0]: None for key in self.key}))
        )
        return frame.select(pl.concat_str(map(place, self.key), separator=" ")).to_series()


def place(name: str) -> pl.Expr:
    """Column or field of a struct, as text."""
    column, _, field = name.partition(".")
    found = pl.col(column).struct.field(field) if field else pl.col(column)
    return found.cast(pl.String).fill_null("-")


def parts_of(built: Layout, bank: Path | None) -> list[Part]:
    """Everything that a build and a bank hold for publication, in a fixed order."""
    rejects = tuple(sorted((built.root / "rejects").glob("*.parquet")))
    found = [
        *(
            Part(RL, split, (built.examples(split),), ("extra_info.example_id",))
            for split in SPLITS
        ),
        Part("catalog", WHOLE, (built.catalogs,), ("catalog_id",)),
        Part("models", WHOLE, (built.models,), ("model_id",)),
        Part("prices", WHOLE, (built.prices,), ("model_id", "effective_at")),
        Part("pass_rates", WHOLE, (built.pass_rates,), ("problem_id", "reference")),
        Part("rejected", WHOLE, rejects, ("stage", "key")),
    ]
    if bank is not None:
        files = BankFiles(bank)
        key = ("problem_id", "model_id", "sample")
        found.append(Part("outcomes", WHOLE, (files.outcomes,), key))
        found.append(Part("questions", WHOLE, (files.questions,), ("problem_id",)))
    return [part for part in found if part.files and all(file.exists() for file in part.files)]


def _plain(field: pa.Field) -> pa.Field:
    """The 32-bit types that every reader knows, without metadata of fields."""
    return pa.field(field.name, _plain_type(field.type), field.nullable)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_list(kind) or pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_field))
    if pa.types.is_struct(kind):
        return pa.struct([_plain(kind.field(i)) for i in range(kind.num_fields)])
    return kind
