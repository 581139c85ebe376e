"""The catalogues of the rows: drawn when a row is made, drawn again to write table `catalogs`.

A draw is a function of the row's key, so that table `catalogs`, sorted by a content hash, needs
neither the memory nor the disk for a sort of whole catalogues: ids are sorted, catalogues drawn in
that order. Knows nothing of problems.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.accounting import Progress
from pipeline.catalog.arrow import numbers
from pipeline.catalog.laws import Law, law_named
from pipeline.catalog.load import load_models
from pipeline.catalog.models import ModelList
from pipeline.catalog.perturb import draw_catalogs
from pipeline.dataset.columns import Codes, Positions, constant, keys_of, one_chunk
from pipeline.dataset.jobs import TABLE_ROWS
from pipeline.dataset.rowgroups import RowGroupFile, in_order
from pipeline.dataset.rows import CATALOG
from pipeline.errors import IntegrityError
from pipeline.rng import Keys
from pipeline.settings import Settings
from schemas.examples import SPLITS

CATALOGS = pa.schema(
    [
        ("catalog_id", pa.string()),
        ("seed", pa.int64()),
        ("law", pa.string()),
        ("base_snapshot", pa.struct([("hash", pa.string()), ("date", pa.string())])),
        ("entries", CATALOG),
    ]
)


class Source(NamedTuple):
    """Everything that decides which catalogue a row key gets."""

    models: ModelList
    law: Law
    seed: int
    anonymous_share: float

    def draw(self, split: int, keys: Keys) -> pa.Table:
        """One catalogue per key, in the order of the keys."""
        return draw_catalogs(
            self.models, self.law, self.seed, SPLITS[split], keys, self.anonymous_share
        )

    def prepare(self) -> None:
        """Work out all that the law can show, so that the first table need not."""
        self.draw(0, np.zeros(1, np.uint64))


def source_of(settings: Settings) -> Source:
    """Read the base list and the law that the settings name."""
    catalog = settings.catalog
    models, law = load_models(catalog.models), law_named(catalog.perturbation)
    return Source(models, law, settings.seed, catalog.anonymous_share)


class Drawn(NamedTuple):
    """One entry per row: which catalogue it got, and from which key and split."""

    catalog: Keys
    key: Keys
    split: Codes


def distinct(rows: Drawn) -> Drawn:
    """The first row of each catalogue, sorted by catalogue."""
    _, first = np.unique(rows.catalog, return_index=True)
    return Drawn._make(column[first] for column in rows)


def joined(parts: Sequence[Drawn]) -> Drawn:
    """Several parts as one."""
    kinds = (np.uint64, np.uint64, np.int8)
    columns = zip(*parts, strict=True) if parts else ([], [], [])
    return Drawn._make(
        np.concatenate([np.empty(0, kind), *column])
        for kind, column in zip(kinds, columns, strict=True)
    )


def write_catalogs(
    path: Path, source: Source, rows: Drawn, pool: Executor, ahead: int, progress: Progress
) -> int:
    """Write table `catalogs`; returns the number of distinct catalogues.

    Args:
        path: Where to.
        source: What the rows were drawn from.
        rows: Every row, in any order.
        pool: Draws several tables at once.
        ahead: Tables under way at most.
        progress: Counts catalogues.

    Raises:
        IntegrityError: The second draw of a key is not the first one.
    """
    wanted = distinct(rows)
    progress.start("Catalogues", len(wanted.catalog))
    tables = in_order(pool, partial(_again, source), _parts(wanted), ahead)
    with RowGroupFile(path, CATALOGS) as file:
        for table in tables:
            file.write(table)
            progress.advance(len(table))
    return file.rows


def _parts(rows: Drawn) -> Iterator[Drawn]:
    for start in range(0, len(rows.catalog), TABLE_ROWS):
        yield Drawn._make(column[start : start + TABLE_ROWS] for column in rows)


def _again(source: Source, rows: Drawn) -> pa.Table:
    """Draw the catalogues of one part and put them into its order."""
    order: list[Positions] = []
    tables = []
    for split in np.unique(rows.split):
        members = np.flatnonzero(rows.split == split)
        order.append(members)
        tables.append(source.draw(int(split), rows.key[members]).select(["catalog_id", "catalog"]))
    table = pa.concat_tables(tables)
    if len(tables) > 1:
        table = table.take(numbers(np.argsort(np.concatenate(order))))
    catalog_id = one_chunk(table["catalog_id"])
    if not np.array_equal(keys_of(catalog_id), rows.catalog):
        raise IntegrityError("a catalogue drawn twice from one key came out different")
    return _table(source, catalog_id, one_chunk(table["catalog"]))


def _table(source: Source, catalog_id: pa.Array, entries: pa.Array) -> pa.Table:
    rows = len(catalog_id)
    snapshot = source.models.snapshot
    fields = {"hash": snapshot.hash, "date": snapshot.date}
    kind = CATALOGS.field("base_snapshot").type
    columns = [
        catalog_id,
        constant(source.seed, rows, pa.int64()),
        constant(source.law.name, rows, pa.string()),
        constant(fields, rows, kind),
        entries,
    ]
    return pa.Table.from_arrays(columns, schema=CATALOGS)
