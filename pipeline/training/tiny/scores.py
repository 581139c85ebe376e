"""What a way of deciding earns on some cases, exactly, and how two of them compare.

Probabilities of decisions come in, means with intervals go out. Knows no network.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.reward.formula import reward
from pipeline.reward_settings import RewardSettings
from pipeline.rng import Floats, generator
from pipeline.training.tiny.cases import Case

STAGE = "tiny.bootstrap"
DRAWS = 2000
PERCENTILES = (2.5, 97.5)


class Score(NamedTuple):
    """Means over cases.

    Attributes:
        reward: Of an episode.
        accuracy: Share of answers that count.
        cost: Of an episode, in the unit of the reward.
        usd: The same in USD.
        cost_per_correct: Cost over accuracy.
    """

    reward: float
    accuracy: float
    cost: float
    usd: float
    cost_per_correct: float


class Rows(NamedTuple):
    """Expectations of each case, shape (cases,); see `Score`."""

    reward: Floats
    accuracy: Floats
    cost: Floats
    usd: Floats

    @property
    def score(self) -> Score:
        """Means over the cases."""
        reward, accuracy, cost, usd = (float(values.mean()) for values in self)
        return Score(reward, accuracy, cost, usd, cost / accuracy if accuracy else float("inf"))


class Interval(NamedTuple):
    """A value with its 95 % interval over the cases."""

    value: float
    low: float
    high: float


class Comparison(NamedTuple):
    """One way of deciding minus another on the same cases; see `Score`.

    Attributes:
        cost_per_correct_ratio: Of the first to the second; None where the second costs nothing.
    """

    reward: Interval
    accuracy: Interval
    cost: Interval
    cost_per_correct_ratio: Interval | None


def gates(case: Case, settings: RewardSettings) -> Floats:
    """What an answer that counts earns, for each decision."""
    return np.array([reward(True, float(cost), settings) for cost in case.cost])


def rows_of(
    cases: Sequence[Case],
    decided: Sequence[Floats],
    settings: RewardSettings,
    finished: Sequence[Floats] | None = None,
) -> Rows:
    """Expectations under probabilities of decisions.

    Args:
        cases: What is decided on.
        decided: Probability of each decision.
        settings: Of the reward.
        finished: Probability that the answer of a decision is given; None: always.
    """
    table = []
    for number, (case, chosen) in enumerate(zip(cases, decided, strict=True)):
        right = case.chance if finished is None else case.chance * finished[number]
        earned = right * gates(case, settings)
        table.append([chosen @ earned, chosen @ right, chosen @ case.cost, chosen @ case.usd])
    return Rows(*np.array(table).T)


def compare(first: Rows, second: Rows, seed: int = 0) -> Comparison:
    """Paired bootstrap over the cases.

    Args:
        first: What is of interest.
        second: What it is held against; the same cases in the same order.
        seed: Of the draws.
    """
    count = len(first.reward)
    picks = generator(seed, STAGE, str(count)).integers(0, count, (DRAWS, count))

    def difference(one: Floats, other: Floats) -> Interval:
        by_case = one - other
        return _interval(float(by_case.mean()), by_case[picks].mean(1))

    def per_correct(rows: Rows) -> Floats:
        accuracy = np.maximum(rows.accuracy[picks].mean(1), 1e-9)
        means: Floats = rows.cost[picks].mean(1) / accuracy
        return means

    ratio = None
    if second.cost.any():
        whole = first.score.cost_per_correct / second.score.cost_per_correct
        ratio = _interval(whole, per_correct(first) / np.maximum(per_correct(second), 1e-9))
    return Comparison(
        difference(first.reward, second.reward),
        difference(first.accuracy, second.accuracy),
        difference(first.cost, second.cost),
        ratio,
    )


def _interval(value: float, draws: Floats) -> Interval:
    low, high = np.percentile(draws, PERCENTILES)
    return Interval(value, float(low), float(high))
