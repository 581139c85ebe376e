"""What a stop rule costs and how often it errs: exact, not simulated.

A rule and a distribution of true pass rates come in; means over that distribution go out.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipeline.tiering.measured.prior import Floats
from pipeline.tiering.measured.stopping import Cuts, StopRule, tier_of


class Economy(NamedTuple):
    """Means per problem.

    Attributes:
        samples: Samples taken.
        right: Of these, correct ones; the rest are longer on most models.
        differing: Probability that the tier is not the one of `fixed` samples; NaN where the rule
            takes more than those.
        wrong: Probability that the tier is not the one of the true pass rate.
        opposite: Probability of easy for hard or hard for easy, against `fixed` samples; or NaN.
    """

    samples: float
    right: float
    differing: float
    wrong: float
    opposite: float


class _Stops(NamedTuple):
    """Problems that stop after n samples with k successes, as a probability per rate."""

    n: int
    k: int
    chance: Floats


def economy(rule: StopRule, rates: Floats, weights: Floats, cuts: Cuts, fixed: int) -> Economy:
    """Follow every rate through the rule.

    Args:
        rule: When sampling stops.
        rates: True pass rates.
        weights: Their shares, sum 1.
        cuts: Where medium and easy begin.
        fixed: Samples of the measurement to compare with; the first samples are the same ones.
    """
    samples = right = wrong = differing = opposite = 0.0
    truth = tier_of(rates, cuts)
    for n, k, chance in _stops(rule, rates):
        mass = weights * chance
        tier = int(rule.tier[n, k])
        samples += n * float(mass.sum())
        right += k * float(mass.sum())
        wrong += float(mass[truth != tier].sum())
        if rule.n_max > fixed:
            differing = opposite = float("nan")
            continue
        label = _label_chance(n, k, rates, cuts, fixed)
        differing += float((mass * (1.0 - label[tier])).sum())
        if tier != 1:
            opposite += float((mass * label[2 - tier]).sum())
    return Economy(samples, right, differing, wrong, opposite)


def _stops(rule: StopRule, rates: Floats) -> Iterator[_Stops]:
    reached = np.zeros((rule.n_max + 1, len(rates)))
    reached[0] = 1.0
    for n in range(rule.n_max + 1):
        for k in range(n + 1):
            if rule.stop[n, k]:
                yield _Stops(n, k, reached[k].copy())
                reached[k] = 0.0
        going = reached.copy()
        reached = going * (1.0 - rates)
        reached[1:] += going[:-1] * rates


def _label_chance(n: int, k: int, rates: Floats, cuts: Cuts, fixed: int) -> list[Floats]:
    """Probability of each tier of the first `fixed` samples, per rate, given [n, k]."""
    rest = fixed - n
    coming = _binomial(rest, rates)
    label = tier_of((k + np.arange(rest + 1)) / fixed, cuts)
    return [coming[label == tier].sum(axis=0) for tier in range(3)]


def _binomial(n: int, rates: Floats) -> Floats:
    ways = 1.0
    rows = []
    for k in range(n + 1):
        rows.append(ways * rates**k * (1.0 - rates) ** (n - k))
        ways = ways * (n - k) / (k + 1)
    return np.array(rows)
