"""Dates in words and in figures; what a text leaves out (the day, the month) stays unknown."""

import re
from datetime import datetime
from typing import NamedTuple

MAX_LENGTH = 60

_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_NAMED = re.compile(rf"(?=.*\b(?:{_MONTH})\b)(?=.*\b\d{{3,4}}\b)", re.IGNORECASE | re.DOTALL)
_WORDS = re.compile(
    rf"{_MONTH}|st|nd|rd|th|of|the|on|in|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|mon|tue|wed|thu|fri|sat|sun",
    re.IGNORECASE,
)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?")
_CJK = re.compile(r"(\d{4})\s*年(?:\s*(\d{1,2})\s*月)?(?:\s*(\d{1,2})\s*日)?")
_FIGURES = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_YEAR = re.compile(r"1\d{3}|20\d{2}")


class Date(NamedTuple):
    """A date as far as a text gives it."""

    year: int
    month: int | None = None
    day: int | None = None


def as_date(text: str) -> Date | None:
    """A text that is one date and nothing else; `03/04/2001` is ambiguous and so is none."""
    text = text.strip().rstrip(".")
    if not text or len(text) > MAX_LENGTH:
        return None
    if _YEAR.fullmatch(text):
        return Date(int(text))
    for pattern in (_ISO, _CJK):
        match = pattern.fullmatch(text)
        if match:
            return _checked(*(int(part) if part else None for part in match.groups()))
    match = _FIGURES.fullmatch(text)
    if match:
        return _figures(*map(int, match.groups()))
    return _named(text) if _NAMED.match(text) else None


def _figures(first: int, second: int, year: int) -> Date | None:
    if first > 12:
        return _checked(year, second, first)
    if second > 12 or first == second:
        return _checked(year, first, second)
    return None


def _checked(year: int | None, month: int | None = None, day: int | None = None) -> Date | None:
    try:
        datetime(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    return Date(year or 0, month, day)


def _named(text: str) -> Date | None:
    from dateutil import parser  # type: ignore[import-untyped]

    if re.search(r"[A-Za-z]", _WORDS.sub(" ", text)):
        return None
    text = re.sub(r"\b(?:of|the|on|in)\b", " ", text, flags=re.IGNORECASE)
    try:
        # What differs between two defaults is what the text does not say.
        one = parser.parse(text, default=datetime(1904, 1, 1))
        two = parser.parse(text, default=datetime(1908, 2, 2))
    except (ValueError, OverflowError, TypeError):
        return None
    if one.year != two.year or one.month != two.month:
        return None
    return Date(one.year, one.month, one.day if one.day == two.day else None)


def covers(said: Date, wanted: Date) -> bool:
    """Whether what was said agrees with all that is wanted; it may say more."""
    return all(want is None or want == have for have, want in zip(said, wanted, strict=True))
