"""Sorts a spool by its first column, 64-bit keys, in memory that does not grow with the rows.

Sorted runs go to disk and are merged by ranges of keys: an external merge sort (Knuth, The Art of
Computer Programming 3, section 5.4) whose merge takes blocks, not rows. Knows nothing of what the
rows mean.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.dataset.columns import Rows
from pipeline.dataset.scratch import Records, Spool
from pipeline.rng import Keys

# Rows that are sorted in memory.
RUN_ROWS = 65_536
# One key of so many is kept in memory, to know where a range of keys ends in a run.
STEP_ROWS = 256
# Such steps in one range of the merge.
RANGE_STEPS = 32


def by_key(source: Spool[Rows], distinct: bool = False) -> Spool[Rows]:
    """The rows in the order of their keys, equal ones in the order they came in.

    Args:
        source: The rows; it is closed.
        distinct: Keep only the first row of each key.

    Raises:
        MachineError: The disk is full.
    """
    runs = source.like()
    parts = list(_runs(source, runs, distinct))
    source.close()
    if len(parts) < 2:
        return runs
    merged = source.like()
    for records in _merged(runs, parts):
        merged.append_records(_sorted(records, distinct))
    runs.close()
    return merged


class _Run:
    """Where one run lies, how far it was read, and the key of every `STEP_ROWS`th row."""

    def __init__(self, start: int, keys: Keys) -> None:
        self._at, self._stop = start, start + len(keys)
        self._start = start
        self.steps = keys[::STEP_ROWS].copy()

    def below(self, runs: Spool[Any], limit: np.uint64 | None) -> Records:
        """The rows that were not read yet, up to the first with a key from `limit` on."""
        if limit is None:
            records = runs.records(self._at, self._stop)
        else:
            steps = int(np.searchsorted(self.steps, limit))
            stop = min(self._start + steps * STEP_ROWS, self._stop)
            records = runs.records(self._at, stop)
            records = records[: int(np.searchsorted(_keys(records), limit))]
        self._at += len(records)
        return records


def _runs(source: Spool[Rows], runs: Spool[Rows], distinct: bool) -> Iterator[_Run]:
    for start in range(0, len(source), RUN_ROWS):
        records = _sorted(source.records(start, start + RUN_ROWS), distinct)
        yield _Run(len(runs), _keys(records))
        runs.append_records(records)


def _merged(runs: Spool[Rows], parts: list[_Run]) -> Iterator[Records]:
    """Ranges of keys, each with its rows of all runs, a run after the other."""
    limits = np.unique(np.concatenate([run.steps for run in parts]))[RANGE_STEPS::RANGE_STEPS]
    for limit in [*limits, None]:
        yield np.concatenate([run.below(runs, limit) for run in parts])


def _sorted(records: Records, distinct: bool) -> Records:
    keys = _keys(records)
    if distinct:
        return records[np.unique(keys, return_index=True)[1]]
    return records[np.argsort(keys, kind="stable")]


def _keys(records: Records) -> Keys:
    assert records.dtype.names is not None
    return np.ascontiguousarray(records[records.dtype.names[0]])
