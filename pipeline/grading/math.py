r"""Mathematical answers: an exact fast path first, symbolic equality through math-verify behind it.

The truth is a string, a number, or a list of them of which any will do. math-verify is used with
its LaTeX grammar only: its plain-expression parser evaluates text as Python.
"""

import logging
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from pipeline.grading.answers import declared, tail
from pipeline.grading.numbers import last_number, number
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.settings import GradingSettings

VERSION = "2"
TOLERANCE = Fraction(1, 1_000_000)

_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_NOT_UNITS = {"pi", "sqrt", "sin", "cos", "tan", "log", "ln", "exp", "or", "and", "mod", "to"}
_SHORT_UNITS = {"m", "g", "s", "h", "l", "cm", "mm", "km", "kg", "mg", "ml", "ft", "in", "mi", "lb"}
_UNIT = re.compile(r"[A-Za-z /,.~\\;!-]*")
_POWER = re.compile(r"\^?\{?[23]\}?$")
_TEXT_TAIL = re.compile(
    r"(?:\\[ ,;!]|[ ~])*\\(?:text|mathrm|mbox|textbf)\{[^{}]*\}(?:\^\{?\d\}?)?$"
)
_DEGREES = re.compile(r"\s*(?:\^?\{?\\circ\}?|°|\\degree)$")
_ASSIGNED = re.compile(r"^[A-Za-z](?:_\{?\w+\}?)?(?:\([a-z]\))?\s*=\s*(?=[^=])")
_WORDS = re.compile(r"[A-Za-z][A-Za-z .'-]{2,}")
_SPACING = re.compile(r"\\(?:left|right|displaystyle|,|;|!|:|quad)(?![A-Za-z])|\s+|\\ ")


class Extracted(NamedTuple):
    """An answer out of a text; `marked` where the text itself declares it final."""

    answer: str
    marked: bool


def extract(text: str, cut_off: bool = False) -> Extracted | None:
    r"""The final answer: `\boxed{}`, `####`, a marker, else the last number of a finished text."""
    answer = declared(text)
    if answer:
        return Extracted(answer, True)
    fallback = None if cut_off else last_number(tail(text))
    return Extracted(fallback, False) if fallback else None


def truths(value: Any) -> list[str]:
    """Acceptable answers as texts; empty where the truth is no text, number or list of them."""
    values = value if isinstance(value, list) else [value]
    texts = [str(v) for v in values if isinstance(v, str | int | float) and not isinstance(v, bool)]
    return [text.strip() for text in texts if text.strip()] if len(texts) == len(values) else []


def quick(task: Task, settings: GradingSettings) -> Outcome | None:
    """Decide by exact comparison where that settles it."""
    accepted = truths(task.truth)
    if not accepted:
        return ungraded(f"the truth is no text or number: {str(task.truth)[:80]!r}")
    found = extract(task.text, task.cut_off)
    if found is None:
        return unparsed("no answer found")
    verdicts = [same(found.answer, truth) for truth in accepted]
    if any(verdicts):
        return CORRECT
    if None not in verdicts or _too_long(found.answer, accepted):
        return wrong(f"answered {found.answer[:80]!r}")
    return None


def _too_long(answer: str, accepted: Iterable[str]) -> bool:
    return len(answer) > 300 + 10 * max(map(len, accepted))


def same(answer: str, truth: str) -> bool | None:
    """Whether two answers are equal; None where only symbolic comparison can tell."""
    if normal(answer) == normal(truth):
        return True
    left, right = value(answer), value(truth)
    if left is not None and right is not None:
        return _equal(left, right, answer, truth)
    if _WORDS.fullmatch(plain(answer)) and _WORDS.fullmatch(plain(truth)):
        return plain(answer).casefold() == plain(truth).casefold()
    return None


def _equal(left: Fraction, right: Fraction, answer: str, truth: str) -> bool:
    scales = [Fraction(1)]
    if ("%" in answer) != ("%" in truth):
        scales.append(Fraction(1, 100) if "%" in answer else Fraction(100))
    for scaled in (left * scale for scale in scales):
        exact = scaled.denominator == right.denominator == 1
        if scaled == right or (not exact and abs(scaled - right) <= TOLERANCE):
            return True
    return False


def plain(text: str) -> str:
    r"""Without dollar signs around it and one `\text{}` around all of it."""
    text = text.strip().strip("$").strip()
    match = re.fullmatch(r"\\(?:text|mathrm|mbox|textbf)\{([^{}]*)\}", text)
    return match[1].strip() if match else text


def normal(text: str) -> str:
    """Spelling that means nothing removed: spaces, sizes, `dfrac`, a final full stop."""
    text = _SPACING.sub("", plain(text).rstrip("."))
    return text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").replace("−", "-")


def value(text: str) -> Fraction | None:
    """The number an answer is, with its unit or scale word, after an optional `x =`."""
    text = _ASSIGNED.sub("", plain(text))
    found = number(text)
    if found is not None:
        return found
    text = _DEGREES.sub("", _TEXT_TAIL.sub("", text))
    head, unit = _split_unit(text)
    words = re.findall(r"[A-Za-z]+", unit)
    if not words:
        return number(text)
    if any(word.lower() in _NOT_UNITS or _variable(word) for word in words):
        return None
    found = number(head)
    scale = _SCALES.get(words[0].lower(), 1)
    return None if found is None else found * scale


def _split_unit(text: str) -> tuple[str, str]:
    """Everything to the last digit or closing brace, and the words behind it, if they are words."""
    bare = _POWER.sub("", text) if text[-2:-1].isalpha() or "^" in text[-4:] else text
    end = max((bare.rfind(char) for char in "0123456789}%"), default=-1) + 1
    unit = bare[end:]
    return (bare[:end], unit) if _UNIT.fullmatch(unit) else (text, "")


def _variable(word: str) -> bool:
    return len(word) < 3 and word.lower() not in _SHORT_UNITS


def warm_up() -> None:
    """Import math-verify: 2 to 4 seconds."""
    # It warns at each first use that its own clock is off; ours kills the process instead.
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    import math_verify  # noqa: F401


def slow(task: Task, settings: GradingSettings) -> Outcome:
    """Decide by symbolic equality; may take for ever."""
    found = extract(task.text, task.cut_off)
    if found is None:
        return unparsed("no answer found")
    warm_up()
    if any(equivalent(found.answer, truth) for truth in truths(task.truth)):
        return CORRECT
    return wrong(f"answered {found.answer[:80]!r}")


def equivalent(answer: str, truth: str) -> bool:
    """Whether two LaTeX answers mean the same."""
    from math_verify import verify

    gold, target = _parse(truth), _parse(answer)
    return bool(gold and target) and bool(verify(gold, target, timeout_seconds=None))


def _parse(text: str) -> list[Any]:
    from math_verify import LatexExtractionConfig, parse

    text = plain(text).replace("$", "")
    parsed = parse(f"${text}$", [LatexExtractionConfig()], parsing_timeout=None)
    return list(parsed)
