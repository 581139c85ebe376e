"""Price lists: the grid to which prices are rounded, and how a price is written.

Knows nothing of models. All prices are USD per million tokens.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

DECADES = range(-6, 5)
UNIT_MISTAKE = 100.0  # a move by more than this, either way, is a slip of units and not a price


def price_grid(mantissas: Sequence[float]) -> npt.NDArray[np.float64]:
    """Every grid price from 0.000001 to just under 100,000, increasing, without 0."""
    values = [round(m * 10.0**decade, 9) for decade in DECADES for m in mantissas]
    return np.array(sorted(values))


def nearest(grid: npt.NDArray[np.float64], price: float) -> float:
    """The grid price nearest in ratio; 0 stays 0."""
    if price <= 0:
        return 0.0
    return float(grid[np.abs(np.log(grid) - np.log(price)).argmin()])


def price_text(price: float) -> str:
    """A price as short as it goes: 0.05, 1.25, 10."""
    return f"{price:.9f}".rstrip("0").rstrip(".")


def money_text(price: float) -> str:
    """A price with at least two decimals: 0.05, 1.10, 10.00, 0.0025."""
    text = price_text(price)
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents:0<2}"


def unit_mistake(old: float, new: float) -> bool:
    """Whether the ratio of two prices can only be a slip of units. Free prices have no ratio."""
    if old <= 0 or new <= 0:
        return False
    return not 1 / UNIT_MISTAKE <= new / old <= UNIT_MISTAKE
