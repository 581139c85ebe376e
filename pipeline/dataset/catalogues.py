"""The catalogues of the rows: drawn when a row is made, drawn again to write table `catalogs`.

A draw is a function of the row's key, so that table `catalogs`, sorted by a content hash, needs
neither the memory nor the disk for a sort of whole catalogues: ids are sorted, catalogues drawn in
that order. Knows nothing of problems.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.accounting import Progress
from pipeline.catalog.laws import Law, chosen_law
from pipeline.catalog.load import load_models
from pipeline.catalog.models import ModelList
from pipeline.catalog.perturb import Picks, draw_picks, render, render_entries
from pipeline.dataset.columns import Array, Bools, Positions, constant, identifiers_of
from pipeline.dataset.jobs import TABLE_ROWS
from pipeline.dataset.rowgroups import RowGroupFile
from pipeline.dataset.rows import CATALOG
from pipeline.executors import Executor
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

    def picks(self, split: int, keys: Keys) -> Picks:
        """One catalogue per key, in the order of the keys, as numbers."""
        return draw_picks(
            self.models, self.law, self.seed, SPLITS[split], keys, self.anonymous_share
        )

    def table(self, picks: Picks) -> pa.Table:
        """The columns that rows need, strings of entries as dictionary arrays."""
        return render(self.models, self.law, picks, encode=True)

    def prepare(self) -> None:
        """Work out all that the law can show, so that the first table need not."""
        self.table(self.picks(0, np.zeros(1, np.uint64)))


def source_of(settings: Settings) -> Source:
    """Read the base list and the law that the settings name."""
    catalog = settings.catalog
    models, law = load_models(catalog.models), chosen_law(catalog)
    return Source(models, law, settings.seed, catalog.anonymous_share)


class Drawn(NamedTuple):
    """Catalogues of many rows as numbers, small enough to keep for all rows.

    Attributes:
        catalog: Ids, shape (rows,).
        counts: Entries of each, shape (rows,).
        variants: Entries of all, end to end.
        hidden: Rows with names without meaning, shape (rows,).
    """

    catalog: Keys
    counts: Array
    variants: Array
    hidden: Bools


def drawn(catalog: Keys, picks: Picks) -> Drawn:
    """Picks in their smallest types."""
    return Drawn(catalog, _smallest(picks.counts), _smallest(picks.variants), picks.hidden)


def _smallest(values: Positions) -> Array:
    return values.astype(np.min_scalar_type(values.max(initial=0)))


def joined(parts: Sequence[Drawn]) -> Drawn:
    """Several parts as one."""
    kinds = (np.uint64, np.uint8, np.uint8, np.bool_)
    columns = zip(*parts, strict=True) if parts else ([], [], [], [])
    return Drawn._make(
        np.concatenate([np.empty(0, kind), *column])
        for kind, column in zip(kinds, columns, strict=True)
    )


def write_catalogs(
    path: Path, source: Source, rows: Drawn, executor: Executor, ahead: int, progress: Progress
) -> int:
    """Write table `catalogs`; returns the number of distinct catalogues.

    Args:
        path: Where to.
        source: What the rows were drawn from.
        rows: Every row, in any order.
        executor: Draws several tables at once.
        ahead: Tables under way at most.
        progress: Counts catalogues.
    """
    _, first = np.unique(rows.catalog, return_index=True)
    starts = np.cumsum(rows.counts, dtype=np.int64) - rows.counts
    progress.start("Catalogues", len(first))
    parts = (
        _picked(rows, starts, first[i : i + TABLE_ROWS]) for i in range(0, len(first), TABLE_ROWS)
    )
    work = partial(_sorted_table, source)
    with RowGroupFile(path, CATALOGS) as file:
        for table in executor.in_order(work, parts, ahead):
            file.write(table)
            progress.advance(len(table))
    return file.rows


def _picked(rows: Drawn, starts: Positions, part: Positions) -> Drawn:
    """The named rows, in that order."""
    counts = rows.counts[part].astype(np.int64)
    ends = np.cumsum(counts)
    entries = np.arange(ends[-1]) + np.repeat(starts[part] - (ends - counts), counts)
    return Drawn(rows.catalog[part], counts, rows.variants[entries], rows.hidden[part])


def _sorted_table(source: Source, rows: Drawn) -> pa.Table:
    picks = Picks(rows.counts.astype(np.int64), rows.variants.astype(np.int64), rows.hidden)
    catalog = render_entries(source.models, source.law, picks)
    return _table(source, identifiers_of(rows.catalog), catalog)


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
    return pa.Table.from_arrays(columns, names=CATALOGS.names)
