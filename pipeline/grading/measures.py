r"""Measured numbers: how many digits they show, powers of ten, a unit behind them.

`1.20 \times 10^{-3} \text{ mol}`, `$8,645.09`, `\frac{1}{3}`, `25\%`. In: a text. Out: its exact
value, how exactly it is given and its unit; None where it is anything else, like `2\pi r` or two
numbers.
"""

import re
from fractions import Fraction
from typing import NamedTuple

from pipeline.grading.numbers import number

MAX_LENGTH = 200
# Two numbers agree if they differ by no more than this, however they are rounded...
CLOSE = Fraction(1, 10_000)
# ...or by half of the last digit that the coarser one shows, if that is no more than this.
ROUNDED = Fraction(1, 100)

_DECIMAL = r"[+-]?(?:\d{1,3}(?:(?:,|\{,\}|\\,)\d{3})+(?!\d)|\d+)?(?:\.\d+)?"
_RATIO = r"[+-]?(?:\d+\s*)?\\[dt]?frac\s*(?:\{-?\d+\}\s*\{\d+\}|\d\d)|[+-]?\d+\s*/\s*\d+(?![\w.])"
_TIMES_TEN = r"(?:\\times|\\cdot|[*x×·])\s*10\s*\^\s*[{(]?\s*([+-]?\d{1,3})\s*[})]?"
_POWER = rf"\s*(?:{_TIMES_TEN}|[eE]([+-]?\d{{1,3}})\b)"
_SHAPE = re.compile(rf"({_RATIO}|{_DECIMAL})(?:{_POWER})?(.*)", re.DOTALL)
_POWER_ALONE = re.compile(r"([+-]?)10\s*\^\s*[{(]?\s*([+-]?\d{1,3})\s*[})]?(.*)", re.DOTALL)
_ASSIGNED = re.compile(r"^[A-Za-z]{1,3}(?:_\{?\w+\}?)?\s*(?:=|\\approx|≈|\\simeq)\s*")
_ABOUT = re.compile(r"^(?:\\approx|\\sim|≈|~|about |approximately |roughly )\s*", re.IGNORECASE)
_MONEY = re.compile(r"^([+-]?)\s*(?:US)?\\?[$€£¥]\s*")
_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textbf|operatorname)\s*\{([^{}]*)\}")
_SPACES = re.compile(r"\\[,;:! ]|\\(?:left|right|quad)(?![A-Za-z])|~|\s+")
# One letter right behind the digits is rather a variable: `6m`, not `6 m`.
_VARIABLE = re.compile(r"[A-Za-z](?![A-Za-z])")
_DEGREES = re.compile(r"\^\s*\{?\s*\\circ\s*\}?|\\(?:circ|degree)(?![A-Za-z])")
_UNIT_TOKEN = re.compile(
    r" *(?:(?P<word>[A-Za-zµμΩ]+)|[°%€$]|\\(?:Omega|mu|%|cdot|times)(?![A-Za-z])|[/*·⋅()]"
    r"|(?P<power>\^? ?\{?[+-]?\d\}?(?![\d.])))"
)
_NAMES = {
    "m", "s", "g", "h", "l", "t", "K", "C", "F", "J", "N", "W", "V", "A", "T", "H", "S", "L", "Ω",
    "µ", "μ", "cd", "sr", "Hz", "Pa", "kg", "mg", "cm", "mm", "km", "nm", "pm", "eV", "kJ", "kW",
    "MW", "kV", "mV", "mA", "kN", "ms", "ns", "ps", "hr", "yr", "ft", "in", "lb", "mi", "oz",
    "mL", "ml", "dB", "MeV", "GeV", "keV", "kHz", "MHz", "GHz", "kPa", "MPa", "mol", "rad", "bar",
    "atm", "min", "day", "rpm", "lbs", "mph", "kph", "psi", "gal", "ppm", "cal", "Btu", "rev",
    "ohm", "per", "of", "the", "a", "deg", "hrs", "yrs",
}  # fmt: skip
_NO_UNITS = {"and", "plus", "minus", "times", "over", "equals", "from", "between"}
_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_GLYPHS = str.maketrans({"−": "-", "–": "-", "⁻": "-", "\u202f": ",", "\u00a0": " "})


