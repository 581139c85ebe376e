"""What decisions are worth: marks of the ledger and records of a bank in, values by item out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.bank.bank import Bank, Record
from pipeline.evaluation.asked import ACCURACY, Asked, Item
from pipeline.evaluation.intervals import Averager
from pipeline.evaluation.ledger import JUDGED, EvaluationLedger, Mark
from pipeline.router.menu import Menu

UNGRADED = "ungraded"
Key = tuple[str, int]


class Outcomes(NamedTuple):
    """Judged episodes of a run, ungraded ones left out: they say nothing of the policy.

    Attributes:
        values: Quality by item, 0 to 1; of accuracy 0 or 1. A policy without an answer has 0.
        costs: USD by item.
    """

    values: dict[Key, float]
    costs: dict[Key, float]

    def by_problem(self, problems: Sequence[str] | None = None) -> dict[str, float]:
        """Mean value of each problem, sorted by id."""
        found: dict[str, list[float]] = {}
        for (problem_id, _), value in sorted(self.values.items()):
            found.setdefault(problem_id, []).append(value)
        wanted = found if problems is None else problems
        return {problem_id: float(np.mean(found[problem_id])) for problem_id in wanted}

    def average(self, asked: Asked) -> float:
        """By the suite's metric, of at least one problem."""
        values = self.by_problem()
        return Averager(asked.groups(list(values))).mean(np.array(list(values.values())))


def read_outcomes(run_id: str, asked: Asked, ledger: EvaluationLedger) -> Outcomes:
    """What the ledger has of a run."""
    found = Outcomes({}, {})
    for mark in ledger.marks(run_id):
        value = value_of(mark, asked) if mark.state == JUDGED else None
        if value is not None:
            found.values[mark.problem_id, mark.sample] = value
            found.costs[mark.problem_id, mark.sample] = mark.cost_usd
    return found


def value_of(mark: Mark, asked: Asked) -> float | None:
    """What a decision is worth, 0 to 1; None where it is ungraded."""
    if mark.verdict == UNGRADED:
        return None
    if mark.failed:
        return 0.0
    return (
        float(mark.verdict == "correct") if asked.suite.metric == ACCURACY else mark.quality or 0.0
    )


def worth(record: Record, asked: Asked) -> float:
    """What a recorded outcome is worth to a suite, 0 to 1."""
    return float(record.full) if asked.suite.metric == ACCURACY else record.score or 0.0


def oracle_value(bank: Bank, menu: Menu, item: Item, asked: Asked) -> float | None:
    """The best outcome of any model on offer, 0 where none is recorded; None where it is unknown.

    It is unknown where an outcome has no verdict.
    """
    found = (bank.record(item.known_as, name, item.sample) for name in menu.offered)
    records = [record for record in found if record is not None]
    if any(record.verdict is None and record.score is None for record in records):
        return None
    return max((worth(record, asked) for record in records), default=0.0)
