"""Tables of the evaluation page: values in, cells with what is shown and what is exact out."""

import math
from typing import Any, NamedTuple

MISSING = "\N{EN DASH}"
INFINITE = "\N{INFINITY}"
# Digits behind the point, by the scale of a metric: 0.8567, 9.302, 57.28.
DIGITS = {1: 4, 10: 3, 100: 2}


class Cell(NamedTuple):
    """One cell.

    Attributes:
        text: What is shown.
        exact: The value as the store has it.
        small: Small print under it.
        simulated: Whether it is marked so.
    """

    text: str
    exact: str | None = None
    small: str | None = None
    simulated: bool = False


class Line(NamedTuple):
    """One row; a `note` stands in the place of cells that are not there."""

    cells: list[Cell]
    role: str = ""
    note: str | None = None


class Grid(NamedTuple):
    """A table: the heads say whether their column is of numbers."""

    name: str
    caption: str
    heads: list[tuple[str, bool]]
    lines: list[Line]


def words(text: str | None, small: str | None = None, simulated: bool = False) -> Cell:
    """A cell of text."""
    return Cell(text or MISSING, None, small, simulated)


def digits_of(scale: float) -> int:
    """Digits behind the point of a value in the scale of its metric."""
    return DIGITS.get(int(scale), 4)


def shown(
    value: float | None, scale: float, low: float | None = None, high: float | None = None
) -> Cell:
    """A value in the scale of its metric, over its interval."""
    digits = digits_of(scale)
    small = None
    if low is not None and high is not None:
        small = f"{_plain(low, digits)} to {_plain(high, digits)}"
    return Cell(_plain(value, digits), _exact(value), small)


def money(usd: float | None, low: float | None = None, high: float | None = None) -> Cell:
    """Dollars to three significant digits, never as a power of ten, over their interval."""
    known = low is not None and high is not None
    return Cell(dollars(usd), _exact(usd), f"{dollars(low)} to {dollars(high)}" if known else None)


def dollars(usd: float | None) -> str:
    """The same as text."""
    return MISSING if usd is None else f"{_minus(usd)}${_three(abs(usd))}"


def percent(share: float | None) -> Cell:
    """A share."""
    return Cell(MISSING if share is None else f"{_plain(100 * share, 1)} %", _exact(share))


def chance(p_value: float) -> Cell:
    """A p-value."""
    return Cell("under 0.0001" if p_value < 0.0001 else f"{p_value:.4f}", _exact(p_value))


def utility(value: float | None) -> Cell:
    """Accuracy a dollar."""
    if value is None:
        return Cell(MISSING)
    digits = 0 if value >= 1000 else 1 if value >= 100 else 2
    return Cell(INFINITE if math.isinf(value) else _plain(value, digits), _exact(value))


def whole(value: int, of: int | None = None, why: str | None = None) -> Cell:
    """A count, of how many, and why there are no more."""
    text = f"{value:,}" if of is None or of == value else f"{value:,} of {of:,}"
    return Cell(text, str(value), why)


def _plain(value: float | None, digits: int) -> str:
    if value is None:
        return MISSING
    text = f"{abs(value):,.{digits}f}"
    return f"{_minus(value) if text.strip('0.,') else ''}{text}"


def _minus(value: float) -> str:
    return "\N{MINUS SIGN}" if value < 0 else ""


def _three(value: float) -> str:
    if value == 0:
        return "0"
    digits = max(2, 2 - math.floor(math.log10(value)))
    return f"{value:,.{min(digits, 9)}f}"


def _exact(value: Any) -> str | None:
    return None if value is None else repr(float(value))
