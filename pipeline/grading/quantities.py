"""Numbers with units, and numbers in words, as people write them in short answers."""

import re
from fractions import Fraction
from typing import NamedTuple

from pipeline.grading.numbers import number

_SMALL = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty
"""
_TENS = dict(zip(("twenty", "thirty", "forty", "fifty"), (20, 30, 40, 50), strict=True))
_TENS |= dict(zip(("sixty", "seventy", "eighty", "ninety"), (60, 70, 80, 90), strict=True))
WORDS = {word: n for n, word in enumerate(_SMALL.split())} | _TENS
_SCALES = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_MEASURES = """
% percent dollar usd euro eur pound gbp yen year yr month week day hour hr minute min second sec m
meter metre km kilometer kilometre cm mm mile foot feet ft inch yard kg kilogram gram g lb tonne
ton litre liter l ml degree celsius fahrenheit c f people person time point goal game episode
season page member player seat mph km/h kmh square
"""
_UNITS = frozenset(_MEASURES.split())
_ABOUT = re.compile(
    r"^(?:about|approximately|approx\.?|around|roughly|nearly|~|≈|c\.)\s*", re.IGNORECASE
)
_SPLIT = re.compile(
    r"([+-]?[$€£¥]?\s?[\d.,/]*\d%?|[A-Za-z]+(?:-[A-Za-z]+)?)(?:\s*-?\s*(.*))?", re.DOTALL
)


class Quantity(NamedTuple):
    """A number and what follows it."""

    value: Fraction
    unit: str


def quantity(text: str) -> Quantity | None:
    """A text that is one number, with an optional scale word and a short unit."""
    text = _ABOUT.sub("", text.strip().rstrip(".!"))
    if len(text) > 80:
        return None
    match = _SPLIT.fullmatch(text)
    if not match:
        return None
    value = _word(match[1]) if match[1][0].isalpha() else number(match[1])
    if value is None:
        return None
    words = (match[2] or "").lower().split()
    while words and words[0] in _SCALES:
        value *= _SCALES[words.pop(0)]
    return Quantity(value, " ".join(words)) if len(words) <= 4 else None


def _word(text: str) -> Fraction | None:
    tens, _, ones = text.lower().partition("-")
    if not ones:
        return Fraction(WORDS[tens]) if tens in WORDS else None
    if tens in _TENS and WORDS.get(ones, 10) in range(1, 10):
        return Fraction(_TENS[tens] + WORDS[ones])
    return None


def same_quantity(given: Quantity, wanted: Quantity) -> bool:
    """Equal numbers, and units that agree: one may be missing if the other is a unit of measure."""
    if given.value != wanted.value:
        return False
    if _singular(given.unit) == _singular(wanted.unit) or not wanted.unit:
        return True
    return not given.unit and all(_singular(word) in _UNITS for word in wanted.unit.split())


def _singular(text: str) -> str:
    return " ".join(word.rstrip(".").removesuffix("s") for word in text.split())
