"""Intervals and tests over problems: seeded bootstrap, exact sign test. Numbers in, numbers out."""

from math import comb
from typing import NamedTuple

import numpy as np

from pipeline.rng import Floats, generator

STAGE = "evaluation/bootstrap"
REPLICATES, CHUNK = 2000, 50
QUANTILES = (0.025, 0.975)


class Interval(NamedTuple):
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


class Paired(NamedTuple):
    """One policy less another one, over the problems of both.

    Attributes:
        difference: Of the means, with its interval.
        wins: Problems on which the first is better.
        losses: On which the second is.
        p_value: Two-sided, of the exact sign test; for right or wrong alone that is McNemar's.
    """

    difference: Interval
    wins: int
    losses: int
    p_value: float


def bootstrap(values: Floats, seed: int) -> Interval:
    """Mean of values and its percentile interval, resampling problems.

    Args:
        values: One a problem, at least one.
        seed: Equal seeds draw the same problems, whatever the values are.
    """
    size = len(values)
    draws = generator(seed, STAGE, str(size))
    chances = np.full(size, 1 / size)
    means = [
        draws.multinomial(size, chances, CHUNK) @ values / size for _ in range(REPLICATES // CHUNK)
    ]
    low, high = np.quantile(np.concatenate(means), QUANTILES)
    return Interval(float(values.mean()), float(low), float(high))


def compare(first: Floats, second: Floats, seed: int) -> Paired:
    """The first less the second.

    Args:
        first: One value a problem.
        second: Of the same problems, in the same order.
        seed: Of the bootstrap.
    """
    wins, losses = int((first > second).sum()), int((first < second).sum())
    return Paired(bootstrap(first - second, seed), wins, losses, sign_test(wins, losses))


def sign_test(wins: int, losses: int) -> float:
    """Two-sided p-value of so uneven a split, or a worse one, of a fair coin; 1 without any."""
    total, fewer = wins + losses, min(wins, losses)
    tail = sum(comb(total, count) for count in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**total))
