"""JSON answers: the last JSON value of the text equals the truth. Nothing is run as code."""

import json
import re
from typing import Any

from pipeline.grading.answers import boxed, tail
from pipeline.grading.verdicts import CORRECT, Outcome, Task, unparsed, wrong
from pipeline.settings import GradingSettings

VERSION = "1"
MAX_STARTS = 2_000

_FENCE = re.compile(r"```(?:json|JSON)?[ \t]*\n(.*?)```", re.DOTALL)
_DECODER = json.JSONDecoder()


class _Missing:
    """No JSON value at all; None is one."""


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Compare the last JSON value with the truth."""
    answer = last_value(task.text)
    if isinstance(answer, _Missing):
        return unparsed("no JSON value found")
    if equal(answer, decoded(task.truth)):
        return CORRECT
    return wrong(f"answered {json.dumps(answer)[:80]}")


def decoded(truth: Any) -> Any:
    """The truth; a text that holds a JSON object or list is read."""
    if isinstance(truth, str) and truth.strip()[:1] in ("{", "["):
        value = _load(truth)
        return truth if isinstance(value, _Missing) else value
    return truth


def equal(left: Any, right: Any) -> bool:
    """Equality with 1 == 1.0, True != 1 and lists in order."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return bool(left == right)


def last_value(text: str) -> Any:
    """The last fenced value, else the last object or list in the text, else the whole text."""
    text = tail(text)
    candidates = [*reversed(_FENCE.findall(text)[-20:]), boxed(text) or "", text]
    for candidate in candidates:
        value = _load(candidate)
        if not isinstance(value, _Missing):
            return value
    return _last_embedded(text)


def _load(text: str) -> Any:
    try:
        return json.loads(text.strip())
    except (ValueError, RecursionError):
        return _Missing()


def _last_embedded(text: str) -> Any:
    """The last outermost object or list; starts inside an earlier value are not looked at."""
    found: Any = _Missing()
    position = 0
    for _ in range(MAX_STARTS):
        match = re.compile(r"[\[{]").search(text, position)
        if not match:
            break
        try:
            found, position = _DECODER.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            position = match.start() + 1
    return found
