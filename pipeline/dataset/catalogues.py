"""The catalogues of the rows: drawn when a row is made, shown again to write table `catalogs`.

Table `catalogs` is sorted by a content hash. Numbers are what is sorted, on disk; texts are made in
that order. Knows nothing of problems.
"""

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
from pipeline.catalog.texts import texts_of
from pipeline.dataset.columns import Array, Bools, constant, identifiers_of
from pipeline.dataset.jobs import TABLE_ROWS
from pipeline.dataset.rowgroups import RowGroupFile
from pipeline.dataset.rows import CATALOG
from pipeline.dataset.scratch import Kind, Spool, kind_of
from pipeline.dataset.sorting import by_key
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

    def shown(self) -> int:
        """How many variants of its models the law can show."""
        return len(texts_of(self.models, self.law).owners)

    def prepare(self) -> None:
        """Work out all that the law can show, so that the first table need not."""
        self.table(self.picks(0, np.zeros(1, np.uint64)))


def source_of(settings: Settings) -> Source:
    """Read the base list and the law that the settings name."""
    catalog = settings.catalog
    models, law = load_models(catalog.models), chosen_law(catalog)
    return Source(models, law, settings.seed, catalog.anonymous_share)


class Drawn(NamedTuple):
    """Catalogues of many rows as numbers.

    Attributes:
        catalog: Ids, shape (rows,).
        counts: Entries of each, shape (rows,).
        hidden: Rows with names without meaning, shape (rows,).
        variants: Entries of each and zeros after them, shape (rows, models).
    """

    catalog: Keys
    counts: Array
    hidden: Bools
    variants: Array


def drawn_kind(source: Source) -> Kind:
    """One row of `Drawn` in the smallest types, about 60 bytes with the packaged models."""
    models, shown = len(source.models.models), source.shown()
    counts, variants = np.min_scalar_type(models), np.min_scalar_type(shown)
    return kind_of(Drawn, "u8", counts, "?", (variants, (models,)))


def drawn(source: Source, catalog: Keys, picks: Picks) -> Drawn:
    """Picks as rows of one length."""
    models = len(source.models.models)
    variants = np.zeros((len(catalog), models), np.min_scalar_type(source.shown()))
    variants[_filled(picks.counts, models)] = picks.variants
    return Drawn(catalog, picks.counts, picks.hidden, variants)


def _filled(counts: Array, models: int) -> Bools:
    filled: Bools = np.arange(models) < counts[:, None]
    return filled


def write_catalogs(
    path: Path, source: Source, rows: Spool[Drawn], executor: Executor, progress: Progress
) -> int:
    """Write table `catalogs`; returns the number of distinct catalogues.

    Args:
        path: Where to.
        source: What the rows were drawn from.
        rows: Every row, in any order; closed when they are sorted.
        executor: Makes several tables at once.
        progress: Counts catalogues.
    """
    distinct = by_key(rows, distinct=True)
    progress.start("Catalogues", len(distinct))
    with RowGroupFile(path, CATALOGS) as file:

        def keep(table: pa.Table) -> int:
            file.write(table)
            return len(table)

        parts = distinct.blocks(TABLE_ROWS)
        for count in executor.in_turn(partial(_sorted_table, source), parts, keep):
            progress.advance(count)
    return file.rows


def _sorted_table(source: Source, rows: Drawn) -> pa.Table:
    variants = rows.variants[_filled(rows.counts, rows.variants.shape[1])]
    picks = Picks(rows.counts.astype(np.int64), variants.astype(np.int64), rows.hidden)
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
