"""Where a random order that is too long to hold is cut: a weighted quantile in two passes.

Ranks come in, in blocks and in any order; the first rank that is too much goes out. Knows nothing
of what is ranked.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from pipeline.dataset.columns import Positions, joined, picked
from pipeline.rng import Keys

# Ranks are hashes, so each bin holds about as many.
BIN_BITS = np.uint64(16)
_SHIFT = np.uint64(64) - BIN_BITS


class Ranked(NamedTuple):
    """Members of an order: distinct ranks, and how much room each takes."""

    rank: Keys
    weight: Positions


Blocks = Callable[[], Iterator[Ranked]]


def first_beyond(blocks: Blocks, room: int) -> int | None:
    """The lowest rank up to which, in order, the members take more than `room`; None if none does.

    The first pass finds the bin of ranks, the second orders the members in it.
    """
    totals = np.zeros(1 << int(BIN_BITS), np.int64)
    for rank, weight in blocks():
        totals += np.bincount(_bin(rank), weight, len(totals)).astype(np.int64)
    ends = np.cumsum(totals)
    at = int(np.searchsorted(ends, room, side="right"))
    if at == len(ends):
        return None
    rank, weight = joined([picked(block, _bin(block.rank) == at) for block in blocks()])
    order = np.argsort(rank)
    taken = np.cumsum(weight[order]) + (ends[at] - totals[at])
    return int(rank[order][np.searchsorted(taken, room, side="right")])


def _bin(rank: Keys) -> Positions:
    return (rank >> _SHIFT).astype(np.int64)
