"""Measured numbers: what is one, and when two are the same quantity."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading.measures import agree, measure


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("4", 4, ""),
        ("$8,645.09", Fraction("8645.09"), ""),
        (r"\$1{,}000", 1000, ""),
        ("-5 °C", -5, "°C"),
        (r"-5^\circ C", -5, "°C"),
        (r"90^{\circ}", 90, "°"),
        (r"1.20 \times 10^{-3} \text{ mol}", Fraction("0.0012"), "mol"),
        ("1.2e-3", Fraction("0.0012"), ""),
        ("10^{-3}", Fraction(1, 1000), ""),
        (r"\frac{1}{3}", Fraction(1, 3), ""),
        ("1/3", Fraction(1, 3), ""),
        (r"25\%", 25, "%"),
        ("v = 3.2 m/s", Fraction("3.2"), "m/s"),
        (r"\approx 9.81 \, \mathrm{m/s^2}", Fraction("9.81"), "m/s2"),
        ("3 million dollars", 3_000_000, "dollars"),
        (r"5 \text{ m}^2", 5, "m2"),
        ("5 kg m^2 s^{-1}", 5, "kgm2s-1"),
        ("6.02×10^23", 602 * 10**21, ""),
        ("12 years", 12, "years"),
        (".5", Fraction(1, 2), ""),
    ],
)
def test_one_number(text: str, value: Fraction, unit: str) -> None:
    found = measure(text)
    assert found is not None
    assert (found.value, found.unit) == (value, unit)


@pytest.mark.parametrize(
    "text",
    ["", "x", "two", "5x", "6m", r"2\pi r", "3 and 4", "4 or 5", "1 2", "1,2", "(1, 2)", "3-4",
     "5!", "12:30", "1.5.2", r"5\sqrt{2}", "2 hours and 3 minutes", "x = y", "9" * 300, "1/0", "e5",
     "5 m = 500 cm", "5 m " * 40],
)  # fmt: skip
def test_no_number(text: str) -> None:
    assert measure(text) is None


@pytest.mark.parametrize(
    ("answer", "truth", "same"),
    [
        ("9.81", "9.8", True),
        ("9.86", "9.8", False),
        ("0.33", "0.3", False),
        ("3.14", "3.14159", True),
        ("8645", "8645.09", True),
        ("8645.1", "8645.09", True),
        ("10", "9.6", False),
        ("1000", "1001", False),
        ("1.0e3", "1001", True),
        ("49.05", "49", True),
        ("12.4", "12", False),
        (r"\frac13", "0.333", True),
        ("25%", "0.25", True),
        ("0.25", r"25\%", True),
        ("0", "0.0", True),
        ("4", "4 m/s", True),
        ("4 km/s", "4 m/s", None),
        ("5 m/s", "4 m/s", False),
        ("-5", "5", False),
    ],
)
def test_the_same_quantity(answer: str, truth: str, same: bool | None) -> None:
    left, right = measure(answer), measure(truth)
    assert left is not None
    assert right is not None
    assert agree(left, right) is same


@given(st.integers(-(10**12), 10**12), st.sampled_from(["", " m", r"\text{ kg}", r"\%", " apples"]))
def test_every_number_agrees_with_itself(value: int, unit: str) -> None:
    one, other = measure(f"{value}{unit}"), measure(f"{value:,}.00{unit}")
    assert one is not None
    assert other is not None
    assert one.value == other.value == value
    assert agree(one, other) is True


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = measure(text)
    assert found is None or agree(found, found) is True
