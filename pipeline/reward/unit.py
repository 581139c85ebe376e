"""The unit `reference`: what one call of the dearest premium model on offer would cost.

A menu and the tokens of such a call come in, USD go out. Raw dollars differ a thousandfold between
problems and price lists; in this unit a cost of 1 is a call of the best, whatever it is priced at.
"""

from collections.abc import Iterable

from pipeline.catalog.tariff import Tariff, Usage
from pipeline.router.menu import Menu

PREMIUM = "premium"


def reference_usd(menu: Menu, usage: Usage) -> float:
    """USD of the unit, at the prices of the menu.

    Args:
        menu: What was on offer.
        usage: Tokens of one call on this problem.

    Returns:
        The dearest premium model's cost; without one that costs anything, the dearest model's of
        any tier; where all is free, the dearest's at list prices. 0 if those are free, too.
    """
    premium = (e.tariff for e in menu.entries if e.row["tier"] == PREMIUM)
    shown = (e.tariff for e in menu.entries)
    listed = (e.base for e in menu.entries)
    return _dearest(premium, usage) or _dearest(shown, usage) or _dearest(listed, usage)


def _dearest(tariffs: Iterable[Tariff], usage: Usage) -> float:
    return max((tariff.cost(usage) for tariff in tariffs), default=0.0)


def in_units(cost_usd: float, unit_usd: float) -> float:
    """A cost in a unit; of a unit that costs nothing, none or infinitely many."""
    if unit_usd > 0:
        return cost_usd / unit_usd
    return cost_usd * float("inf") if cost_usd else 0.0
