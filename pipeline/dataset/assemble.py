"""The stage `dataset`: problems, pass rates and the base list become what a trainer reads.

Two passes over the problems, a light one that plans and a full one that makes rows, table by table,
so that memory does not grow with the rows. Files go in and out here; what a row is stands in the
modules beside.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.accounting import Progress, StageReport, Stopwatch
from pipeline.catalog.arrow import numbers
from pipeline.dataset.catalogues import Drawn, Source, drawn, joined, source_of, write_catalogs
from pipeline.dataset.checks import check_examples
from pipeline.dataset.columns import keys_of
from pipeline.dataset.dry_run import plan_dataset as plan_dataset
from pipeline.dataset.jobs import Job, jobs
from pipeline.dataset.memory import give_back, returning_memory
from pipeline.dataset.mix import Plan, plan_rows, row_keys
from pipeline.dataset.overflow import overflow
from pipeline.dataset.prompts import router_tokens
from pipeline.dataset.refused import Refused, write_rejects
from pipeline.dataset.rowgroups import RowGroupFile
from pipeline.dataset.rows import build_examples, numbered
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
    survey: Survey
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
    with returning_memory(), open_executor(settings, workers) as executor:
        seen = _surveyed(layout, source)
        give_back()
        plan = plan_rows(settings, seen, partial(overflow, settings, seen, source))
        give_back()
        made = _write_examples(_Build(budget, seen, source), plan, layout, executor, progress)
        ahead = executor.slots + 1
        catalogs = write_catalogs(layout.catalogs, source, made.drawn, executor, ahead, progress)
    rejected = write_rejects(layout.rejects(STAGE), STAGE, seen, plan, made.refused, budget)
    return StageReport(
        stage=STAGE,
        rows_in=int((~seen.left_out).sum()),
        rows_out=len(made.drawn.catalog),
        rejected=rejected,
        seconds=watch.seconds(),
        bytes=sum(path.stat().st_size for path in outputs(layout)),
        notes={**made.rows, "catalogs": catalogs},
    )


def _surveyed(layout: Layout, source: Source) -> Survey:
    """The survey, made while the price law is worked out."""
    with ThreadPoolExecutor(1) as thread:
        ready = thread.submit(source.prepare)
        seen = survey(layout)
        ready.result()
    return seen


def outputs(layout: Layout) -> list[Path]:
    """The files that the stage writes."""
    examples = [layout.examples(split) for split in SPLITS]
    return [*examples, layout.catalogs, layout.rejects(STAGE)]


class _Made(NamedTuple):
    """What the full pass leaves for the files after it."""

    drawn: Drawn
    refused: list[Refused]
    rows: dict[str, int]


def _write_examples(
    build: _Build, plan: Plan, layout: Layout, executor: Executor, progress: Progress
) -> _Made:
    made, refused = [], []
    progress.start("Dataset rows", int(plan.repetitions.sum()))
    todo = jobs(layout.problems, build.survey, plan)
    tables = executor.in_order(partial(_make, build), todo, executor.slots + 1)
    with ExitStack() as stack:
        files = [
            stack.enter_context(RowGroupFile(layout.examples(split), EXAMPLES)) for split in SPLITS
        ]
        for rows in tables:
            file = files[rows.split]
            file.write(numbered(rows.examples, file.rows))
            made.append(rows.drawn)
            refused.append(rows.refused)
            progress.advance(len(rows.examples))
    counts = {f"rows_{split}": file.rows for split, file in zip(SPLITS, files, strict=True)}
    return _Made(joined(made), refused, counts)


def _make(build: _Build, job: Job) -> _Rows:
    """Draw the catalogues of one table, leave out what is too long, and build its rows."""
    keys = row_keys(build.survey.keys[job.slots.problem], job.slots.repetition)
    picks = build.source.picks(job.split, keys)
    draw = build.source.table(picks)
    own = build.survey.tokens[job.slots.problem]
    tokens = own + router_tokens(draw, job.slots.simple)
    over = tokens > build.budget
    refused = Refused(job.slots.problem[over], tokens[over])
    problems, slots = job.problems, job.slots
    if over.any():
        fits = np.flatnonzero(~over)
        problems, slots = problems.take(numbers(fits)), slots.at(fits)
        picks = build.source.picks(job.split, keys[fits])
        draw = build.source.table(picks)
    examples = build_examples(problems, slots, draw, SPLITS[job.split], build.survey.references)
    check_examples(examples)
    return _Rows(job.split, examples, drawn(keys_of(draw["catalog_id"]), picks), refused)
