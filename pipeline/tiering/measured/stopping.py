"""When to stop sampling a problem: tables over (samples, successes), computed once.

A prior and cuts come in, a rule goes out. Knows nothing of problems and engines.
"""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.tiering.measured.prior import RATES, Floats, Ints, Prior, likelihood, likelihood_table

Bools = npt.NDArray[np.bool_]
Mode = Literal["fixed", "curtail", "dp", "dp-accurate"]
MODES: tuple[Mode, ...] = ("fixed", "curtail", "dp", "dp-accurate")
Cuts = tuple[float, float]
TIER_COUNT = 3


class StopRule(NamedTuple):
    """What to do after n samples with k successes; all tables have shape (n_max + 1, n_max + 1).

    Attributes:
        mode: How it was made.
        n_max: Samples at most.
        stop: Whether sampling ends at [n, k].
        tier: Tier that is given where it ends: 0 hard, 1 medium, 2 easy.
        ahead: Samples that will be taken in any case before sampling can end, at least 1; they
            need not wait for each other.
    """

    mode: Mode
    n_max: int
    stop: Bools
    tier: Ints
    ahead: Ints


def tier_of(rates: npt.ArrayLike, cuts: Cuts) -> Ints:
    """Position of the tier of each rate; a rate at a cut is in the easier tier."""
    return np.digitize(np.asarray(rates, np.float64), cuts).astype(np.int64)


def make_rule(mode: Mode, n_max: int, cuts: Cuts, prior: Prior, wrong_tier: float) -> StopRule:
    """Make a rule.

    Args:
        mode: `fixed` takes n_max samples; `curtail` stops when the tier of n_max samples is
            certain; `dp` stops when another sample costs more than it is worth for foretelling
            that tier; `dp-accurate` likewise for the tier of the true pass rate.
        n_max: Samples at most.
        cuts: Where medium and easy begin.
        prior: Distribution of pass rates.
        wrong_tier: Price of a wrong tier, in samples.
    """
    if mode in ("fixed", "curtail"):
        chance = _label_chance(n_max, cuts, prior)
        tier = chance.argmax(axis=2)
        certain = _certain(n_max, cuts)
        stop = certain if mode == "curtail" else np.zeros_like(certain)
    else:
        chance = _label_chance(n_max, cuts, prior) if mode == "dp" else _truth(n_max, cuts, prior)
        tier = chance.argmax(axis=2)
        stop = _bayes_optimal(n_max, wrong_tier * (1.0 - chance.max(axis=2)), prior)
    stop[0, 0] = False  # a measured rate has at least one sample, however sure the prior is
    stop[n_max] = True
    return StopRule(mode, n_max, stop, tier, _ahead(stop))


def _label_chance(n_max: int, cuts: Cuts, prior: Prior) -> Floats:
    """Probability of each tier of n_max samples after [n, k], shape (n, k, tier)."""
    chance = np.zeros((n_max + 1, n_max + 1, TIER_COUNT))
    for n in range(n_max + 1):
        rest = likelihood_table(n_max - n)
        for k in range(n + 1):
            coming = rest @ posterior(prior, n, k)
            label = tier_of((k + np.arange(n_max - n + 1)) / n_max, cuts)
            chance[n, k] = np.bincount(label, coming, TIER_COUNT)
    return chance


def _truth(n_max: int, cuts: Cuts, prior: Prior) -> Floats:
    """Probability of each tier of the pass rate itself after [n, k], shape (n, k, tier)."""
    chance = np.zeros((n_max + 1, n_max + 1, TIER_COUNT))
    tier = tier_of(RATES, cuts)
    for n in range(n_max + 1):
        for k in range(n + 1):
            chance[n, k] = np.bincount(tier, posterior(prior, n, k), TIER_COUNT)
    return chance


def posterior(prior: Prior, n: int, k: int) -> Floats:
    """Weights of `RATES` after k successes in n samples."""
    weights = prior.weights * likelihood(n, k)
    total = weights.sum()
    # A prior without ends cannot explain a mix of both: then the likelihood alone speaks.
    if total <= 0.0:
        weights = likelihood(n, k)
        total = weights.sum()
    done: Floats = weights / total
    return done


def _certain(n_max: int, cuts: Cuts) -> Bools:
    """Where all that can still come leaves the tier of n_max samples the same."""
    n, k = np.indices((n_max + 1, n_max + 1))
    worst = tier_of(k / n_max, cuts)
    best = tier_of((k + n_max - n) / n_max, cuts)
    certain: Bools = (worst == best) & (k <= n)
    return certain


def _bayes_optimal(n_max: int, loss: Floats, prior: Prior) -> Bools:
    """Backward induction: a sample costs 1, stopping at [n, k] costs `loss[n, k]`.

    Source: the finite-horizon stopping problem in M. H. DeGroot, "Optimal Statistical Decisions"
    (1970), chapter 12.
    """
    stop = np.zeros((n_max + 1, n_max + 1), np.bool_)
    value = loss[n_max].copy()
    stop[n_max] = True
    for n in range(n_max - 1, -1, -1):
        mean = np.array([posterior(prior, n, k) @ RATES for k in range(n + 1)])
        going = 1.0 + mean * value[1 : n + 2] + (1.0 - mean) * value[: n + 1]
        stop[n, : n + 1] = loss[n, : n + 1] <= going
        value = np.minimum(loss[n, : n + 1], going)
    return stop


def _ahead(stop: Bools) -> Ints:
    """Least number of samples from [n, k] to any state where sampling ends."""
    n_max = len(stop) - 1
    ahead = np.zeros((n_max + 1, n_max + 1), np.int64)
    for n in range(n_max - 1, -1, -1):
        for k in range(n + 1):
            least = min(ahead[n + 1, k], ahead[n + 1, k + 1])
            ahead[n, k] = 0 if stop[n, k] else 1 + least
    return np.maximum(ahead, 1)
