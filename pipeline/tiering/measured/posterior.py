"""What a finished problem's counts say: posterior mean, credible interval, tier.

A sequential rule stops where the share k/n looks extreme, so the share alone is biased; the
posterior is not, because where sampling stopped does not change the likelihood.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from pipeline.tiering.measured.prior import RATES, Prior
from pipeline.tiering.measured.stopping import Cuts, StopRule, posterior, tier_of


class Estimate(NamedTuple):
    """Of one problem's pass rate.

    Attributes:
        rate: Posterior mean.
        low: Lower bound of the central credible interval, widened where the mean lies outside.
        high: Upper bound, likewise.
        tier: Position of the tier: the rule's where it ended, else that of the mean.
        tier_probability: Posterior probability that the true rate lies in that tier.
        settled: Whether the whole interval lies in that tier.
    """

    rate: float
    low: float
    high: float
    tier: int
    tier_probability: float
    settled: bool


class Estimator:
    """Estimates for every pair of counts under one prior; each pair is worked out once."""

    def __init__(self, prior: Prior, rule: StopRule, cuts: Cuts, confidence: float) -> None:
        self.prior, self.rule = prior, rule
        self._cuts = cuts
        self._tail = (1.0 - confidence) / 2.0
        self._known: dict[tuple[int, int], Estimate] = {}

    @cached_property
    def _tiers(self) -> np.ndarray:
        return tier_of(RATES, self._cuts)

    def of(self, n: int, k: int) -> Estimate:
        """Estimate after k successes in n samples."""
        if (n, k) not in self._known:
            self._known[n, k] = self._estimate(n, k)
        return self._known[n, k]

    def _estimate(self, n: int, k: int) -> Estimate:
        weights = posterior(self.prior, n, k)
        sums = np.cumsum(weights)
        last = len(RATES) - 1
        mean = float(np.clip(weights @ RATES, 0.0, 1.0))
        low = min(RATES[min(int(np.searchsorted(sums, self._tail, "right")), last)], mean)
        high = max(RATES[min(int(np.searchsorted(sums, 1.0 - self._tail)), last)], mean)
        given = n <= self.rule.n_max
        tier = int(self.rule.tier[n, k]) if given else int(tier_of(mean, self._cuts))
        inside = int(tier_of(low, self._cuts)) == int(tier_of(high, self._cuts)) == tier
        chance = float(weights[self._tiers == tier].sum())
        return Estimate(mean, float(low), float(high), tier, min(chance, 1.0), inside)
