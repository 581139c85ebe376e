"""The stage `dataset`: problems, pass rates and the base list become what a trainer reads.

Two passes over the problems, a light one that plans and a full one that makes rows, table by table;
what is known of each row in between is on disk, so that memory does not grow with the rows. Files
go in and out here; what a row is stands in the modules beside.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.accounting import Progress, StageReport, Stopwatch
from pipeline.catalog.arrow import numbers
from pipeline.dataset.catalogues import (
    Drawn,
    Source,
    drawn,
    drawn_kind,
    source_of,
    write_catalogs,
)
from pipeline.dataset.checks import check_examples
from pipeline.dataset.columns import keys_of, picked
from pipeline.dataset.dry_run import plan_dataset as plan_dataset
from pipeline.dataset.jobs import Job, jobs
from pipeline.dataset.memory import give_back, returning_memory
from pipeline.dataset.mix import plan_rows, row_keys
from pipeline.dataset.overflow import overflow
from pipeline.dataset.prompts import router_tokens
from pipeline.dataset.refused import Refused, write_rejects
from pipeline.dataset.rowgroups import RowGroupFile
from pipeline.dataset.rows import build_examples, numbered
from pipeline.dataset.scratch import Scratch, Spool
from pipeline.dataset.survey import Survey, survey
from pipeline.executors import Executor, open_executor
from pipeline.layout import Layout
from pipeline.settings import Settings
from schemas.examples import EXAMPLES, SPLITS

STAGE = "dataset"
# Tables under way at most: memory grows with them, speed does not beyond a few.
MOST_WORKERS = 4


class _Rows(NamedTuple):
    """One finished table and what its rows came from."""

    split: int
    examples: pa.Table
    drawn: Drawn
    refused: Refused


class _Build(NamedTuple):
    """What every table is made with, wherever it is made."""

    budget: int
    references: tuple[str, ...]
    source: Source


def assemble_examples(settings: Settings, layout: Layout, progress: Progress) -> StageReport:
    """Write the examples of every split, the catalogues and the rejects.

    Raises:
        InputError: An input file is missing or not the table.
        SettingsError: Shares or repetitions that cannot be.
        IntegrityError: A row that must not be exported.
        MachineError: The disk is full.
    """
    watch = Stopwatch()
    source, workers = source_of(settings), min(settings.workers, MOST_WORKERS)
    budget = settings.dataset.max_prompt_tokens
    with (
        returning_memory(),
        open_executor(settings, workers) as executor,
        Scratch(layout.root) as scratch,
    ):
        seen = _surveyed(layout, source, scratch)
        give_back()
        planned = plan_rows(settings, seen, scratch, partial(overflow, budget, source))
        give_back()
        build = _Build(budget, seen.references, source)
        todo = jobs(layout.problems, seen, planned)
        progress.start("Dataset rows", planned.rows)
        made = _write_examples(build, todo, layout, executor, scratch, progress)
        catalogs = write_catalogs(layout.catalogs, source, made.drawn, executor, progress)
        refused = layout.rejects(STAGE)
        rejected = write_rejects(refused, STAGE, seen, planned, made.refused, budget)
        problems = len(seen.facts) - seen.left_out
    return StageReport(
        stage=STAGE,
        rows_in=problems,
        rows_out=sum(made.rows().values()),
        rejected=rejected,
        seconds=watch.seconds(),
        bytes=sum(path.stat().st_size for path in outputs(layout)),
        notes={**made.rows(), "catalogs": catalogs},
    )


def _surveyed(layout: Layout, source: Source, scratch: Scratch) -> Survey:
    """The survey, made while the price law is worked out."""
    with ThreadPoolExecutor(1) as thread:
        ready = thread.submit(source.prepare)
        seen = survey(layout, scratch)
        ready.result()
    return seen


def outputs(layout: Layout) -> list[Path]:
    """The files that the stage writes."""
    examples = [layout.examples(split) for split in SPLITS]
    return [*examples, layout.catalogs, layout.rejects(STAGE)]


class _Files:
    """The files of the splits, and what the files after them are made of."""

    def __init__(self, files: list[RowGroupFile], drawn: Spool[Drawn]) -> None:
        self._files = files
        self.drawn = drawn
        self.refused: list[Refused] = []

    def keep(self, rows: _Rows) -> int:
        """Write one table; returns its rows."""
        file = self._files[rows.split]
        file.write(numbered(rows.examples, file.rows))
        self.drawn.append(rows.drawn)
        if len(rows.refused.problem):
            self.refused.append(rows.refused)
        return len(rows.examples)

    def rows(self) -> dict[str, int]:
        """Rows of each split."""
        return {f"rows_{name}": file.rows for name, file in zip(SPLITS, self._files, strict=True)}


def _write_examples(
    build: _Build,
    todo: Iterator[Job],
    layout: Layout,
    executor: Executor,
    scratch: Scratch,
    progress: Progress,
) -> _Files:
    with ExitStack() as stack:
        files = [
            stack.enter_context(RowGroupFile(layout.examples(split), EXAMPLES)) for split in SPLITS
        ]
        made = _Files(files, scratch.spool(Drawn, drawn_kind(build.source)))
        for count in executor.in_turn(partial(_make, build), todo, made.keep):
            progress.advance(count)
    return made


def _make(build: _Build, job: Job) -> _Rows:
    """Draw the catalogues of one table, leave out what is too long, and build its rows."""
    keys = row_keys(job.asked.key, job.slots.repetition)
    picks = build.source.picks(job.split, keys)
    draw = build.source.table(picks)
    tokens = job.asked.tokens + router_tokens(draw, job.slots.simple)
    over = tokens > build.budget
    refused = Refused(job.slots.problem[over], tokens[over])
    problems, slots = job.problems, job.slots
    if over.any():
        fits = np.flatnonzero(~over)
        problems, slots = problems.take(numbers(fits)), picked(slots, fits)
        picks = build.source.picks(job.split, keys[fits])
        draw = build.source.table(picks)
    examples = build_examples(problems, slots, draw, SPLITS[job.split], build.references)
    check_examples(examples)
    rows = drawn(build.source, keys_of(draw["catalog_id"]), picks)
    return _Rows(job.split, examples, rows, refused)
