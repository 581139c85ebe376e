"""Tool calls in the text of a model, in the format of Hermes that Qwen2.5 and Qwen3 write.

Text comes in, calls and the rest of the text go out. A block that cannot be read is a call all the
same, which the engine then refuses as what it is.
"""

import json
import re

from pipeline.router.chat import without_thoughts
from pipeline.router.record import storable
from pipeline.router.turns import ToolCall

# A block that was cut off is a call that cannot be read, not an answer.
_BLOCK = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_SIMPLE = re.compile(r"\s*CALL:[ \t]*(\S+)[ \t]*\s*\Z")


def read_turn(text: str) -> tuple[str, tuple[ToolCall, ...]]:
    """What a model says to its reader, and the calls that it makes.

    Args:
        text: As decoded, reasoning included.
    """
    seen = storable(without_thoughts(text))
    calls = tuple(_call(block) for block in _BLOCK.findall(seen))
    return _BLOCK.sub("", seen).strip(), calls


def read_simple(text: str) -> tuple[str, tuple[ToolCall, ...]]:
    """The same of a row in simple mode: one line hands the request to one model."""
    seen = storable(without_thoughts(text)).strip()
    found = _SIMPLE.match(seen)
    if found is None:
        return seen, ()
    return "", (ToolCall("", found[1], json.dumps({"system_prompt": ""})),)


def _call(block: str) -> ToolCall:
    try:
        call = json.loads(block)
        name, arguments = call["name"], call["arguments"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ToolCall("", "", block.strip())
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return ToolCall("", str(name), text)
