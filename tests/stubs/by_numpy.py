"""The metrics once more in numpy, to compare the store's SQL with. Knows nothing of DuckDB."""

import functools
import hashlib
import itertools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
UNITS = 1024


def _lower(text: str) -> int:
    return int.from_bytes(hashlib.md5(text.encode()).digest()[8:], "little")


@functools.cache
def uniform(text: str) -> float:
    """`hash_uniform`."""
    return float(((_lower(text) >> 12) + 0.5) / 2**52)


def unit(problem_id: str) -> int:
    """`resampling_unit`."""
    return _lower(problem_id) % UNITS


def weights(problems: Sequence[str], replicates: int, seed: int) -> Array:
    """Weight of every problem in every replicate, of which 0 is the data; replicates are rows."""
    drawn = np.array(
        [[uniform(f"{seed}/{r}/{unit(p)}") for p in problems] for r in range(1, replicates + 1)]
    ).reshape(replicates, len(problems))
    found = np.minimum(stats.poisson.ppf(drawn, 1), 9)
    return np.vstack([np.ones(len(problems)), found])


def count(n: float, key: str, replicate: int, seed: int) -> float:
    """`bootstrap_count`."""
    if replicate == 0:
        return n
    u, v = (uniform(f"{seed}/{replicate}/{key}/{i}") for i in (1, 2))
    return max(0.0, n + np.sqrt(n) * np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v))


def interval(values: Array) -> tuple[float, float]:
    """Percentile interval over replicates 1 and on; NaN where none is finite."""
    finite = values[1:][np.isfinite(values[1:])]
    if not finite.size:
        return np.nan, np.nan
    low, high = np.quantile(finite, [0.025, 0.975])
    return float(low), float(high)


def with_interval(
    problems: Sequence[str], figure: Callable[[Array], float], replicates: int, seed: int
) -> tuple[float, float, float]:
    """A figure of weighted problems with its interval; NaN where no problem was drawn."""
    rows = weights(problems, replicates, seed)
    values = np.array([figure(w) if w.sum() else np.nan for w in rows])
    return float(values[0]), *interval(values)


def arena(accuracy: float, cost: float) -> float:
    """RouterArena score, as published, costs cut off at the ends of its range."""
    cost = min(max(1000 * cost, 0.0044), 200)
    c = (np.log2(200) - np.log2(cost)) / (np.log2(200) - np.log2(0.0044))
    return 0.0 if accuracy == 0 or c == 0 else float(1.1 * accuracy * c / (0.1 * accuracy + c))


def hull(points: Array) -> Array:
    """Corners of the non-decreasing upper hull of (cost, accuracy), by cost."""
    best: list[tuple[float, float]] = []
    for cost, accuracy in sorted(map(tuple, points), key=lambda p: (p[0], -p[1])):
        if best and accuracy <= best[-1][1]:
            continue
        while len(best) > 1 and _under(best[-2], best[-1], (cost, accuracy)):
            best.pop()
        best.append((cost, accuracy))
    return np.array(best)


def _under(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[1] - a[1]) * (c[0] - a[0]) <= (c[1] - a[1]) * (b[0] - a[0])


def aiq(points: Array, low: float, high: float) -> float:
    """Mean of the hull over a range of costs, by its corners within it."""
    corners = hull(points)
    inner = corners[(corners[:, 0] > low) & (corners[:, 0] < high), 0]
    at = np.unique(np.concatenate([[low], inner, [high]]))
    at = at[at >= corners[0, 0]]
    if at.size < 2:
        return 0.0
    values = np.interp(at, corners[:, 0], corners[:, 1])
    return float(np.trapezoid(values, at) / (high - low))


def hypervolume(points: Array, reference: float) -> float:
    """Area under the staircase of the best points up to a cost."""
    at = np.unique(np.append(points[points[:, 0] < reference, 0], reference))
    area = 0.0
    for left, right in itertools.pairwise(at):
        area += (right - left) * points[points[:, 0] <= left, 1].max()
    return area


def pareto_distances(points: Array) -> Array:
    """Distance of each point to the nearest one that no other beats, in ranges of all points."""
    spans = np.ptp(points, axis=0)
    spans[spans == 0] = np.inf
    free = [p for p in points if not any(_beats(q, p) for q in points)]
    gaps = (points[:, None, :] - np.array(free)[None, :, :]) / spans
    found: Array = np.sqrt((gaps**2).sum(axis=2)).min(axis=1)
    return found


def _beats(q: Array, p: Array) -> bool:
    return bool(q[0] <= p[0] and q[1] >= p[1] and (q != p).any())


def deferral(wish: Array, strong: Array, weak: Array, weight: Array) -> tuple[Array, Array]:
    """Shares and recovered gaps at the ends of every step, the origin first."""
    order = np.argsort(-wish, kind="stable")
    wish, strong, weak, weight = wish[order], strong[order], weak[order], weight[order]
    ends = np.append(np.nonzero(np.diff(wish))[0], wish.size - 1)
    shares = np.append(0, np.cumsum(weight)[ends] / weight.sum())
    gained = np.append(0, np.cumsum(weight * (strong - weak))[ends])
    gap = (weight * strong).sum() - (weight * weak).sum()
    return shares, gained / gap if gap > 0 else np.full(shares.size, np.nan)


def apgr(wish: Array, strong: Array, weak: Array, weight: Array) -> float:
    """Area under the deferral curve."""
    shares, gaps = deferral(wish, strong, weak, weight)
    return float(np.trapezoid(gaps, shares))


def cpt(wish: Array, strong: Array, weak: Array, weight: Array, wanted: float) -> float:
    """Where the deferral curve first gets to a recovered gap."""
    shares, gaps = deferral(wish, strong, weak, weight)
    for i in range(1, shares.size):
        if gaps[i] >= wanted and shares[i] > shares[i - 1]:
            way = (wanted - gaps[i - 1]) / (gaps[i] - gaps[i - 1])
            return float(shares[i - 1] + way * (shares[i] - shares[i - 1]))
    return np.nan


def sign_test(wins: int, losses: int) -> float:
    """Exact two-sided sign test."""
    return float(stats.binomtest(wins, wins + losses).pvalue) if wins + losses else 1.0
