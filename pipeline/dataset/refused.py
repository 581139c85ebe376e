"""Rejects of this stage: problems that the plan drops, and rows that turn out too long when made.

A plan and positions come in, table `rejects` goes out, streamed: a build may well drop a million
problems.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from pipeline.dataset.columns import Array, identifiers_of
from pipeline.dataset.mix import KEPT, LEFT_OUT, REASONS, Plan
from pipeline.dataset.survey import Survey
from pipeline.io import ROW_GROUP_ROWS, ParquetStream
from schemas.examples import EXAMPLE_TIERS
from schemas.rejects import Rejects

TOO_LONG = REASONS.index("too_long")
TIER_QUOTA = REASONS.index("tier_quota")
SCHEMA = pa.schema([(name, pa.string()) for name in Rejects.column_names()])


class Refused(NamedTuple):
    """Rows over the prompt budget that the plan did not foresee.

    Attributes:
        problem: Position in the survey.
        tokens: Estimated prompt tokens.
    """

    problem: Array
    tokens: Array


class _Entries(NamedTuple):
    problem: Array
    reason: Array
    tokens: Array


def write_rejects(
    path: Path, stage: str, survey: Survey, plan: Plan, refused: Sequence[Refused], budget: int
) -> dict[str, int]:
    """Write table `rejects`, sorted by problem; returns rows per reason."""
    entries = _entries(plan, refused)
    with ParquetStream(path, SCHEMA) as file:
        for part in _parts(entries):
            file.write(_table(stage, survey, part, budget))
    counts = np.bincount(entries.reason, minlength=len(REASONS))
    return {name: int(n) for name, n in sorted(zip(REASONS, counts, strict=True)) if n}


def _entries(plan: Plan, refused: Sequence[Refused]) -> _Entries:
    # What was left out is a reject of another stage.
    planned = np.flatnonzero((plan.reason != KEPT) & (plan.reason != LEFT_OUT))
    late = np.concatenate([np.empty(0, np.int64), *(r.problem for r in refused)])
    problem = np.concatenate([planned, late])
    reason = np.concatenate([plan.reason[planned], np.full(len(late), TOO_LONG)])
    tokens = np.concatenate([plan.tokens[planned], *(r.tokens for r in refused)])
    order = np.argsort(problem, kind="stable")
    return _Entries(problem[order], reason[order], tokens[order])


def _parts(entries: _Entries) -> Iterator[_Entries]:
    for start in range(0, len(entries.problem), ROW_GROUP_ROWS):
        yield _Entries._make(column[start : start + ROW_GROUP_ROWS] for column in entries)


def _table(stage: str, survey: Survey, entries: _Entries, budget: int) -> pa.Table:
    frame = pl.DataFrame(
        {
            "stage": [stage] * len(entries.problem),
            "key": pl.Series(identifiers_of(survey.keys[entries.problem])),
            "data_source": [survey.sources[code] for code in survey.source[entries.problem]],
            "reason": [REASONS[code] for code in entries.reason],
            "detail": _details(survey, entries, budget),
        }
    )
    return Rejects.validate(frame, cast=True).to_arrow(compat_level=pl.CompatLevel.oldest())


def _details(survey: Survey, entries: _Entries, budget: int) -> list[str | None]:
    details: list[str | None] = []
    for problem, reason, tokens in zip(*entries, strict=True):
        if reason == TOO_LONG:
            details.append(f"about {tokens} prompt tokens, {budget} allowed")
        else:
            tier = EXAMPLE_TIERS[survey.tier[problem]]
            details.append(tier if reason == TIER_QUOTA else None)
    return details
