"""The options that a row's grader needs, from the row's other fields and its prompt.

In: grader, `extra_info`, messages. Out: a JSON object. Knows no files.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.sources.rows import Message
from pipeline.sources.truths import MALFORMED, BadRowError

HOLE = "??"

_ASSERTION = re.compile(r"^(assert\s.*?)\s*^```", re.DOTALL | re.MULTILINE)


def grader_args(
    grader: str, extra: Mapping[str, Any], messages: Sequence[Message]
) -> dict[str, Any]:
    """Options of a row's grader; empty for most.

    Raises:
        BadRowError: The row does not say what its grader must know.
    """
    if grader == "code":
        return {name: str(extra[name]) for name in ("entry_point", "prefix") if extra.get(name)}
    if grader == "choice":
        return _choices(extra.get("choices") or extra.get("options"))
    if grader == "stem":
        question = extra.get("question")
        known = isinstance(question, str) and question.strip()
        return {"question": question if known else messages[-1]["content"]}
    if grader == "cruxeval":
        return _assertion(messages[-1]["content"], extra.get("reference"))
    return {}


def _choices(choices: Any) -> dict[str, Any]:
    if isinstance(choices, list) and 0 < len(choices) <= 26:
        return {"choices": {chr(65 + i): str(text) for i, text in enumerate(choices)}}
    return {}


def _assertion(prompt: str, reference: Any) -> dict[str, Any]:
    """The assertion to complete, and the output that belongs there if that is what is missing."""
    found = [text for text in _ASSERTION.findall(prompt) if text.count(HOLE) == 1]
    if not found:
        raise BadRowError(MALFORMED, f"the prompt has no assertion with one hole {HOLE}")
    assertion = found[-1].strip()
    if assertion.endswith(HOLE) and isinstance(reference, str) and reference.strip():
        return {"assertion": assertion, "output": reference}
    return {"assertion": assertion}
