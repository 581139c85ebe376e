"""The full pass: problems and their plan come in, tables of rows to be made come out.

Where one table ends depends on the rows alone, never on how the file was read. Knows nothing of
catalogues.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.arrow import numbers
from pipeline.dataset.columns import BATCH_ROWS, Ints, Positions, joined, numpy_of, picked, stream
from pipeline.dataset.mix import Plan, Planned
from pipeline.dataset.rows import PROBLEM_COLUMNS, Slots
from pipeline.dataset.survey import Facts, Survey
from pipeline.errors import IntegrityError
from pipeline.rng import Keys
from schemas.examples import SPLITS

# One row group of the export. Larger ones cost memory, smaller ones repeat dictionaries.
TABLE_ROWS = 8192
# Code problems carry megabytes of tests in one row.
TABLE_BYTES = 48 * 2**20


class Asked(NamedTuple):
    """What rows need of their problems beside their slots.

    Attributes:
        key: Problem id as a number.
        tokens: Estimated tokens of the problem's own messages.
    """

    key: Keys
    tokens: Ints


class Job(NamedTuple):
    """Rows of one split that become one table; all that it takes to make them."""

    split: int
    problems: pa.Table
    slots: Slots
    asked: Asked


class _Pending:
    """Rows of one split that do not fill a table yet."""

    def __init__(self, split: int) -> None:
        self._split = split
        self._clear()

    def _clear(self) -> None:
        self._tables: list[pa.Table] = []
        self._slots: list[Slots] = []
        self._asked: list[Asked] = []
        self._rows = self._bytes = 0

    def add(self, problems: pa.Table, slots: Slots, asked: Asked) -> Iterator[Job]:
        """Append rows; yields a job for each table that they fill."""
        start, sizes = 0, _row_bytes(problems)
        while start < len(problems):
            stop = start + self._fitting(sizes[start:])
            rows = slice(start, stop)
            self._tables.append(problems.slice(start, stop - start))
            self._slots.append(picked(slots, rows))
            self._asked.append(picked(asked, rows))
            self._rows += stop - start
            self._bytes += int(sizes[rows].sum())
            start = stop
            if self._rows >= TABLE_ROWS or self._bytes >= TABLE_BYTES:
                yield from self.flush()

    def _fitting(self, sizes: Positions) -> int:
        """Rows up to and including the one that fills the table."""
        full = int(np.searchsorted(np.cumsum(sizes), TABLE_BYTES - self._bytes)) + 1
        return min(full, TABLE_ROWS - self._rows, len(sizes))

    def flush(self) -> Iterator[Job]:
        """What is left, if anything is."""
        if self._rows:
            problems = pa.concat_tables(self._tables).combine_chunks()
            yield Job(self._split, problems, joined(self._slots), joined(self._asked))
        self._clear()


def _row_bytes(problems: pa.Table) -> Positions:
    heavy = (problems["ground_truth"], problems["grader_args"])
    lengths = pc.add(*(pc.binary_length(column) for column in heavy))
    sizes: Positions = numpy_of(lengths).astype(np.int64)
    return sizes


def jobs(path: Path, survey: Survey, planned: Planned) -> Iterator[Job]:
    """Every planned row, in the order of the problems, then of the repetitions, per split.

    Args:
        path: Table `problems`.
        survey: The survey of that file.
        planned: The plan for that survey.

    Raises:
        InputError: The file is missing, unreadable or not the table.
        IntegrityError: The file changed since the survey.
    """
    pending = [_Pending(split) for split in range(len(SPLITS))]
    start = 0
    for table in stream(path, PROBLEM_COLUMNS, BATCH_ROWS):
        stop = start + len(table)
        facts, plan = survey.facts.read(start, stop), planned.plans.read(start, stop)
        if len(facts.keys) < len(table):
            break
        for split, part in enumerate(pending):
            problem, repetition = _repeated(plan, np.flatnonzero(plan.split == split))
            slots = _slots(facts, plan, problem, repetition)
            asked = Asked(facts.keys[problem], facts.tokens[problem])
            given = table.take(numbers(problem))
            yield from part.add(given, slots._replace(problem=start + problem), asked)
        start = stop
    if start != len(survey.facts):
        raise IntegrityError(f"{path}: changed while it was read; run the same command again")
    for part in pending:
        yield from part.flush()


def _repeated(plan: Plan, chosen: Positions) -> tuple[Positions, Ints]:
    """Each chosen problem as often as it has repetitions, and their numbers."""
    counts = plan.repetitions[chosen]
    problem = np.repeat(chosen, counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return problem, (np.arange(len(problem)) - first).astype(np.int32)


def _slots(facts: Facts, plan: Plan, problem: Positions, repetition: Ints) -> Slots:
    return Slots(
        problem=problem,
        repetition=repetition,
        simple=plan.simple[problem],
        tier=facts.tier[problem],
        pass_rate=facts.pass_rate[problem],
        reference=facts.reference[problem],
    )
