r"""Table answers: one or several cells, separated by `|`, in `\boxed{}` or after `Answer:`.

Cells are compared as a multiset: the order in which a question's answers are listed carries no
meaning. Numbers agree if one is the other, rounded, and they differ by no more than 0.1 %: 12.34
accepts 12.344, not 12.35. A truth of five digits or more may be rounded to three: 0.041755 accepts
0.0418. A share may be given in percent (4.18, with or without its sign) and the other way round.
The option `tolerance` gives a relative tolerance instead. Currency, units and thousands separators
are tolerated.
"""

import functools
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from pipeline.grading.answers import declared
from pipeline.grading.measures import Measure, measure
from pipeline.grading.numbers import number
from pipeline.grading.short_answer import normal
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.settings import GradingSettings

VERSION = "2"
MAX_CELLS = 500
CLOSE = Fraction(1, 1_000)
MANY_DIGITS, ENOUGH_DIGITS = 5, 3


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Match each cell of the truth with one of the answer."""
    truth = _truth(task.truth)
    tolerance = task.args.get("tolerance")
    if not truth or not (tolerance is None or _is_share(tolerance)):
        return ungraded(f"no cells, or a bad tolerance: {str(task.truth)[:80]!r}, {tolerance!r}")
    text = declared(task.text)
    if text is None:
        return unparsed("no boxed or marked answer")
    answer = cells(text)
    if len(answer) != len(truth):
        return wrong(f"{len(answer)} cells where there are {len(truth)}")
    missing = _unmatched(answer, truth, tolerance)
    if missing is None:
        return CORRECT
    return wrong(f"no cell of the answer is {missing[:80]!r}")


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1


def _truth(value: Any) -> list[str]:
    if isinstance(value, list):
        flat = [cell for item in value for cell in (item if isinstance(item, list) else [item])]
        return [str(cell) for cell in flat][:MAX_CELLS]
    return cells(str(value)) if isinstance(value, str | int | float) else []


def cells(text: str) -> list[str]:
    r"""Cells of one line; `\|` and `\mid` separate as well."""
    text = re.sub(r"\\(?:text|mathrm|textbf)\{([^{}]*)\}", r"\1", text)
    parts = re.split(r"\s*(?:\\?\||\\mid\b)\s*", text.strip().strip("$"))
    return [part.strip() for part in parts if part.strip()][: MAX_CELLS + 1]


def _unmatched(answer: list[str], truth: list[str], tolerance: float | None) -> str | None:
    left = list(answer)
    # Exact ones first, so that a tolerant match does not take what another cell needs.
    for test in (_same_text, functools.partial(same, tolerance=tolerance)):
        rest = []
        for cell in truth:
            match = next((i for i, other in enumerate(left) if test(other, cell)), None)
            if match is None:
                rest.append(cell)
            else:
                del left[match]
        truth = rest
    return truth[0] if truth else None


def _same_text(answer: str, truth: str) -> bool:
    return normal(answer) == normal(truth)


def same(answer: str, truth: str, tolerance: float | None = None) -> bool:
    """Whether two cells are equal as numbers, or as text."""
    if _same_text(answer, truth):
        return True
    left, right = _number(answer), _number(truth)
    if left is None or right is None:
        return False
    if tolerance is not None:
        return abs(left.value - right.value) <= Fraction(tolerance) * abs(right.value)
    return any(_close(scaled, right) for scaled in _scalings(left, right))


def _number(text: str) -> Measure | None:
    found = measure(text)
    if found is not None:
        return found
    value = number(text)
    return None if value is None else Measure(value, Fraction(0), False, "")


def _scalings(answer: Measure, truth: Measure) -> Iterator[Measure]:
    """The answer as it is, and as share or percentage where the truth may be the other."""
    yield answer
    shares = (abs(answer.value) <= 1, abs(truth.value) <= 1)
    if any(shares) or "%" in answer.unit + truth.unit:
        for scale in (Fraction(1, 100), Fraction(100)):
            yield answer._replace(value=answer.value * scale, half_unit=answer.half_unit * scale)


def _close(answer: Measure, truth: Measure) -> bool:
    difference = abs(answer.value - truth.value)
    if difference > max(answer.half_unit, truth.half_unit):
        return False
    computed = _shows(truth, MANY_DIGITS) and _shows(answer, ENOUGH_DIGITS)
    return computed or difference <= CLOSE * abs(truth.value)


def _shows(measured: Measure, digits: int) -> bool:
    """Whether a number is written with so many digits that count."""
    unit = 2 * measured.half_unit
    return bool(unit) and abs(measured.value) >= unit * 10 ** (digits - 1)
