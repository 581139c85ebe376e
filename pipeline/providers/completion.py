"""One completion: the body of an OpenAI-compatible answer comes in, typed parts go out."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from pipeline.providers.faults import ProviderError

MAX_TOKENS = 2**31 - 1
# vLLM and SGLang end requests so when they stop or pause, OpenRouter when its provider fails.
BROKEN_OFF = ("abort", "error")
# What reading an answer of any shape can raise: its author is not us.
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class Completion(NamedTuple):
    """What a model answered.

    Attributes:
        text: Visible answer; empty where there is none.
        reasoning: Text of a reasoning block that the server kept apart.
        tool_calls: As the API gives them.
        finish_reason: `stop`, `length`, `tool_calls` ...
        prompt_tokens: None where the server counts nothing.
        cached_tokens: Part of the prompt that was read from a cache.
        completion_tokens: With reasoning.
        reasoning_tokens: Part of the completion.
        seconds: From sending to the last byte.
        cost_usd: What the provider's library charges, where it knows.
    """

    text: str
    reasoning: str
    tool_calls: list[dict[str, Any]]
    finish_reason: str | None
    prompt_tokens: int | None
    cached_tokens: int
    completion_tokens: int | None
    reasoning_tokens: int
    seconds: float
    cost_usd: float | None = None


class ChatEndpoint(Protocol):
    """Something that completes chats."""

    async def complete(self, body: Mapping[str, Any], seconds: float) -> Completion:
        """Answer one request.

        Args:
            body: Of `POST /v1/chat/completions`; one choice, no streaming.
            seconds: Time limit.

        Raises:
            ProviderError: There is no completion.
        """


def read_completion(body: Any, seconds: float) -> Completion:
    """Take an answer apart.

    Args:
        body: JSON of the answer, as text, bytes or value.
        seconds: How long it took.

    Raises:
        ProviderError: It is no completion, kind `garbage`; or an answer that the server broke off,
            kind `unavailable`.
    """
    try:
        data = json.loads(body) if isinstance(body, str | bytes) else body
        choice = data["choices"][0]
        message = choice["message"]
        usage = data.get("usage") or {}
        done = Completion(
            text=_text(message.get("content")),
            reasoning=_text(message.get("reasoning_content") or message.get("reasoning")),
            tool_calls=list(message.get("tool_calls") or []),
            finish_reason=_text(choice.get("finish_reason")) or None,
            prompt_tokens=_count(usage.get("prompt_tokens")),
            cached_tokens=_detail(usage, "prompt_tokens_details", "cached_tokens"),
            completion_tokens=_count(usage.get("completion_tokens")),
            reasoning_tokens=_detail(usage, "completion_tokens_details", "reasoning_tokens"),
            seconds=seconds,
        )
    except _MALFORMED as error:
        seen = body if isinstance(body, str) else repr(body)
        raise ProviderError("garbage", f"not a completion ({error!r}): {seen[:200]}") from error
    if done.finish_reason in BROKEN_OFF:
        raise ProviderError("unavailable", f"the server broke off: {done.finish_reason}")
    return done


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):  # parts of a multimodal message
        return "".join(_text(part.get("text")) for part in value)
    if not isinstance(value, str):
        raise TypeError(f"a {type(value).__name__} in place of a text")
    # Half a surrogate pair can be sent as JSON but stored nowhere.
    return value.encode(errors="replace").decode()


def _count(value: Any) -> int | None:
    if value is None:
        return None
    count = int(value)
    if not 0 <= count <= MAX_TOKENS:
        raise ValueError("an impossible number of tokens")
    return count


def _detail(usage: Mapping[str, Any], group: str, name: str) -> int:
    return _count((usage.get(group) or {}).get(name)) or 0
