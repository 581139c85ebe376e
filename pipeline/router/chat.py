"""A chat model with tools as the policy: a trained router on vLLM or SGLang, or a hosted one."""

import asyncio
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.catalog.tariff import Tariff
from pipeline.providers.completion import ChatEndpoint, Completion
from pipeline.providers.faults import ProviderError
from pipeline.providers.retry import backoff
from pipeline.router.record import storable
from pipeline.router.turns import Message, PolicyError, ToolCall, Turn, View
from pipeline.router.usage import usage_of

FREE = Tariff(0.0, 0.0, 0.0)
LENGTHS = ("max_tokens", "max_completion_tokens")
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
# What a server's parser could not read as a call is left in the text.
_UNREAD_CALL = re.compile(r"<tool_call>\s*([{<].*?)(?:</tool_call>|\Z)", re.DOTALL)


class ChatPolicy:
    """Asks a model for each turn; see `Policy`."""

    def __init__(
        self,
        endpoint: ChatEndpoint,
        model: str,
        tariff: Tariff = FREE,
        revision: str | None = None,
        sampling: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what every request shares.

        Args:
            endpoint: Where the model is.
            model: Its name there.
            tariff: Prices of its own tokens.
            revision: Checkpoint, for the log.
            sampling: `temperature`, `max_tokens` ... of its turns.
        """
        self.name, self.revision = model, revision
        self._endpoint, self._tariff = endpoint, tariff
        self._sampling = dict(sampling or {})

    async def decide(self, view: View, seconds: float) -> Turn:
        """Ask for one turn, again after a fault that may pass, as long as there is time.

        What the caller wants of the length and the end of the answer holds for the answer: a turn
        that it cut short could be half a tool call.
        """
        until = time.monotonic() + seconds
        body, options = self._body(view), view.query.options
        turn = await self._ask(body, until)
        if turn.calls:
            return turn
        longest = {name: options[name] for name in LENGTHS if name in options}
        if longest and turn.usage.output > min(longest.values()):
            last = await self._ask(body | longest | {"tool_choice": "none"}, until)
            usage, cost = turn.usage + last.usage, turn.cost_usd + last.cost_usd
            turn = last._replace(usage=usage, cost_usd=cost)
        return _ended(turn, options.get("stop", ()))

    async def _ask(self, body: dict[str, Any], until: float) -> Turn:
        tries = 0
        while True:
            tries += 1
            try:
                done = await self._endpoint.complete(body, max(0.001, until - time.monotonic()))
                return self._turn(done, body["messages"])
            except ProviderError as fault:
                wait = backoff(tries, fault.retry_after)
                if not fault.retryable or time.monotonic() + wait >= until:
                    raise PolicyError(fault.kind, str(fault)) from fault
                await asyncio.sleep(wait)

    def _body(self, view: View) -> dict[str, Any]:
        ours: Message = {"role": "system", "content": view.menu.instructions}
        options = view.query.options.items()
        return {
            "model": self.name,
            "messages": [ours, *view.query.messages, *view.history],
            "tools": view.menu.tools,
            **self._sampling,
            **{name: value for name, value in options if name not in (*LENGTHS, "stop")},
        }

    def _turn(self, done: Completion, messages: Sequence[Message]) -> Turn:
        usage = usage_of(done, messages)
        text = without_thoughts(done.text)
        unread = [ToolCall("", "", found.strip()) for found in _UNREAD_CALL.findall(text)]
        calls = (*map(_tool_call, done.tool_calls), *unread)
        text = _UNREAD_CALL.sub("", text).strip() if unread else text
        return Turn(text, calls, usage, self._tariff.cost(usage), done.finish_reason)


def without_thoughts(text: str) -> str:
    """A text without reasoning blocks, closed or not."""
    rest = _THOUGHT.sub("", text)
    # Templates that open the block in the prompt leave its end alone in the answer.
    ends = [found.end() for found in _THOUGHT_END.finditer(rest)]
    rest = rest[ends[-1] :] if ends else rest
    return text if rest == text else rest.strip()


def _ended(turn: Turn, stop: str | Sequence[str]) -> Turn:
    """A turn up to the first of the texts at which the caller wants the answer to end."""
    ends = [turn.text.find(text) for text in ([stop] if isinstance(stop, str) else stop)]
    found = [end for end in ends if end >= 0]
    return turn._replace(text=turn.text[: min(found)], finish_reason="stop") if found else turn


def _tool_call(raw: Any) -> ToolCall:
    """A tool call of an API; what is missing is empty, and refused later as what it is."""
    function = raw.get("function") if isinstance(raw, dict) else None
    if not isinstance(function, dict):
        return ToolCall("", "", "")
    arguments = function.get("arguments")
    if isinstance(arguments, dict):  # some servers send them as they are
        arguments = json.dumps(arguments)
    return ToolCall(
        storable(str(raw.get("id") or "")),
        storable(str(function.get("name") or "")),
        storable(arguments) if isinstance(arguments, str) else "",
    )
