"""Moves of prices: which fields moved by which factor, and the unit that a slip looks like."""

import math
from typing import NamedTuple

from pipeline.catalog.history.quotes import PRICE_FIELDS, Quote
from pipeline.catalog.prices import price_text, unit_mistake

# Orders of magnitude that unit slips come in; what lies beyond the last is none that we know.
_UNITS = (
    (2.15, "cents", "dollars"),
    (4.5, "1,000 tokens", "a token"),
    (7.5, "a million tokens", "a token"),
)


class PriceMove(NamedTuple):
    """One price that differs, in USD per million tokens; None where there is none."""

    field: str
    old: float | None
    new: float | None

    @property
    def factor(self) -> float | None:
        """New over old; None where either is missing or free."""
        return self.new / self.old if self.old and self.new else None

    @property
    def slips(self) -> bool:
        """Whether no seller moves a price so far."""
        return bool(self.old and self.new and unit_mistake(self.old, self.new))

    def text(self) -> str:
        """The move in words: `input 10 -> 2 (x0.2)`."""
        if self.factor is not None:
            note = f" (x{self.factor:.3g})"
        elif self.old == 0 or self.new == 0:
            note = " (free now)" if self.new == 0 else " (was free)"
        else:
            note = ""
        return f"{self.field} {_text(self.old)} -> {_text(self.new)}{note}"


def moves_between(old: Quote, new: Quote) -> list[PriceMove]:
    """Every price that differs, in the order of `PRICE_FIELDS`."""
    pairs = ((field, getattr(old, field), getattr(new, field)) for field in PRICE_FIELDS)
    return [PriceMove(field, before, after) for field, before, after in pairs if before != after]


def likely_unit(slip: PriceMove, side: str) -> str:
    """What went wrong on one side (`old` or `new`) of a slip, by its size."""
    assert slip.factor is not None
    size = abs(math.log10(slip.factor))
    known = next(((per, meant) for top, per, meant in _UNITS if size < top), None)
    if known is None:
        return "by no unit that we know"
    too_high = (slip.factor > 1) == (side == "new")
    if known[0] == "cents":
        return "cents taken for dollars" if too_high else "dollars divided by 100 once too often"
    if too_high:
        return f"a price for {known[0]} entered as one for {known[1]}"
    return f"a price for {known[1]} divided as if it were for {known[0]}"


def said(quote: Quote) -> str:
    """Prompt and answer price in words."""
    return f"input {_text(quote.input)}, output {_text(quote.output)}"


def _text(price: float | None) -> str:
    return "none" if price is None else price_text(price)
