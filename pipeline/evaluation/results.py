"""What runs came to: episodes in, a row a run out, beside the best single model and the oracle."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from pipeline.evaluation.asked import Asked
from pipeline.evaluation.figures import Figure, figures
from pipeline.evaluation.intervals import Averager, Paired, compare
from pipeline.evaluation.judges import account_of
from pipeline.evaluation.ledger import EvaluationLedger
from pipeline.evaluation.outcomes import Outcomes, oracle_value, read_outcomes
from pipeline.evaluation.runs import Run
from pipeline.evaluation.specs import BEST_SINGLE
from pipeline.router.assemble import ALWAYS

ROUNDING = 1e-9


class Result(NamedTuple):
    """One run in numbers.

    Attributes:
        suite: Name of the suite.
        policy: Name of the policy.
        model: That decides, or that a fixed rule always calls.
        n: Problems with a judged answer; each turn of a conversation is one.
        accuracy: By the suite's metric, 0 to 1: share that is right, mean quality, or the mean of
            the parts of the suite.
        low: Of its 95 % interval.
        high: Likewise.
        mean_cost_usd: Of a judged decision; what a judge costs is no part of it.
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
        judge_usd: Paid for ratings of open answers, those of other runs left out.
        figures: Of parts of the suite, or by other ways of counting.
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
    judge_usd: float
    figures: tuple[Figure, ...]


def results(
    runs: Sequence[Run], rows: Sequence[Mapping[str, Any]], ledger: EvaluationLedger
) -> list[Result]:
    """All runs of one suite over one pool.

    Args:
        runs: In the order in which they are shown.
        rows: Of table `evaluations`, of each of them.
        ledger: That has the episodes.
    """
    outcomes = [read_outcomes(run.run_id, run.asked, ledger) for run in runs]
    single = _single(runs, outcomes)
    found = []
    for number, (run, row) in enumerate(zip(runs, rows, strict=True)):
        versus = None if single in (None, number) else single
        pair = None
        if versus is not None:
            pair = _paired(outcomes[number], outcomes[versus], run)
        name = runs[versus].contender.name if versus is not None and pair else None
        result = _result(run, row, outcomes[number], name, pair)
        more = tuple(figures(run, outcomes[number], ledger))
        paid = ledger.spent([account_of(run.run_id)])
        found.append(result._replace(figures=more, judge_usd=paid))
    return found


def _single(runs: Sequence[Run], outcomes: Sequence[Outcomes]) -> int | None:
    """The best single model among the runs: the one of a bank, else of those that are played."""
    names = [run.contender.name for run in runs]
    if BEST_SINGLE in names:
        return names.index(BEST_SINGLE)
    singles = [n for n, name in enumerate(names) if name.startswith(f"{ALWAYS}:")]
    played = [n for n in singles if outcomes[n].values]
    return max(played, key=lambda n: outcomes[n].average(runs[n].asked), default=None)


def _paired(first: Outcomes, second: Outcomes, run: Run) -> Paired | None:
    mine, theirs = first.by_problem(), second.by_problem()
    both = [problem_id for problem_id in mine if problem_id in theirs]
    if not both:
        return None
    first_values, second_values = (np.array([of[key] for key in both]) for of in (mine, theirs))
    return compare(first_values, second_values, run.asked.groups(both), run.seed)


def _result(
    run: Run, row: Mapping[str, Any], outcomes: Outcomes, versus: str | None, pair: Paired | None
) -> Result:
    values = outcomes.by_problem()
    interval = None
    if values:
        averager = Averager(run.asked.groups(list(values)))
        interval = averager.bootstrap(np.array(list(values.values())), run.seed)
    cost = float(np.mean(list(outcomes.costs.values()))) if outcomes.costs else None
    measured = _measured(run, outcomes)
    oracle = measured.average(run.asked) if measured.values else None
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
        alarm=_alarm(outcomes, measured, run.asked),
        run_id=run.run_id,
        judge_usd=0.0,
        figures=(),
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


def _alarm(outcomes: Outcomes, measured: Outcomes, asked: Asked) -> str | None:
    if not measured.values:
        return None
    same = Outcomes({key: outcomes.values[key] for key in measured.values}, {})
    accuracy, oracle = same.average(asked), measured.average(asked)
    if accuracy <= oracle + ROUNDING:
        return None
    return (
        f"accuracy {accuracy:.4f} is above the measured oracle of the pool, {oracle:.4f}, on the "
        "same problems: no choice among the recorded replies gives that; a leak, a bug, or a "
        "policy that answers out of its own knowledge"
    )
