"""What runs came to: episodes in, a row a run out, beside the best single model and the oracle."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from pipeline.bank.bank import Bank
from pipeline.evaluation.asked import ACCURACY, Asked, Item
from pipeline.evaluation.contenders import worth
from pipeline.evaluation.intervals import Paired, bootstrap, compare
from pipeline.evaluation.ledger import JUDGED, EvaluationLedger, Mark
from pipeline.evaluation.playing import UNGRADED
from pipeline.evaluation.runs import Run
from pipeline.evaluation.specs import BEST_SINGLE
from pipeline.router.assemble import ALWAYS
from pipeline.router.menu import Menu

ROUNDING = 1e-9


class Outcomes(NamedTuple):
    """Judged episodes of a run, ungraded ones left out: they say nothing of the policy.

    Attributes:
        values: Quality by item, 0 to 1; of accuracy 0 or 1. A policy without an answer has 0.
        costs: USD by item.
    """

    values: dict[tuple[str, int], float]
    costs: dict[tuple[str, int], float]

    def by_problem(self, problems: Sequence[str] | None = None) -> dict[str, float]:
        """Mean value of each problem, sorted by id."""
        found: dict[str, list[float]] = {}
        for (problem_id, _), value in sorted(self.values.items()):
            found.setdefault(problem_id, []).append(value)
        wanted = found if problems is None else problems
        return {problem_id: float(np.mean(found[problem_id])) for problem_id in wanted}


class Result(NamedTuple):
    """One run in numbers.

    Attributes:
        suite: Name of the suite.
        policy: Name of the policy.
        model: That decides, or that a fixed rule always calls.
        n: Problems with a judged answer.
        accuracy: Share that is right, or mean quality where the suite measures that; 0 to 1.
        low: Of its 95 % interval.
        high: Likewise.
        mean_cost_usd: Of a judged decision.
        cost_utility: Accuracy / mean cost; None where nothing costs anything.
        versus: The policy that the next four are relative to; None where there is none.
        difference: Of the accuracies on the problems of both.
        difference_low: Of its 95 % interval.
        difference_high: Likewise.
        p_value: Of the exact sign test.
        oracle: Accuracy of the best choice on the same problems; None without a bank.
        failed: Decisions without an answer.
        ungraded: Without a verdict for a fault of a provider, a bank or a grader.
        left: Answers that are still wanted.
        scale: What an accuracy of 1 is shown as.
        simulated: Stand-ins answered.
        stopped: Why something is left; None where nothing is.
        alarm: Why the result is not to be believed; None where nothing speaks against it.
        run_id: In the ledger and in the store.
    """

    suite: str
    policy: str
    model: str | None
    n: int
    accuracy: float | None
    low: float | None
    high: float | None
    mean_cost_usd: float | None
    cost_utility: float | None
    versus: str | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    p_value: float | None
    oracle: float | None
    failed: int
    ungraded: int
    left: int
    scale: float
    simulated: bool
    stopped: str | None
    alarm: str | None
    run_id: str


def results(
    runs: Sequence[Run], rows: Sequence[Mapping[str, Any]], ledger: EvaluationLedger
) -> list[Result]:
    """All runs of one suite over one pool.

    Args:
        runs: In the order in which they are shown.
        rows: Of table `evaluations`, of each of them.
        ledger: That has the episodes.
    """
    outcomes = [read_outcomes(run, ledger) for run in runs]
    single = _single(runs, outcomes)
    found = []
    for number, (run, row) in enumerate(zip(runs, rows, strict=True)):
        versus = None if single in (None, number) else single
        pair = None
        if versus is not None:
            pair = _paired(outcomes[number], outcomes[versus], run.seed)
        name = runs[versus].contender.name if versus is not None and pair else None
        found.append(_result(run, row, outcomes[number], name, pair))
    return found


def read_outcomes(run: Run, ledger: EvaluationLedger) -> Outcomes:
    """What the ledger has of a run."""
    found = Outcomes({}, {})
    for mark in ledger.marks(run.run_id):
        value = value_of(mark, run.asked) if mark.state == JUDGED else None
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


def oracle_value(bank: Bank, menu: Menu, item: Item, asked: Asked) -> float | None:
    """The best outcome of any model on offer, 0 where none is recorded; None where it is unknown.

    It is unknown where an outcome has no verdict.
    """
    found = (bank.record(item.known_as, name, item.sample) for name in menu.offered)
    records = [record for record in found if record is not None]
    if any(record.verdict is None and record.score is None for record in records):
        return None
    return max((worth(record, asked) for record in records), default=0.0)


def _single(runs: Sequence[Run], outcomes: Sequence[Outcomes]) -> int | None:
    """The best single model among the runs: the one of a bank, else of those that are played."""
    names = [run.contender.name for run in runs]
    if BEST_SINGLE in names:
        return names.index(BEST_SINGLE)
    singles = [n for n, name in enumerate(names) if name.startswith(f"{ALWAYS}:")]
    played = [n for n in singles if outcomes[n].values]
    return max(played, key=lambda n: _mean(outcomes[n]), default=None)


def _mean(outcomes: Outcomes) -> float:
    return float(np.mean(list(outcomes.by_problem().values())))


def _paired(first: Outcomes, second: Outcomes, seed: int) -> Paired | None:
    mine, theirs = first.by_problem(), second.by_problem()
    both = [problem_id for problem_id in mine if problem_id in theirs]
    if not both:
        return None
    return compare(
        np.array([mine[key] for key in both]), np.array([theirs[key] for key in both]), seed
    )


def _result(
    run: Run, row: Mapping[str, Any], outcomes: Outcomes, versus: str | None, pair: Paired | None
) -> Result:
    values = np.array(list(outcomes.by_problem().values()))
    interval = bootstrap(values, run.seed) if len(values) else None
    cost = float(np.mean(list(outcomes.costs.values()))) if outcomes.costs else None
    measured = _measured(run, outcomes)
    oracle = _mean(measured) if measured.values else None
    mean = interval.mean if interval else None
    return Result(
        suite=run.asked.suite.name,
        policy=run.contender.name,
        model=run.contender.model,
        n=len(values),
        accuracy=mean,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        mean_cost_usd=cost,
        cost_utility=mean / cost if mean is not None and cost else None,
        versus=versus,
        difference=pair.difference.mean if pair else None,
        difference_low=pair.difference.low if pair else None,
        difference_high=pair.difference.high if pair else None,
        p_value=pair.p_value if pair else None,
        oracle=oracle,
        failed=row["failed"],
        ungraded=row["ungraded"],
        left=run.asked.size - row["episodes"],
        scale=row["metric_scale"],
        simulated=row["simulated"],
        stopped=row["stopped"],
        alarm=_alarm(outcomes, measured),
        run_id=run.run_id,
    )


def _measured(run: Run, outcomes: Outcomes) -> Outcomes:
    """The best choices on the items that the run has a value for, as far as they are known."""
    values = {}
    for item in run.asked.items():
        if run.pool.bank is not None and item.key in outcomes.values:
            best = oracle_value(run.pool.bank, run.pool.menu, item, run.asked)
            if best is not None:
                values[item.key] = best
    return Outcomes(values, {})


def _alarm(outcomes: Outcomes, measured: Outcomes) -> str | None:
    if not measured.values:
        return None
    same = Outcomes({key: outcomes.values[key] for key in measured.values}, {})
    accuracy, oracle = _mean(same), _mean(measured)
    if accuracy <= oracle + ROUNDING:
        return None
    return (
        f"accuracy {accuracy:.4f} is above the measured oracle of the pool, {oracle:.4f}, on the "
        "same problems: no choice among the recorded replies gives that; a leak, a bug, or a "
        "policy that answers out of its own knowledge"
    )
