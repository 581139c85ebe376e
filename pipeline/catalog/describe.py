"""What the policy reads about a model: its description and its catalogue line.

Both are generated from the numbers of an entry; checks say whether a description tells its prices.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from pipeline.catalog.prices import money_text, price_text

PRICES = r"\$([0-9.]+) per million input tokens and \$([0-9.]+) per million output tokens"
OUTPUT_PRICE = "output_per_million"
SHOWN_CAPABILITIES = 3


class ShownPrices(NamedTuple):
    """Prices that a text states, USD per million tokens."""

    input: float
    output: float


def describe(
    tier: str, context: int, capabilities: Sequence[str], input_price: float, output_price: float
) -> str:
    """One sentence on a model, with the shown prices in words."""
    good_at = _listing([word.replace("_", " ") for word in capabilities[:SHOWN_CAPABILITIES]])
    return (
        f"{tier.capitalize()} model{' for ' + good_at if good_at else ''} with a "
        f"{_context_text(context)} context window; ${money_text(input_price)} per million input "
        f"tokens and ${money_text(output_price)} per million output tokens."
    )


def line_head(tier: str, input_price: float, output_price: float) -> str:
    """A catalogue line up to the tool's name.

    The name comes last: a causal model then reads tier and prices before the token it copies.
    """
    return f"{tier} | ${price_text(input_price)} in ${price_text(output_price)} out | "


def described_prices(description: str) -> ShownPrices | None:
    """The prices that a description states; None where it states none."""
    found = re.search(PRICES, description)
    return ShownPrices(float(found[1]), float(found[2])) if found else None


def description_tells_prices(entry: Mapping[str, Any]) -> bool:
    """Whether an entry's description states exactly the entry's prices."""
    shown = ShownPrices(entry["input_per_million"], entry[OUTPUT_PRICE])
    return described_prices(entry["description"]) == shown


def mismatched_descriptions(entries: pl.DataFrame) -> pl.DataFrame:
    """The entries (one a row) whose description does not state their prices; empty where all do."""
    told = [
        pl.col("description").str.extract(PRICES, group).cast(pl.Float64).eq_missing(pl.col(price))
        for group, price in ((1, "input_per_million"), (2, OUTPUT_PRICE))
    ]
    return entries.filter(~(told[0] & told[1]))


def _context_text(tokens: int) -> str:
    """A context window in the words of the trade: 128k, 1M."""
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.1f}".removesuffix(".0") + "M"
    return f"{tokens // 1000}k" if tokens >= 1000 else f"{tokens}-token"


def _listing(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
