"""OpenAI function schemas of one row: `call_<model>` per entry, and `select_response`.

The policy writes the called model's system prompt and may set temperature and answer length; the
engine forwards the user's messages, so no parameter repeats them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.catalog.models import SELECT_RESPONSE

Tool = dict[str, Any]

SYSTEM_PROMPT = "System prompt for the called model, optimised for this query."
TEMPERATURE = "Sampling temperature; left out, the model's own default."
MAX_TOKENS = "Longest answer in tokens; left out, the model's limit."
SELECT = "Return the reply of one earlier call to the user, word for word, and stop."
CALL_ID = "Id of the call whose reply is returned."


def tool_schemas(entries: Sequence[Mapping[str, Any]]) -> list[Tool]:
    """All tools of a row, in the catalogue's order, `select_response` last.

    `system_prompt` is required, since writing it is what the policy is for; the rest is optional.
    """
    calls = [
        call_schema(entry["tool_name"], entry["description"], entry["max_output_tokens"])
        for entry in entries
    ]
    return [*calls, select_schema()]


def call_schema(name: str, description: str, max_output_tokens: int | None) -> Tool:
    """The tool that calls one model."""
    longest = {} if max_output_tokens is None else {"maximum": max_output_tokens}
    properties = {
        "system_prompt": {"type": "string", "description": SYSTEM_PROMPT},
        "temperature": {"type": "number", "minimum": 0, "maximum": 2, "description": TEMPERATURE},
        "max_tokens": {"type": "integer", "minimum": 1, **longest, "description": MAX_TOKENS},
    }
    return _function(name, description, properties, ["system_prompt"])


def select_schema() -> Tool:
    """The tool that ends an episode with one call's reply, named by call id."""
    properties = {"call_id": {"type": "string", "description": CALL_ID}}
    return _function(SELECT_RESPONSE, SELECT, properties, ["call_id"])


def _function(name: str, description: str, properties: Tool, required: list[str]) -> Tool:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}