class Measure(NamedTuple):
    """A number as a text gives it.

    Attributes:
        value: The number; a percent sign is a unit.
        half_unit: Half of what its last shown digit counts; 0 for a ratio.
        whole: Written as a whole number.
        unit: What follows it, without spaces and signs; empty where nothing does.
    """

    value: Fraction
    half_unit: Fraction
    whole: bool
    unit: str


def measure(text: str) -> Measure | None:
    """The one number that a text is, with an optional name before and unit behind it."""
    text = text.strip().strip("$").strip().translate(_GLYPHS)
    text = _MONEY.sub(r"\1", _ABOUT.sub("", _ASSIGNED.sub("", text)))
    if not text or len(text) > MAX_LENGTH:
        return None
    alone = _POWER_ALONE.fullmatch(text)
    if alone:
        return _made(f"{alone[1]}1", int(alone[2]), alone[3])
    match = _SHAPE.fullmatch(text)
    if not match or not match[1]:
        return None
    return _made(match[1], int(match[2] or match[3] or 0), match[4])


def _made(shown: str, power: int, rest: str) -> Measure | None:
    value, named = number(shown), _unit(rest)
    if value is None or named is None:
        return None
    scale, unit = named
    weight = Fraction(10) ** (power + scale)
    decimals = re.search(r"\.(\d+)", shown)
    digits = len(decimals[1]) if decimals else 0
    half = Fraction(0) if "/" in shown or "frac" in shown else Fraction(1, 2 * 10**digits)
    return Measure(value * weight, half * weight, not digits and not power, unit)


def _unit(text: str) -> tuple[int, str] | None:
    """Power of ten of a scale word, and the unit; None where it is no unit."""
    if _VARIABLE.match(text):
        return None
    named = " ".join(_TEXT.findall(text)).split()
    text = _SPACES.sub(" ", _DEGREES.sub("°", _TEXT.sub(r" \1 ", text))).strip(" .")
    words = _unit_words(text)
    if words is None or len(words) > 6:
        return None
    if any(w in _NO_UNITS or (len(w) < 4 and w not in _NAMES and w not in named) for w in words):
        return None
    first, _, rest = text.partition(" ")
    scale = _SCALES.get(first.lower(), 0)
    bare = re.sub(r"[\\^{}()*·⋅$ ]|cdot|times", "", rest if scale else text)
    return scale, bare


def _unit_words(text: str) -> list[str] | None:
    """Words of a text that holds nothing but names, signs and small powers of units."""
    position, words = 0, list[str]()
    while position < len(text):
        match = _UNIT_TOKEN.match(text, position)
        if not match or (match["power"] and not words):
            return None
        if match["word"]:
            words.append(match["word"])
        position = match.end()
    return words


def agree(answer: Measure, truth: Measure) -> bool | None:
    """Whether both are the same quantity; None where their units cannot be compared."""
    if answer.unit == truth.unit or not answer.unit or not truth.unit:
        if _close(answer, truth):
            return True
        return "%" in (answer.unit, truth.unit) and _close(_share(answer), _share(truth))
    return None


def _share(measured: Measure) -> Measure:
    """The share that a percentage is."""
    if measured.unit != "%":
        return measured
    return Measure(measured.value / 100, measured.half_unit / 100, False, "")


def _close(answer: Measure, truth: Measure) -> bool:
    if answer.value == truth.value:
        return True
    difference = abs(answer.value - truth.value)
    if answer.whole and truth.whole:
        return False
    if difference <= CLOSE * abs(truth.value):
        return True
    coarser = max(answer.half_unit, truth.half_unit)
    return difference <= coarser and difference <= ROUNDED * abs(truth.value)
