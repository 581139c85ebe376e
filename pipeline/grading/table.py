r"""Table answers: one or several cells, separated by `|`, in `\boxed{}` or after `Answer:`.

Cells are compared as a multiset: the order in which a question's answers are listed carries no
meaning. Numbers agree to the last digit that the truth shows (12.34 accepts 12.344, not 12.35);
the option `tolerance` gives a relative tolerance instead. Percent, currency and thousands
separators are tolerated.
"""

import functools
import re
from fractions import Fraction
from typing import Any

from pipeline.grading.answers import declared
from pipeline.grading.numbers import number
from pipeline.grading.short_answer import normal
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.settings import GradingSettings

VERSION = "1"
MAX_CELLS = 500


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
    left, right = number(answer), number(truth)
    if left is None or right is None:
        return normal(answer) == normal(truth)
    if tolerance is not None:
        return abs(left - right) <= Fraction(tolerance) * abs(right)
    decimals = re.search(r"\.(\d+)", truth)
    if not decimals:
        return left == right
    return abs(left - right) <= Fraction(1, 2 * 10 ** len(decimals[1]))
