"""Answers of the chat API: a finished episode comes in, OpenAI's shapes go out."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from pipeline.router.record import Episode

FINISH = frozenset({"stop", "length", "content_filter"})
PIECE_CHARACTERS = 400
_CALL_FIELDS = (
    "call_id", "turn", "status", "source", "attempts", "finish_reason", "cost_usd",
    "list_cost_usd", "seconds", "selected",
)  # fmt: skip
_TOKENS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")


class Said(NamedTuple):
    """How an answer is to be shown.

    Attributes:
        model: As asked for.
        replies: Give the replies of all calls.
        include_usage: End a stream with the usage.
    """

    model: str
    replies: bool = False
    include_usage: bool = False


def completion(episode: Episode, said: Said) -> dict[str, Any]:
    """The body of `chat.completion`."""
    message = {"role": "assistant", "content": episode.answer, "refusal": None}
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": finish_reason(episode),
    }
    return _head(episode, said, "chat.completion") | {
        "choices": [choice],
        "usage": usage(episode),
        "xrouter": details(episode, said.replies),
    }


def chunks(episode: Episode, said: Said) -> Iterator[dict[str, Any]]:
    """The bodies of `chat.completion.chunk`; what is ours comes with the finish reason."""
    head = _head(episode, said, "chat.completion.chunk")
    if said.include_usage:
        head["usage"] = None
    yield head | {"choices": [_delta({"role": "assistant", "content": ""})]}
    for piece in pieces(episode.answer):
        yield head | {"choices": [_delta({"content": piece})]}
    end = {"choices": [_delta({}, finish_reason(episode))]}
    yield head | end | {"xrouter": details(episode, said.replies)}
    if said.include_usage:
        yield head | {"choices": [], "usage": usage(episode)}


def pieces(text: str) -> Iterator[str]:
    """A text in parts that are cut where words end."""
    start = 0
    while start < len(text):
        end = start + PIECE_CHARACTERS
        space = text.rfind(" ", start + 1, end) if end < len(text) else -1
        end = space if space > start else end
        yield text[start:end]
        start = end


def _delta(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}


def _head(episode: Episode, said: Said, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{episode.row['episode_id']}",
        "object": kind,
        "created": int(time.time()),
        "model": said.model,
        "system_fingerprint": None,
    }


def finish_reason(episode: Episode) -> str:
    """In OpenAI's words; what a provider calls otherwise has come to its end."""
    return episode.finish_reason if episode.finish_reason in FINISH else "stop"


def _sums(episode: Episode) -> dict[str, int]:
    return {name: sum(call.get(name) or 0 for call in episode.calls) for name in _TOKENS}


def usage(episode: Episode) -> dict[str, Any]:
    """All tokens that were billed for the answer: the policy's and those of every call."""
    calls, row = _sums(episode), episode.row
    read = row["router_input_tokens"] + calls["input_tokens"]
    written = row["router_output_tokens"] + calls["output_tokens"]
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": calls["cached_input_tokens"]},
        "completion_tokens_details": {"reasoning_tokens": calls["reasoning_tokens"]},
    }


def details(episode: Episode, replies: bool) -> dict[str, Any]:
    """The field `xrouter`: how the answer came about, and what it cost."""
    row = episode.row
    router = {
        "input_tokens": row["router_input_tokens"],
        "output_tokens": row["router_output_tokens"],
    }
    return {
        "episode_id": row["episode_id"],
        "simulated": row["simulated"],
        "mode": row["mode"],
        "policy": row["policy"],
        "policy_revision": row["policy_revision"],
        "catalog_id": row["catalog_id"],
        "models": _models(episode),
        "selected_call": row["selected_call"],
        "turns": row["turns"],
        "seconds": row["seconds"],
        "limit": row["error"],
        "usage": {"router": router, "calls": _sums(episode)},
        "cost_usd": {
            "router": row["router_cost_usd"],
            "calls": row["calls_cost_usd"],
            "total": row["total_cost_usd"],
        },
        "calls": [_call(call, episode, replies) for call in episode.calls],
    }


def _models(episode: Episode) -> list[str]:
    """Models that the answer comes from: the selected one, or all that replied."""
    found = [
        call["model_id"]
        for call in episode.calls
        if call["status"] == "ok" and (call["selected"] or not episode.row["selected_call"])
    ]
    return list(dict.fromkeys(found))


def _call(call: dict[str, Any], episode: Episode, replies: bool) -> dict[str, Any]:
    found = {name: call.get(name) for name in _CALL_FIELDS}
    found |= {"model": call["model_id"], "error": call["error_type"]}
    found |= {name: call.get(name) or 0 for name in _TOKENS}
    if replies:
        found["reply"] = episode.texts.get(call["call_id"])
    return found
