r"""Ordering puzzles: a list of names in the right order.

The truth is a list of texts. The answer is a list in JSON or Python, or names separated by commas,
in `<answer>` tags or in `\boxed{}`. Names are compared without case and quotes. Only the whole
order is correct.
"""

import re
from typing import Any

from pipeline.grading.answers import tagged_or_boxed
from pipeline.grading.literals import NotALiteral, read
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.grading.words import is_plain, word
from pipeline.settings import GradingSettings

VERSION = "1"
MAX_NAMES = 1_000


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Compare the answer's names, one by one, with the truth's."""
    truth = _names(task.truth)
    if not truth:
        return ungraded(f"the truth is no list of names: {str(task.truth)[:80]!r}")
    text = tagged_or_boxed(task.text)
    if text is None:
        return unparsed("no answer in <answer> tags or a box")
    answer = parse(text)
    if not answer:
        return unparsed(f"the answer is no list: {text[:80]!r}")
    if answer == truth:
        return CORRECT
    if sorted(answer) != sorted(truth):
        return wrong(f"other names than asked for: {', '.join(answer)[:80]!r}")
    right = sum(a == b for a, b in zip(answer, truth, strict=True))
    return wrong(f"{right} of {len(truth)} names are in their place")


def _names(value: Any) -> list[str] | None:
    if not isinstance(value, list | tuple) or not all(map(is_plain, value)):
        return None
    names = [word(name) for name in value]
    return names if all(names) else None


def parse(text: str) -> list[str] | None:
    """The list in a text; its names may lack their quotes."""
    start, end = text.find("["), text.rfind("]")
    listed = text[start : end + 1] if 0 <= start < end else text
    try:
        return _names(read(listed))
    except NotALiteral:
        return _bare_names(listed.strip("[]() \n"))


def _bare_names(text: str) -> list[str] | None:
    parts = re.split(r"\s*(?:,|;|->|→|\\rightarrow)\s*", text, maxsplit=MAX_NAMES)
    names = [word(re.sub(r"^\d+[.)]\s+|\\text\{|\}", "", part)) for part in parts]
    return names if len(names) > 1 and all(names) else None
