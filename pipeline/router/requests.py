"""Reads what a policy wrote as tool calls; what is wrong with it is said in words it can act on."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from pipeline.catalog.models import SELECT_RESPONSE
from pipeline.providers.completion import MAX_TOKENS
from pipeline.router.menu import Entry, Menu
from pipeline.router.turns import ToolCall

MAX_TEMPERATURE = 2.0
LENGTHS = ("max_tokens", "max_completion_tokens")
KNOWN = frozenset({"system_prompt", "temperature", "max_tokens"})


class Refusal(NamedTuple):
    """A tool call that is not carried out.

    Attributes:
        kind: unknown_tool, bad_arguments, unknown_call, after_select, budget, calls or
            time.
        message: For the policy.
    """

    kind: str
    message: str


class Wanted(NamedTuple):
    """A call that can be carried out."""

    entry: Entry
    system_prompt: str
    temperature: float | None
    max_tokens: int | None
    options: Mapping[str, Any] = {}


def is_select(call: ToolCall) -> bool:
    """Whether a tool call ends the episode with a reply."""
    return call.name == SELECT_RESPONSE


def as_asked(wanted: Wanted, options: Mapping[str, Any]) -> Wanted:
    """A call within what the caller asked of the answer that the reply may become."""
    if not options:
        return wanted
    lengths = [wanted.max_tokens, *(options.get(name) for name in LENGTHS)]
    temperature = options.get("temperature") if wanted.temperature is None else wanted.temperature
    rest = {k: v for k, v in options.items() if k not in (*LENGTHS, "temperature")}
    longest = min((length for length in lengths if length is not None), default=None)
    return wanted._replace(temperature=temperature, max_tokens=longest, options=rest)


def read_call(call: ToolCall, menu: Menu) -> Wanted | Refusal:
    """A call of a model."""
    if not call.name:
        return Refusal("bad_arguments", f"the tool call cannot be read: {call.arguments[:80]!r}")
    entry = menu.by_tool(call.name)
    if entry is None:
        names = ", ".join(e.tool_name for e in menu.entries)
        return Refusal("unknown_tool", f"there is no tool {call.name[:80]!r}; there are: {names}")
    arguments = _object(call.arguments)
    if isinstance(arguments, Refusal):
        return arguments
    fault = _fault(arguments)
    if fault:
        return Refusal("bad_arguments", fault)
    temperature = arguments.get("temperature")
    return Wanted(
        entry,
        arguments["system_prompt"],
        None if temperature is None else float(temperature),
        arguments.get("max_tokens"),
    )


def read_select(call: ToolCall) -> str | Refusal:
    """The call id that is selected."""
    arguments = _object(call.arguments)
    if isinstance(arguments, Refusal):
        return arguments
    chosen = arguments.get("call_id")
    if not isinstance(chosen, str):
        return Refusal("bad_arguments", "call_id, a text, is missing")
    return chosen.strip()


def _object(text: str) -> dict[str, Any] | Refusal:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        return Refusal("bad_arguments", f"the arguments are no JSON ({error}): {text[:80]!r}")
    if not isinstance(value, dict):
        return Refusal("bad_arguments", f"the arguments are no JSON object: {text[:80]!r}")
    return value


def _fault(arguments: dict[str, Any]) -> str | None:
    unknown = sorted(arguments.keys() - KNOWN)
    if unknown:
        return f"unknown arguments: {', '.join(unknown)}"
    if not isinstance(arguments.get("system_prompt"), str):
        return "system_prompt, a text, is missing"
    temperature = arguments.get("temperature")
    if temperature is not None and not (
        isinstance(temperature, int | float)
        and not isinstance(temperature, bool)
        and 0 <= temperature <= MAX_TEMPERATURE
    ):
        return f"temperature {temperature!r} is no number from 0 to {MAX_TEMPERATURE:g}"
    longest = arguments.get("max_tokens")
    if longest is not None and not (
        isinstance(longest, int) and not isinstance(longest, bool) and 1 <= longest <= MAX_TOKENS
    ):
        return f"max_tokens {longest!r} is no whole number from 1"
    return None
