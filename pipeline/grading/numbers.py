"""Exact numbers out of text: decimals, fractions, thousands separators, percent, currency."""

import re
from fractions import Fraction

MAX_DIGITS = 400

_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:,|\u00a0|\u202f|\\,|\{,\}| )\d{3})+(?:\.\d+)?")
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_SLASH = re.compile(r"([+-]?\d+)\s*/\s*(\d+)")
_FRAC = re.compile(r"([+-]?)\s*(\d+)?\s*\\[dt]?frac\s*(?:\{(-?\d+)\}\s*\{(\d+)\}|(\d)(\d))")
_MIXED = re.compile(r"([+-]?)(\d+)\s+(\d+)\s*/\s*(\d+)")
_LAST = re.compile(r"[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:\s*/\s*\d+)?")
_CURRENCY = re.compile(r"^([+-]?)\s*(?:\\?[$€£¥₹]|(?:USD|EUR|GBP|US\\?\$)\s*)\s*", re.IGNORECASE)


def number(text: str) -> Fraction | None:
    """The one number that the whole text is, exactly; None where it is anything else.

    Percent signs are dropped, not divided by: `25%` is 25, as benchmarks' truths have it.
    """
    text = text.strip().replace("−", "-").replace("\u2013", "-")
    text = _CURRENCY.sub(r"\1", text)
    text = re.sub(r"\s*(?:\\?%|％|\\?[$€£¥₹])$", "", text).strip()
    if not text or len(text) > MAX_DIGITS:
        return None
    for parse in (_plain, _slash, _latex, _mixed):
        value = parse(text)
        if value is not None:
            return value
    return None


def _plain(text: str) -> Fraction | None:
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[^\d.+-]", "", text)
    return Fraction(text) if _PLAIN.fullmatch(text) else None


def _slash(text: str) -> Fraction | None:
    match = _SLASH.fullmatch(text)
    return _ratio(int(match[1]), int(match[2])) if match else None


def _latex(text: str) -> Fraction | None:
    match = _FRAC.fullmatch(text)
    if not match:
        return None
    value = _ratio(int(match[3] or match[5]), int(match[4] or match[6]))
    if value is None:
        return None
    value += int(match[2] or 0)
    return -value if match[1] == "-" else value


def _mixed(text: str) -> Fraction | None:
    match = _MIXED.fullmatch(text)
    if not match:
        return None
    value = _ratio(int(match[3]), int(match[4]))
    if value is None:
        return None
    value += int(match[2])
    return -value if match[1] == "-" else value


def _ratio(top: int, bottom: int) -> Fraction | None:
    return Fraction(top, bottom) if bottom else None


def last_number(text: str) -> str | None:
    """The last number that stands in a text."""
    found = _LAST.findall(text[-5000:].replace("−", "-"))
    return found[-1].rstrip(",.") or None if found else None
