"""Averages, intervals and tests over problems: seeded bootstrap, exact sign test.

Numbers in, numbers out. A figure is a sum over a sum: of values and of weights, within each part of
a suite; parts count alike, and so do the parts of a part.
"""

from collections.abc import Sequence
from functools import cached_property
from math import comb
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.rng import Floats, generator

STAGE = "evaluation/bootstrap"
REPLICATES, CHUNK = 2000, 50
QUANTILES = (0.025, 0.975)
ROUNDING = 1e-12


class Interval(NamedTuple):
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


class Paired(NamedTuple):
    """One policy less another one, over the problems of both.

    Attributes:
        difference: Of the averages, with its interval.
        wins: Units on which the first is better.
        losses: On which the second is.
        p_value: Two-sided, of the exact sign test; for right or wrong alone that is McNemar's.
    """

    difference: Interval
    wins: int
    losses: int
    p_value: float


class Groups(NamedTuple):
    """How problems belong together.

    Attributes:
        units: By problem, what is drawn as one: the problem itself, or its conversation.
        parts: By problem, the path of its part, as `category/task`; empty where there is none.
    """

    units: Sequence[str]
    parts: Sequence[str]


class Averager:
    """Averages over the problems of some groups."""

    def __init__(self, groups: Groups) -> None:
        """Take groups of at least one problem."""
        units, self._unit = np.unique(np.array(groups.units, dtype=str), return_inverse=True)
        paths, self._leaf = np.unique(np.array(groups.parts, dtype=str), return_inverse=True)
        self._shape = (len(units), len(paths))
        self._shares = np.array(_shares([str(path) for path in paths]))

    def units(self, values: Floats) -> Floats:
        """Sums of values by unit."""
        sums: Floats = self._table(values).sum(axis=1)
        return sums

    def mean(self, values: Floats, weights: Floats | None = None) -> float:
        """The average of values, one a problem, each of weight one or as given."""
        drawn = np.ones((1, self._shape[0]))
        return float(self._means(drawn, *self._tables(values, weights))[0])

    def bootstrap(self, values: Floats, seed: int, weights: Floats | None = None) -> Interval:
        """The average and its percentile interval, resampling units.

        Units that are in the same parts are drawn among each other, so that every part keeps its
        size.

        Args:
            values: One a problem.
            seed: Equal seeds draw the same units, whatever the values are.
            weights: Likewise; None: all one.
        """
        draws, tables = generator(seed, STAGE, str(self._shape[0])), self._tables(values, weights)
        chunks = REPLICATES // CHUNK
        means = [self._means(self._draw(draws), *tables) for _ in range(chunks)]
        low, high = np.quantile(np.concatenate(means), QUANTILES)
        return Interval(self.mean(values, weights), float(low), float(high))

    def _draw(self, draws: np.random.Generator) -> Floats:
        """How often each unit is drawn, in each of some replicates."""
        drawn = np.empty((CHUNK, self._shape[0]))
        for stratum in self._strata:
            size = len(stratum)
            drawn[:, stratum] = draws.multinomial(size, np.full(size, 1 / size), CHUNK)
        return drawn

    @cached_property
    def _strata(self) -> list[npt.NDArray[np.intp]]:
        """Units that are in the same parts."""
        present = self._table(np.ones(len(self._unit))) > 0
        _, kinds = np.unique(present, axis=0, return_inverse=True)
        return [np.flatnonzero(kinds.ravel() == kind) for kind in range(kinds.max() + 1)]

    def _table(self, values: Floats) -> Floats:
        table = np.zeros(self._shape)
        np.add.at(table, (self._unit, self._leaf), values)
        return table

    def _tables(self, values: Floats, weights: Floats | None) -> tuple[Floats, Floats]:
        return self._table(values), self._table(
            np.ones(len(values)) if weights is None else weights
        )

    def _means(self, drawn: Floats, values: Floats, weights: Floats) -> Floats:
        means: Floats = (drawn @ values) / (drawn @ weights) @ self._shares
        return means


def _shares(paths: Sequence[str]) -> list[float]:
    """Weight of each part, by its path: on every level what is beside each other counts alike."""
    levels = [path.split("/") for path in paths]
    children: dict[tuple[str, ...], set[str]] = {}
    for names in levels:
        for depth, name in enumerate(names):
            children.setdefault(tuple(names[:depth]), set()).add(name)
    return [
        float(np.prod([1 / len(children[tuple(names[:depth])]) for depth in range(len(names))]))
        for names in levels
    ]


def compare(first: Floats, second: Floats, groups: Groups, seed: int) -> Paired:
    """The first less the second.

    Args:
        first: One value a problem.
        second: Of the same problems, in the same order.
        groups: Of these problems.
        seed: Of the bootstrap.
    """
    averager, less = Averager(groups), first - second
    by_unit = averager.units(less)
    wins, losses = int((by_unit > ROUNDING).sum()), int((by_unit < -ROUNDING).sum())
    return Paired(averager.bootstrap(less, seed), wins, losses, sign_test(wins, losses))


def sign_test(wins: int, losses: int) -> float:
    """Two-sided p-value of so uneven a split, or a worse one, of a fair coin; 1 without any."""
    total, fewer = wins + losses, min(wins, losses)
    tail = sum(comb(total, count) for count in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**total))
