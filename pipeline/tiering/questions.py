"""Reasoning problems as engines and graders need them, read in shards from `problems.parquet`.

Only one shard is held at a time: ground truths of code problems can be larger than memory.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.io import read_parquet
from pipeline.layout import Layout
from pipeline.left_out import left_out
from schemas.problems import canonical_prompt

_COLUMNS = ["problem_id", "kind", "messages", "grader", "ground_truth", "grader_args", "origin"]


class Question(NamedTuple):
    """One reasoning problem; `ground_truth` and `grader_args` are JSON text."""

    problem_id: str
    messages: list[dict[str, str]]
    grader: str
    ground_truth: str
    grader_args: str
    file: str | None
    solution: str | None

    @property
    def prompt(self) -> str:
        """Canonical text of the prompt."""
        return canonical_prompt(self.messages)


Shard = list[Question]


def read_shards(layout: Layout, shard_size: int) -> Iterator[Shard]:
    """Yield the reasoning problems in order of `problem_id`, `shard_size` at a time."""
    solutions = read_solutions(layout)
    shard: Shard = []
    for row in reasoning_rows(layout.problems, _COLUMNS, left_out(layout)):
        shard.append(_question(row, solutions))
        if len(shard) == shard_size:
            yield shard
            shard = []
    if shard:
        yield shard


def reasoning_rows(
    path: Path, columns: list[str], without: frozenset[str] = frozenset()
) -> Iterator[dict[str, Any]]:
    """Rows of the reasoning problems, in file order.

    Args:
        path: Table `problems`.
        columns: With `kind`, and with `problem_id` where some are left out.
        without: Ids of problems to leave out.
    """
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=1024, columns=columns):
            frame = pl.from_arrow(pa.Table.from_batches([batch]))
            assert isinstance(frame, pl.DataFrame)
            rows = frame.filter(pl.col("kind") == "reasoning").iter_rows(named=True)
            yield from (row for row in rows if not without or row["problem_id"] not in without)


def read_solutions(layout: Layout) -> dict[str, str]:
    """Worked solutions by problem id; none where the build has no such table."""
    if not layout.references.exists():
        return {}
    return dict(read_parquet(layout.references).select("problem_id", "solution").iter_rows())


def prompt_index(path: Path) -> dict[str, list[str]]:
    """Problem ids by canonical prompt: one prompt may stand in several data sources."""
    index: dict[str, list[str]] = {}
    for row in reasoning_rows(path, ["problem_id", "kind", "messages"]):
        index.setdefault(canonical_prompt(row["messages"]), []).append(row["problem_id"])
    return index


def _question(row: dict[str, Any], solutions: dict[str, str]) -> Question:
    return Question(
        problem_id=row["problem_id"],
        messages=row["messages"],
        grader=row["grader"],
        ground_truth=row["ground_truth"],
        grader_args=row["grader_args"],
        file=row["origin"]["file"],
        solution=solutions.get(row["problem_id"]),
    )
