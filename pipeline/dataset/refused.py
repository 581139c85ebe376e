"""Rejects of this stage: problems that the plan drops, and rows that turn out too long when made.

A survey, its plan and positions come in, table `rejects` goes out, streamed: a build may well drop
a million problems.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from pipeline.dataset.columns import Array, Codes, Ints, identifiers_of, joined, picked
from pipeline.dataset.mix import KEPT, LEFT_OUT, REASONS, Planned
from pipeline.dataset.scratch import BLOCK_ROWS
from pipeline.dataset.survey import Survey
from pipeline.io import ROW_GROUP_ROWS, ParquetStream
from pipeline.rng import Keys
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
    keys: Keys
    source: Ints
    tier: Codes
    reason: Codes
    tokens: Ints


def write_rejects(
    path: Path,
    stage: str,
    survey: Survey,
    planned: Planned,
    refused: Sequence[Refused],
    budget: int,
) -> dict[str, int]:
    """Write table `rejects`, sorted by problem; returns rows per reason."""
    counts = np.zeros(len(REASONS), np.int64)
    with ParquetStream(path, SCHEMA) as file:
        for part in _full(_entries(survey, planned, refused)):
            counts += np.bincount(part.reason, minlength=len(REASONS))
            file.write(_table(stage, survey.sources, part, budget))
    return {name: int(n) for name, n in sorted(zip(REASONS, counts, strict=True)) if n}


def _entries(survey: Survey, planned: Planned, refused: Sequence[Refused]) -> Iterator[_Entries]:
    """What each block of problems loses."""
    late = joined([Refused(np.empty(0, np.int64), np.empty(0, np.int32)), *refused])
    late = picked(late, np.argsort(late.problem, kind="stable"))
    for start in range(0, len(survey.facts), BLOCK_ROWS):
        facts = survey.facts.read(start, start + BLOCK_ROWS)
        plan = planned.plans.read(start, start + BLOCK_ROWS)
        # What was left out is a reject of another stage.
        dropped = np.flatnonzero((plan.reason != KEPT) & (plan.reason != LEFT_OUT))
        first, last = np.searchsorted(late.problem, [start, start + len(facts.keys)])
        here = picked(late, slice(first, last))
        problem = np.concatenate([dropped, here.problem - start])
        reason = np.concatenate([plan.reason[dropped], np.full(len(here.problem), TOO_LONG)])
        tokens = np.concatenate([plan.tokens[dropped], here.tokens])
        order = np.argsort(problem, kind="stable")
        of = problem[order]
        yield _Entries(
            facts.keys[of], facts.source[of], facts.tier[of], reason[order], tokens[order]
        )


def _full(parts: Iterator[_Entries]) -> Iterator[_Entries]:
    """Parts end to end, of a row group or more each: a small table costs as much as a large one."""
    waiting: list[_Entries] = []
    for part in parts:
        waiting.append(part)
        if sum(len(w.keys) for w in waiting) >= ROW_GROUP_ROWS:
            yield joined(waiting)
            waiting = []
    if any(len(w.keys) for w in waiting):
        yield joined(waiting)


def _table(stage: str, sources: Sequence[str], entries: _Entries, budget: int) -> pa.Table:
    frame = pl.DataFrame(
        {
            "stage": [stage] * len(entries.keys),
            "key": pl.Series(identifiers_of(entries.keys)),
            "data_source": [sources[code] for code in entries.source],
            "reason": [REASONS[code] for code in entries.reason],
            "detail": _details(entries, budget),
        }
    )
    return Rejects.validate(frame, cast=True).to_arrow(compat_level=pl.CompatLevel.oldest())


def _details(entries: _Entries, budget: int) -> list[str | None]:
    details: list[str | None] = []
    for tier, reason, tokens in zip(entries.tier, entries.reason, entries.tokens, strict=True):
        if reason == TOO_LONG:
            details.append(f"about {tokens} prompt tokens, {budget} allowed")
        else:
            details.append(EXAMPLE_TIERS[tier] if reason == TIER_QUOTA else None)
    return details
