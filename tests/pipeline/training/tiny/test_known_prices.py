"""Prices beside the grid are read as the nearest on it; all other texts stay as they are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("tokenizers", reason="needs the training environment: tokenizers")

from pipeline.catalog.describe import line_head
from pipeline.training.tiny.known_prices import at_known_prices
from pipeline.training.tiny.tokenizer import price_tokens

PRICES = {
    use: sorted(float(t[1:].split()[0]) for t in price_tokens() if f" {use} " in t)
    for use in ("in", "out")
}


def shown(head: str) -> tuple[float, float]:
    """The two prices of a catalogue line."""
    _, read, written = head.split("$")
    return float(read.split()[0]), float(written.split()[0])


@given(st.floats(1e-5, 1e5), st.floats(1e-5, 1e5))
def test_a_price_becomes_the_nearest_in_ratio(read: float, written: float) -> None:
    found = shown(at_known_prices(line_head("budget", read, written)))
    for price, given_price, use in zip(found, (read, written), ("in", "out"), strict=True):
        ratios = [abs(math.log(known / given_price)) for known in PRICES[use]]
        assert price in PRICES[use]
        assert abs(math.log(price / given_price)) == pytest.approx(min(ratios), abs=1e-6)


def test_known_prices_stay() -> None:
    for read in PRICES["in"]:
        for written in PRICES["out"]:
            line = line_head("premium", read, written) + "call_sim_ash"
            assert at_known_prices(line) == line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I have $5 in my purse and $7 out of it",
        "budget | $1.2.3 in $4 out | call_x",
        "budget | $1 in 4 out | call_x",
        "budget | $. in $. out | call_x",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert at_known_prices(text) == text


def test_what_is_too_dear_for_a_number_becomes_the_highest_price() -> None:
    dearest = (PRICES["in"][-1], PRICES["out"][-1])
    digits = "9" * 400
    assert shown(at_known_prices(f"budget | ${digits} in ${digits} out | call_x")) == dearest


def test_what_costs_nothing_becomes_the_lowest_price() -> None:
    lowest = (PRICES["in"][0], PRICES["out"][0])
    assert shown(at_known_prices("budget | $0 in $0 out | call_x")) == lowest
