"""Tokens that a completion is charged for, also where its provider counts badly or not at all."""

from collections.abc import Sequence

from pipeline.catalog.tariff import Usage
from pipeline.providers.completion import Completion
from pipeline.router.limits import BYTES_PER_TOKEN, prompt_tokens
from pipeline.router.turns import Message


def usage_of(done: Completion, messages: Sequence[Message]) -> Usage:
    """Tokens as counted, or estimated from above: what was not counted was not free.

    Args:
        done: What came back.
        messages: What was sent.
    """
    read = prompt_tokens(messages) if done.prompt_tokens is None else done.prompt_tokens
    written = done.completion_tokens
    if written is None:
        text = done.text + done.reasoning + "".join(str(call) for call in done.tool_calls)
        written = -(-len(text.encode(errors="replace")) // BYTES_PER_TOKEN)
    # A part is never more than the whole, or a call would cost less than nothing.
    return Usage(read, min(done.cached_tokens, read), written, min(done.reasoning_tokens, written))
