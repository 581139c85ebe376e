"""What `TokenPolicy` needs of verl, without verl: bytes are tokens, and replies are scripted."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from pipeline.router.turns import Message

END = 3
SELECT = '<tool_call>\n{"name": "select_response", "arguments": {"call_id": "c1"}}\n</tool_call>'


def call(name: str, **arguments: Any) -> str:
    """A tool call as a model writes it."""
    body = {"name": name, "arguments": {"system_prompt": ""} | arguments}
    return f"<tool_call>\n{json.dumps(body)}\n</tool_call>"


class Output(NamedTuple):
    """As verl's `TokenOutput`."""

    token_ids: list[int]
    log_probs: list[float] | None
    extra_fields: dict[str, Any]


class Merged(NamedTuple):
    """As verl's `MergeResult`."""

    token_ids: list[int]


class Tokens:
    """Tokenizer, builder of sequences, server and loop at once.

    Attributes:
        asked: Prompts that the server was asked to go on from.
    """

    eos_token_id = END

    def __init__(self, *replies: str, steps: Sequence[int] = (7,), cut: bool = False) -> None:
        self.tokenizer = self.continuous_token_builder = self.server_manager = self
        self._replies, self._steps, self._cut = list(replies), list(steps), cut
        self.asked: list[list[int]] = []

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        return bytes(i for i in ids if i != END or not skip_special_tokens).decode(errors="replace")

    def build_initial_tokens(self, messages: Sequence[Message], tools: Any = None) -> list[int]:
        names = [tool["function"]["name"] for tool in tools or ()]
        return list(f"{names}{_text(messages)}A:".encode())

    async def generate(self, request_id: str, prompt_ids: Any, sampling_params: Any) -> Output:
        self.asked.append(list(prompt_ids))
        turn = len(self.asked) - 1
        ids = [*self._replies[turn].encode(), *([] if self._cut else [END])]
        step = self._steps[min(turn, len(self._steps) - 1)]
        extra = {"global_steps": step, "min_global_steps": step, "max_global_steps": step}
        return Output(ids, [-0.5] * len(ids), extra)

    async def ct_merge_assistant_token(
        self, ids: list[int], new: list[int], mask: list[int], log_probs: Any,
        assistant_logprobs: Any = None,
    ) -> tuple[Merged, list[int], list[float]]:  # fmt: skip
        return Merged(ids + new), mask + [1] * len(new), [*log_probs, *assistant_logprobs]

    async def ct_merge_context_msg(
        self, before: list[Message], after: list[Message], ids: list[int], mask: list[int],
        log_probs: Any, tools: Any = None,
    ) -> tuple[Merged, list[int], list[float]]:  # fmt: skip
        assert after[: len(before)] == before, "what was said has changed"
        new = list(f"{_text(after[len(before) :])}A:".encode())
        return Merged(ids + new), mask + [0] * len(new), [*log_probs, *[0.0] * len(new)]


def _text(messages: Sequence[Message]) -> str:
    return "".join(f"{m['role'][0].upper()}:{m['content']}\n" for m in messages)
