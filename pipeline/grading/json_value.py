"""JSON answers: the last JSON value of the text equals the truth. Nothing is run as code."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pipeline.grading.answers import boxed, tail
from pipeline.grading.verdicts import CORRECT, Outcome, Task, unparsed, wrong
from pipeline.settings import GradingSettings

VERSION = "2"
MAX_STARTS = 2_000

_FENCE = re.compile(r"```(?:json|JSON)?(.*?)```", re.DOTALL)
_ESCAPED = re.compile(r"\\([{}\[\]_%#&$])")
_DECODER = json.JSONDecoder()


class Missing:
    """No JSON value at all; None is one."""


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Compare the last JSON value with the truth."""
    answer = last_value(task.text)
    if isinstance(answer, Missing):
        return unparsed("no JSON value found")
    if equal(answer, decoded(task.truth)):
        return CORRECT
    return wrong(f"answered {json.dumps(answer)[:80]}")


def decoded(truth: Any) -> Any:
    """The truth; a text that holds a JSON object or list is read."""
    if isinstance(truth, str) and truth.strip()[:1] in ("{", "["):
        value = load(truth)
        return truth if isinstance(value, Missing) else value
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
    """The last fenced value, else the boxed one, the whole text, the last embedded one."""
    text = tail(text)
    for place in places(text):
        value = load(place)
        if not isinstance(value, Missing):
            return value
    return last_embedded(text)


def places(text: str) -> Iterator[str]:
    """Where a text can say its one value, most explicit first."""
    yield from reversed(_FENCE.findall(text)[-20:])
    content = boxed(text)
    if content:
        yield content
        yield _ESCAPED.sub(r"\1", content)
    yield text


def load(text: str) -> Any:
    """The JSON value that the whole text is, or `Missing`."""
    try:
        return json.loads(text.strip())
    except (ValueError, RecursionError):
        return Missing()


def last_embedded(text: str) -> Any:
    """The last outermost object or list; starts inside an earlier value are not looked at."""
    found: Any = Missing()
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
