"""Stage `sources`: all rows of the settings' sources become the tables `problems` and `references`.

In: settings. Out: three parquet files and a report. Does not know file formats, graders or tiers.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.accounting import (
    Progress,
    Reject,
    StageReport,
    Stopwatch,
    count_reasons,
    rejects_frame,
)
from pipeline.errors import InputError
from pipeline.io import PARQUET_OPTIONS, ROW_GROUP_ROWS, atomic, write_parquet
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.sources import specs
from pipeline.sources.collapse import Collapse
from pipeline.sources.items import STAGE, Item
from pipeline.sources.json_text import json_text
from pipeline.sources.rows import SourceRow
from pipeline.sources.store import Store
from pipeline.sources.tables import arrow_schema
from schemas.problems import Problems, References

PROGRESS_ROWS = 1000
COPIES = frozenset({"duplicate_prompt", "conflicting_answer"})


def plan_sources(settings: Settings) -> dict[str, int | None]:
    """Rows of every source by `group:spec`, before anything is dropped; None where unknown.

    Raises:
        InputError: A path does not exist or holds nothing that applies.
    """
    return {source.key: specs.count(source) for source in specs.sources(settings)}


def collect_sources(settings: Settings, layout: Layout, progress: Progress) -> StageReport:
    """Write `problems`, `references` and the stage's rejects.

    Rejects are written even where the stage then fails for lack of usable rows.

    Raises:
        InputError: A source is missing, broken, or has no usable row.
        MachineError: The Hub cannot be reached, or the disk is full.
    """
    from pipeline.grading.registry import names

    watch = Stopwatch()
    tally = _Tally(names())
    with Store(layout.root) as store, _no_cycle_search():
        plan = [(source, specs.count(source)) for source in specs.sources(settings)]
        unusable = []
        for source, rows in plan:
            progress.start(source.label, rows or 0)
            seen = tally.take(specs.read(source), store, progress)
            if not seen.usable:
                unusable.append(f"{source.spec} ({seen.reasons()})")
        frame = rejects_frame(tally.rejects)
        write_parquet(frame, layout.rejects(STAGE))
        if unusable or not len(store):
            raise InputError(_nothing(unusable))
        _write(store, tally.collapse, layout)
    return StageReport(
        stage=STAGE,
        rows_in=len(store) + len(tally.rejects),
        rows_out=len(store),
        rejected=count_reasons(frame),
        seconds=watch.seconds(),
        bytes=sum(_size(p) for p in (layout.problems, layout.references, layout.rejects(STAGE))),
        notes=dict(sorted(tally.domains.items())),
    )


@contextmanager
def _no_cycle_search() -> Iterator[None]:
    """Rows hold no reference cycles, and looking for some takes a quarter of the stage's time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Seen:
    """What became of one source's rows."""

    def __init__(self) -> None:
        self.kept = 0
        self.dropped: Counter[str] = Counter()

    @property
    def usable(self) -> bool:
        """Some row stayed, or is a copy of one that did."""
        return self.kept > 0 or bool(COPIES & self.dropped.keys())

    def reasons(self) -> str:
        """Why rows went, most frequent first."""
        return ", ".join(f"{n} {reason}" for reason, n in self.dropped.most_common(5)) or "no rows"


class _Tally:
    """Everything counted over all sources."""

    def __init__(self, graders: frozenset[str]) -> None:
        self.collapse = Collapse(graders)
        self.rejects: list[Reject] = []
        self.domains: Counter[str] = Counter()

    def take(self, items: Iterable[Item], store: Store, progress: Progress) -> _Seen:
        """Judge all rows of one source and park those that stay."""
        seen = _Seen()
        number = 0
        for number, item in enumerate(items, 1):
            reject = item if isinstance(item, Reject) else self._admit(item, store)
            if reject is None:
                seen.kept += 1
            else:
                seen.dropped[reject.reason] += 1
                self.rejects.append(reject)
            if number % PROGRESS_ROWS == 0:
                progress.advance(PROGRESS_ROWS)
        progress.advance(number % PROGRESS_ROWS)
        return seen

    def _admit(self, row: SourceRow, store: Store) -> Reject | None:
        ground_truth = json_text(row.ground_truth)
        outcome = self.collapse.admit(row, ground_truth)
        if isinstance(outcome, Reject):
            return outcome
        store.add(outcome, row, ground_truth)
        self.domains[row.domain] += 1
        return None


def _nothing(unusable: list[str]) -> str:
    if not unusable:
        return "no source is named; give at least one, 'sample' for the embedded sample"
    return (
        f"no usable row in {'; '.join(unusable)}; the rejects file of this stage says why, row by "
        "row: correct the data or leave the source out"
    )


def _write(store: Store, collapse: Collapse, layout: Layout) -> None:
    """Stream both tables; each table of the store is one row group, whatever the batches were."""
    with ExitStack() as stack:
        writers = (
            _writer(stack, layout.problems, arrow_schema(Problems)),
            _writer(stack, layout.references, arrow_schema(References)),
        )
        for tables in store.tables(collapse.merged):
            for writer, table in zip(writers, tables, strict=True):
                if table.num_rows:
                    writer.write_table(table, row_group_size=ROW_GROUP_ROWS)


def _writer(stack: ExitStack, path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    partial = stack.enter_context(atomic(path))
    return stack.enter_context(pq.ParquetWriter(partial, schema, **PARQUET_OPTIONS))


def _size(path: Path) -> int:
    return path.stat().st_size
