"""Piecewise-linear distributions of log price factors: condition, mix, invert.

Knows nothing of models, splits or grids. A free tier is the mass below the first knot.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Band = tuple[float, float]


class LogCdf(NamedTuple):
    """Distribution function of log factors: linear between knots, `mass[0]` of it at factor 0.

    Attributes:
        logs: Natural logs of factors, increasing.
        mass: Probability up to and including each knot; the last is 1.
    """

    logs: Floats
    mass: Floats

    def at(self, logs: Floats | float) -> Floats:
        """Probability of a log factor up to `logs`."""
        return np.asarray(np.interp(logs, self.logs, self.mass))

    def factors(self, probs: Sequence[float] | Floats) -> Floats:
        """Quantiles as factors; 0 within the free mass."""
        asked = np.asarray(probs, dtype=np.float64)
        logs = np.interp(asked, self.mass, self.logs)  # at a gap without mass: its upper edge
        return np.where(asked < self.mass[0], 0.0, np.exp(logs))


def from_quantiles(probs: Sequence[float], factors: Sequence[float], free: float = 0.0) -> LogCdf:
    """Distribution whose quantile function is log-linear between the given points.

    Args:
        probs: Increasing, from 0 to 1.
        factors: Increasing, positive.
        free: Share of the lowest draws that are 0 instead.
    """
    p, logs = np.asarray(probs, dtype=np.float64), np.log(np.asarray(factors, dtype=np.float64))
    keep = p > free
    start = np.interp(free, p, logs)
    return LogCdf(np.concatenate([[start], logs[keep]]), np.concatenate([[free], p[keep]]))


def signed(bands: Sequence[Band]) -> list[Band]:
    """Bands of |log factor| as intervals of log factor, increasing."""
    return sorted([(-high, -low) for low, high in bands] + list(bands))


def inside(logs: Floats, bands: Sequence[Band]) -> npt.NDArray[np.bool_]:
    """Whether |log factor| lies in a band, edges included (with room for rounding noise)."""
    size = np.abs(logs)
    hits = [(size >= low - 1e-9) & (size <= high + 1e-9) for low, high in bands]
    return np.logical_or.reduce(hits) if hits else np.zeros(size.shape, dtype=bool)


def condition(cdf: LogCdf, bands: Sequence[Band], within: bool) -> LogCdf:
    """The distribution given that |log factor| lies within, or outside, the bands.

    Free tiers count as outside.
    """
    edges = [e for band in signed(bands) for e in band if cdf.logs[0] < e < cdf.logs[-1]]
    logs = np.unique(np.concatenate([cdf.logs, edges]))
    pieces = np.diff(cdf.at(logs))
    kept = np.where(inside((logs[1:] + logs[:-1]) / 2, bands) == within, pieces, 0.0)
    free = 0.0 if within else cdf.mass[0]
    mass = free + np.concatenate([[0.0], np.cumsum(kept)])
    return LogCdf(logs, mass / mass[-1])


def mix(first: LogCdf, second: LogCdf, share: float) -> LogCdf:
    """`share` of the second distribution, the rest of the first."""
    logs = np.unique(np.concatenate([first.logs, second.logs]))
    free = (1 - share) * first.mass[0] + share * second.mass[0]
    mass = (1 - share) * first.at(logs) + share * second.at(logs)
    mass[0] = free
    return LogCdf(logs, mass)
