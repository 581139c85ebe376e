"""Where a problem stands: its samples in the order of their numbers, and the rule.

The same ledger always folds to the same counts, whatever order samples arrived in: a sample counts
only when all before it have a verdict, and nothing after the stop counts.
"""

from collections.abc import Mapping
from typing import NamedTuple

from pipeline.tiering.measured.stopping import StopRule

UNGRADED = "ungraded"
# Faults of a problem that are stepped over; with one more it is set aside for the next run.
MAX_UNGRADED = 2


class Fold(NamedTuple):
    """Counts of a problem.

    Attributes:
        n: Graded samples that count.
        k: Of these, correct.
        end: Number after the last sample that was looked at.
        ungraded: Samples before `end` that have no verdict because of a fault.
        settled: The rule has stopped.
        parked: Too many faults, or nothing to tell their effect by: not settled, and no sample more
            in this run.
    """

    n: int
    k: int
    end: int
    ungraded: int
    settled: bool
    parked: bool

    @property
    def open(self) -> bool:
        """Whether more samples are wanted."""
        return not (self.settled or self.parked)


def fold(verdicts: Mapping[int, str], rule: StopRule) -> Fold:
    """Fold the verdicts of a problem by sample number.

    A number that is missing is on its way or has to be asked for; it holds up what is behind it.
    Where a fault hides whether answers are right, but not that others are no answers at all, as a
    missing sandbox does, the ones that are seen are no fair choice: that settles nothing.
    """
    n = k = sample = ungraded = 0
    judged = False
    while not rule.stop[n, k]:
        verdict = verdicts.get(sample)
        if verdict is None:
            return Fold(n, k, sample, ungraded, settled=False, parked=False)
        sample += 1
        if verdict == UNGRADED:
            ungraded += 1
            if ungraded > MAX_UNGRADED:
                return Fold(n, k, sample, ungraded, settled=False, parked=True)
            continue
        n += 1
        k += verdict == "correct"
        judged = judged or verdict in ("correct", "wrong")
    blind = ungraded > 0 and not judged
    return Fold(n, k, sample, ungraded, settled=not blind, parked=blind)


def wanted(at: Fold, rule: StopRule) -> int:
    """Number up to which samples will be taken in any case."""
    return at.end + int(rule.ahead[at.n, at.k])
