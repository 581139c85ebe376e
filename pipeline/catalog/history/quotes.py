"""What a price list says of one model at one moment, in USD per million tokens.

Values that are no prices (negative, not a number, not finite) become None and a fault in words.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

PRICE_FIELDS = (
    "input",
    "output",
    "cached_input",
    "cache_write",
    "reasoning",
    "input_above",
    "output_above",
)
LIMIT_FIELDS = ("max_input_tokens", "max_output_tokens", "retires_on", "above_tokens")
DYNAMIC = Decimal(-1)  # OpenRouter's mark of a router whose price is that of the model it picks
TOO_LARGE = Decimal(10**9)  # USD per million tokens; the store's DECIMAL(18,9) ends there


class Quote(NamedTuple):
    """Prices and limits of one model.

    Attributes:
        seller: Who asks the price.
        mode: chat, completion or responses, where known.
        input: Price of a prompt; so with all prices, None where the list has none.
        faults: Values that could not be read as prices, in words.
    """

    seller: str
    mode: str | None = None
    input: float | None = None
    output: float | None = None
    cached_input: float | None = None
    cache_write: float | None = None
    reasoning: float | None = None
    above_tokens: int | None = None
    input_above: float | None = None
    output_above: float | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    retires_on: str | None = None
    faults: tuple[str, ...] = ()

    @property
    def prices(self) -> dict[str, float]:
        """The prices there are, by field."""
        pairs = ((field, getattr(self, field)) for field in PRICE_FIELDS)
        return {field: price for field, price in pairs if price is not None}

    def same_prices(self, other: "Quote") -> bool:
        """Whether nothing that costs differs."""
        return self.prices == other.prices and self.above_tokens == other.above_tokens

    def same_limits(self, other: "Quote") -> bool:
        """Whether sizes and the day of retirement are the same."""
        return all(getattr(self, f) == getattr(other, f) for f in LIMIT_FIELDS)


def read_prices(raw: Mapping[str, Any]) -> tuple[dict[str, float | None], tuple[str, ...]]:
    """Turn USD per token into USD per million tokens.

    Args:
        raw: Values by field, as a document or a CSV file has them.

    Returns:
        Prices by field, to nine decimals; and what could not be read.
    """
    prices: dict[str, float | None] = {}
    faults = []
    for field, value in raw.items():
        try:
            prices[field] = _per_million(value)
        except ValueError as error:
            prices[field] = None
            faults.append(f"{field} {error}")
    return prices, tuple(faults)


def _per_million(value: object) -> float | None:
    """One price.

    Raises:
        ValueError: It is none; the text completes a sentence that begins with its name.
    """
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool | dict | list) or not number.is_finite():
        raise ValueError(f"is {str(value)[:40]!r}, which is no number")
    if number == DYNAMIC:
        raise ValueError("is -1: the list leaves the price to the model that is picked")
    if number < 0:
        raise ValueError(f"is {number} USD per token, below zero")
    if number * 10**6 >= TOO_LARGE:
        raise ValueError(f"is {number} USD per token, which is no price in any unit")
    return float(round(number * 10**6, 9))


def read_count(value: object) -> int | None:
    """A number of tokens; None for anything else, as lists write prose there, too."""
    try:
        count = int(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return count if 0 < count < 2**63 else None
