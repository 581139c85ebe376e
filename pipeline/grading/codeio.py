r"""Predicted inputs and outputs of programs (CodeI/O): equal JSON values.

The truth is {"output": value} or {"input": value}. The answer is JSON in a fence, in `\boxed{}` or
the last value of the text: such an object, the bare value, or `"output": value` without braces as
the prompts have it. `true` may be written as a text, and so may a list or an object: `"[1, 2]"`.
Numbers are equal only exactly. Another input that would also give the output counts as wrong:
nothing is run.
"""

import json
import re
from typing import Any

from pipeline.grading.answers import tail
from pipeline.grading.json_value import Missing, equal, last_embedded, load, places
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.settings import GradingSettings

VERSION = "1"
KEYS = ("output", "input")
MAX_DEPTH = 50

_BARE = re.compile(r'\s*"(?:output|input)"\s*:.*', re.DOTALL)
_BOOLEANS = {"true": True, "false": False}


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Compare the answer's value with the truth's."""
    truth = task.truth
    if not isinstance(truth, dict) or len(truth) != 1 or not truth.keys() <= set(KEYS):
        return ungraded(f"the truth is no input or output: {str(truth)[:80]!r}")
    key = next(iter(truth))
    answer = value_of(task.text)
    if isinstance(answer, Missing):
        return unparsed("no JSON value found")
    wanted = normal(truth[key])
    if any(equal(normal(value), wanted) for value in (answer, _unwrapped(answer, key))):
        return CORRECT
    return wrong(f"answered {json.dumps(answer)[:80]}")


def value_of(text: str) -> Any:
    """The value that a text gives, `"output": value` included; or `Missing`."""
    text = tail(text)
    for place in places(text):
        match = _BARE.fullmatch(place)
        value = load(f"{{{place}}}" if match else place)
        if not isinstance(value, Missing):
            return value
    return last_embedded(text)


def _unwrapped(value: Any, key: str) -> Any:
    """What an object with this one key holds; any other value as it is."""
    return value[key] if isinstance(value, dict) and list(value) == [key] else value


def normal(value: Any, depth: int = 0) -> Any:
    """The value with texts read that hold a truth value, a list or an object."""
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in _BOOLEANS:
            return _BOOLEANS[text.lower()]
        if (text[:1], text[-1:]) not in (("[", "]"), ("{", "}")):
            return value
        inner = load(text)
        return value if isinstance(inner, Missing) else normal(inner, depth + 1)
    if isinstance(value, list):
        return [normal(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: normal(item, depth + 1) for key, item in value.items()}
    return value
