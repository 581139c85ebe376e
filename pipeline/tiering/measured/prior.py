"""What is known of pass rates before a problem is sampled: weights over a grid of rates.

Counts of a pilot come in, a prior goes out. Knows nothing of tiers and of sampling.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CELLS = 400
# Both ends are points of their own: many problems are never solved, and many always.
RATES: Floats = np.concatenate([[0.0], (np.arange(CELLS) + 0.5) / CELLS, [1.0]])

# Part of the assumed prior in a fitted one, as pseudo-problems. Without it a fit to a few thousand
# problems breaks into spikes and stops too early between them.
BASE_SHARE = 0.3
BASE_PROBLEMS = 50
EM_STEPS = 100


class Prior(NamedTuple):
    """A distribution of pass rates.

    Attributes:
        about: Where it comes from, for people.
        weights: Of each of `RATES`, sum 1.
    """

    about: str
    weights: Floats

    def predictive(self, n: int) -> Floats:
        """Probability of 0 to n successes in n samples, shape (n + 1,)."""
        return likelihood_table(n) @ self.weights


def likelihood(n: int, k: int) -> Floats:
    """Probability of one sequence with k successes in n samples at each of `RATES`."""
    chance: Floats = RATES**k * (1.0 - RATES) ** (n - k)
    return chance


def likelihood_table(n: int) -> Floats:
    """Probability of k successes in n samples, shape (n + 1, rates)."""
    ways = 1.0
    rows = []
    for k in range(n + 1):
        rows.append(ways * likelihood(n, k))
        ways = ways * (n - k) / (k + 1)
    return np.array(rows)


def assumed() -> Prior:
    """A U-shaped prior for when nothing is known: Beta(0.4, 0.4) with 11 % at 0 and 15 % at 1.

    Declared, not measured; pass rates of strong models on mixed problem sets crowd at both ends.
    """
    inner = (RATES[1:-1] * (1.0 - RATES[1:-1])) ** (0.4 - 1.0)
    inner = inner / inner.sum()
    weights = np.concatenate([[0.15], inner, [0.20]])
    return Prior("assumed: U-shaped", weights / weights.sum())


def fit(n: npt.ArrayLike, k: npt.ArrayLike, base: Prior | None = None, about: str = "") -> Prior:
    """Fit a prior to the counts of a pilot by expectation maximisation.

    The maximum-likelihood mixing distribution on a grid (N. Laird, "Nonparametric maximum
    likelihood estimation of a mixing distribution", JASA 73 (1978), 805-811), drawn towards a base
    prior. Where sampling stopped early does not matter: the likelihood is the same.

    Args:
        n: Samples of each problem.
        k: Of these, correct.
        base: What to draw the fit towards; None: `assumed()`.
        about: Where the counts come from.

    Returns:
        The base prior itself where there is no count.
    """
    base = base or assumed()
    pairs, counts = np.unique(np.stack([np.asarray(n), np.asarray(k)]), axis=1, return_counts=True)
    if not counts.sum():
        return base
    chances = np.array([likelihood(int(a), int(b)) for a, b in pairs.T])
    strength = BASE_SHARE * counts.sum() + BASE_PROBLEMS
    weights = base.weights
    for _ in range(EM_STEPS):
        posterior = weights * chances
        posterior /= posterior.sum(axis=1, keepdims=True)
        weights = counts @ posterior + strength * base.weights
        weights = weights / weights.sum()
    return Prior(about or f"fitted to {counts.sum()} problems", weights)
