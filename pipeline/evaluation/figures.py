"""What a run says beside its one number: of each part of the suite, and IFEval's accuracies."""

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from pipeline.evaluation.asked import BY_PART, Asked
from pipeline.evaluation.intervals import Averager
from pipeline.evaluation.ledger import JUDGED, EvaluationLedger, Played
from pipeline.evaluation.outcomes import UNGRADED, Outcomes
from pipeline.evaluation.runs import Run
from pipeline.grading.answers import after_thought
from pipeline.grading.ifeval import followed
from pipeline.reward.scoring import Truth

IFEVAL = "ifeval"


class Figure(NamedTuple):
    """One more number of a run.

    Attributes:
        name: Part of the suite, or way of counting.
        n: Problems.
        value: 0 to 1.
        low: Of its 95 % interval.
        high: Likewise.
    """

    name: str
    n: int
    value: float
    low: float
    high: float


class Followed(NamedTuple):
    """Instructions of one prompt that an answer follows."""

    strict: list[bool]
    loose: list[bool]


def figures(run: Run, outcomes: Outcomes, ledger: EvaluationLedger) -> list[Figure]:
    """Of a run's judged answers; empty where its suite has no more than one number."""
    if run.asked.suite.metric in BY_PART:
        return list(_parts(run, outcomes))
    if run.asked.suite.grader == IFEVAL:
        return list(_instructions(run, ledger))
    return []


def _parts(run: Run, outcomes: Outcomes) -> Iterator[Figure]:
    """The average of each part: of a suite of conversations each turn."""
    values = outcomes.by_problem()
    names = {problem_id: run.asked.part(problem_id).partition("/")[0] for problem_id in values}
    for name in sorted(set(names.values())):
        inside = {key: value for key, value in values.items() if names[key] == name}
        yield _figure(name, run, inside)


def _instructions(run: Run, ledger: EvaluationLedger) -> Iterator[Figure]:
    """Accuracy of prompts and of instructions, strict and loose.

    A prompt counts where all of its instructions are followed; of instructions all prompts are
    pooled, so that one with three of them weighs three times one with one.
    """
    found: dict[str, list[Followed]] = {}
    for played in ledger.episodes(run.run_id, run.pool.menu, JUDGED):
        kept = _followed(run, played)
        if kept is not None:
            found.setdefault(played.problem_id, []).append(kept)
    if not found:
        return
    ways: dict[str, Callable[[Followed], list[bool]]] = {
        "strict": lambda kept: kept.strict,
        "loose": lambda kept: kept.loose,
    }
    counts = {key: float(len(kept[0].strict)) for key, kept in found.items()}
    for way, marks in ways.items():
        whole = {key: _mean([all(marks(k)) for k in kept]) for key, kept in found.items()}
        yield _figure(f"prompt_{way}", run, whole)
    for way, marks in ways.items():
        sums = {key: _mean([sum(marks(k)) for k in kept]) for key, kept in found.items()}
        yield _figure(f"instruction_{way}", run, sums, counts)


def _mean(values: list[bool] | list[int]) -> float:
    return float(np.mean(values))


def _followed(run: Run, played: Played) -> Followed | None:
    """None where nothing can be said: no grader could judge, or the bank kept no text."""
    episode, asked = played.episode, run.asked
    if episode.row["verdict"] == UNGRADED:
        return None
    if run.pool.lost_text(asked.item(played.problem_id, played.sample), episode):
        return None
    return followed_of(asked, played.problem_id, "" if episode.failed else episode.answer)


def followed_of(asked: Asked, problem_id: str, answer: str) -> Followed:
    """Which instructions of a problem an answer follows."""
    text = after_thought(answer) or ""
    instructions = json.loads(asked.truth(problem_id).ground_truth)
    return Followed(followed(text, instructions), followed(text, instructions, loose=True))


def kept_share(answer: str, truth: Truth) -> float:
    """Share of the instructions of a truth that an answer follows."""
    kept = followed(after_thought(answer) or "", json.loads(truth.ground_truth))
    return sum(kept) / len(kept)


def _figure(
    name: str, run: Run, values: dict[str, float], weights: dict[str, float] | None = None
) -> Figure:
    averager = Averager(run.asked.groups(list(values)))
    weigh = None if weights is None else np.array([weights[key] for key in values])
    found = averager.bootstrap(np.array(list(values.values())), run.seed, weigh)
    return Figure(name, len(values), *found)
