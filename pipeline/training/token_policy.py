"""The model in training as a policy: chats become tokens once, and tokens are kept as they are.

What the model wrote is never decoded and encoded again, and what it reads is appended to it, so
that the trainer sees what the sampler saw. Whoever has the tokenizer and the server is handed in;
knows nothing of episodes and rewards.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import uuid4

from pipeline.catalog.models import SELECT_RESPONSE
from pipeline.catalog.tariff import Tariff, Usage
from pipeline.errors import InputError
from pipeline.router.turns import Message, PolicyError, ToolCall, Turn, View
from pipeline.training.hermes import read_simple, read_turn

CUT = "\n[... cut ...]\n"


class Bounds(NamedTuple):
    """Of one episode.

    Attributes:
        prompt: Tokens.
        response: Tokens of all turns and of what is read between them.
        reply_chars: Of one reply that is read.
    """

    prompt: int
    response: int
    reply_chars: int


class TokenPolicy:
    """The policy of one episode; see `pipeline.router.turns.Policy`.

    Attributes:
        ids: Prompt and all that followed.
        mask: 1 for each written token after the prompt, 0 for what was read.
        log_probs: Of the tokens after the prompt, 0 for what was read; empty where none are given.
        extra: What the server says of the weights that wrote.
        turns: Taken.
        seconds: Of generation.
    """

    def __init__(
        self,
        loop: Any,
        name: str,
        tariff: Tariff,
        bounds: Bounds,
        sampling: Mapping[str, Any],
        messages: list[Message],
        simple: bool = False,
    ) -> None:
        """Generate nothing yet.

        Args:
            loop: verl's `AgentLoopBase`: tokenizer, server and the builder of token sequences.
            name: Of the policy, in the ledger.
            tariff: Prices of its own tokens.
            bounds: Of the episode.
            sampling: Parameters for the server.
            messages: The row's prompt, our system message first.
            simple: A row in simple mode: no tools, one line hands the request on.
        """
        self.name = name
        self.revision: str | None = None
        self._loop, self._tariff, self._bounds = loop, tariff, bounds
        self._sampling, self._messages, self._simple = dict(sampling), messages, simple
        self._request = uuid4().hex
        self.ids: list[int] = []
        self.mask: list[int] = []
        self.log_probs: list[float] = []
        self.extra: dict[str, Any] = {}
        self.turns, self.seconds = 0, 0.0

    async def decide(self, view: View, seconds: float) -> Turn:
        """Generate one turn.

        Raises:
            PolicyError: There is no room for another one.
            InputError: The prompt is longer than it may be.
        """
        if self._simple and self.turns:
            return _handed_on(view)
        tools = None if self._simple else view.menu.tools
        if not self.ids:
            await self._begin(tools)
        else:
            await self._read(view, tools)
        if len(self.mask) >= self._bounds.response:
            raise PolicyError("length", f"the longest response, {self._bounds.response} tokens")
        read, began = len(self.ids), time.monotonic()
        output = await self._loop.server_manager.generate(
            request_id=self._request, prompt_ids=self.ids, sampling_params=self._sampling
        )
        self.seconds += time.monotonic() - began
        self.turns += 1
        self._remember(output.extra_fields)
        await self._write(output)
        return await self._turn(list(output.token_ids), read)

    async def _begin(self, tools: Any) -> None:
        # Not by verl's own method, which cuts off the beginning of a prompt that is too long.
        builder = self._loop.continuous_token_builder
        ids = await asyncio.to_thread(builder.build_initial_tokens, self._messages, tools=tools)
        if len(ids) > self._bounds.prompt:
            raise InputError(
                f"a prompt has {len(ids)} tokens, and prompt_tokens is {self._bounds.prompt}: "
                "raise it, or build the examples with a smaller dataset.max_prompt_tokens"
            )
        self.ids = list(ids)

    async def _turn(self, written: list[int], read: int) -> Turn:
        tokenizer = self._loop.tokenizer
        text = await asyncio.to_thread(tokenizer.decode, written, skip_special_tokens=True)
        said, calls = read_simple(text) if self._simple else read_turn(text)
        # Servers name the reason in many ways; a turn that was not cut ends with the end token.
        cut = written[-1:] != [tokenizer.eos_token_id]
        finish = "length" if cut else "tool_calls" if calls else "stop"
        usage = Usage(input=read, output=len(written))
        return Turn(said, calls, usage, self._tariff.cost(usage), finish)

    def _remember(self, extra: Mapping[str, Any]) -> None:
        latest = extra.get("max_global_steps", extra.get("global_steps"))
        if self.extra:
            self.extra["max_global_steps"] = latest
        else:
            self.extra = dict(extra)
        if latest is not None:
            self.revision = str(latest)

    async def _write(self, output: Any) -> None:
        wanted = self.log_probs if self.log_probs or output.log_probs else None
        merged, mask, log_probs = await self._loop.ct_merge_assistant_token(
            self.ids, output.token_ids, self.mask, wanted, assistant_logprobs=output.log_probs
        )
        self._take(merged, mask, log_probs)

    async def _read(self, view: View, tools: Any) -> None:
        """Append what came of the last turn: the messages after it."""
        history = list(view.history)
        last = max(n for n, message in enumerate(history) if message["role"] == "assistant")
        before = [*self._messages, *map(self._for_template, history[: last + 1])]
        after = [*before, *map(self._for_template, history[last + 1 :])]
        merged, mask, log_probs = await self._loop.ct_merge_context_msg(
            before, after, self.ids, self.mask, self.log_probs or None, tools=tools
        )
        self._take(merged, mask, log_probs)

    def _take(self, merged: Any, mask: list[int], log_probs: list[float] | None) -> None:
        self.ids, self.mask = merged.token_ids, mask
        if log_probs is not None:
            self.log_probs = log_probs

    def _for_template(self, message: Message) -> Message:
        """A message as chat templates take it, which want a text, and no longer than it may be."""
        content = message.get("content") or ""
        if message["role"] == "tool":
            content = cut_middle(content, self._bounds.reply_chars)
        return message | {"content": content}


def cut_middle(text: str, most: int) -> str:
    """A text without its middle: a call id stands at the beginning, an answer at the end."""
    if len(text) <= most:
        return text
    half = (most - len(CUT)) // 2
    return text[:half] + CUT + text[-half:]


def _handed_on(view: View) -> Turn:
    """The one reply, word for word: in simple mode that is what handing on means."""
    if not view.replies:
        raise PolicyError("no_reply", "the model that the request was handed to did not reply")
    call_id = list(view.replies)[-1]
    return Turn("", (ToolCall("", SELECT_RESPONSE, f'{{"call_id": "{call_id}"}}'),))
