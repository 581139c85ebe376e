"""The calls of one episode: refused or made, charged, written down, and shown to the policy."""

import asyncio
import json
import re
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from pipeline.catalog.tariff import Usage
from pipeline.router.limits import Limits, Purse, answer_tokens, prompt_tokens
from pipeline.router.menu import Menu
from pipeline.router.record import Row, now, text_hash
from pipeline.router.requests import Refusal, Wanted, as_asked, is_select, read_call, read_select
from pipeline.router.turns import (
    Answered,
    CallError,
    CallRequest,
    CallSource,
    Message,
    Query,
    Reply,
    ToolCall,
    Turn,
)

# A call that begins with less time than this can only be paid for.
LEAST_SECONDS = 0.1
SIMULATED = "simulated"


class _Call(NamedTuple):
    """A call that is carried out."""

    row: Row
    request: CallRequest
    reserved: float


class Calls:
    """All calls of one episode.

    Attributes:
        rows: Of table `calls`, and what the engine needs beside.
        replies: Those that can be selected, by call id.
    """

    def __init__(
        self, query: Query, menu: Menu, source: CallSource, limits: Limits, until: float
    ) -> None:
        """Make none yet.

        Args:
            query: Whose calls they are.
            menu: What may be called.
            source: Where replies come from.
            limits: Of the episode.
            until: Moment of `time.monotonic` at which they must be over.
        """
        self.rows: list[Row] = []
        self.replies: dict[str, Answered] = {}
        self._query, self._menu, self._source = query, menu, source
        self._limits, self._until = limits, until
        self._least = min(LEAST_SECONDS, limits.seconds / 20)
        self._purse = Purse(limits.spend_usd)
        self._instant = getattr(source, "instant", False)

    def select(self, call_id: str) -> Reply:
        """Mark the reply that goes to the user."""
        for row in self.rows:
            row["selected"] = row["call_id"] == call_id
        return self.replies[call_id].reply

    def leave_out(self, turn: Turn, number: int, chosen: ToolCall) -> None:
        """Write down what else a turn wanted that ends the episode."""
        for call in turn.calls:
            if call is not chosen:
                row = self._row(call, number)
                self.rows.append(row)
                _refused(row, Refusal("after_select", "the same turn selects a reply"))

    async def carry_out(self, turn: Turn, number: int) -> list[Message]:
        """Make all calls of a turn at once.

        Args:
            turn: Of the policy.
            number: Of the turn, from 0.

        Returns:
            The turn and what came of it, as chat messages.
        """
        first = len(self.rows)
        work = [self._begin(call, number) for call in turn.calls]
        calls = [call for call in work if call is not None]
        if len(calls) == 1:
            await self._make(calls[0])
        elif calls:
            async with asyncio.TaskGroup() as group:
                for call in calls:
                    group.create_task(self._make(call))
        rows = self.rows[first:]
        return [_said(turn, rows), *map(self._observation, rows)]

    def _begin(self, call: ToolCall, number: int) -> _Call | None:
        """Write the row of a call, and reserve its money; None where it is refused."""
        row = self._row(call, number)
        self.rows.append(row)
        if is_select(call):
            chosen = read_select(call)
            known = ", ".join(self.replies) or "none yet"
            refusal = (
                chosen
                if isinstance(chosen, Refusal)
                else Refusal("unknown_call", f"no reply has id {chosen[:40]!r}; there are: {known}")
            )
            return _refused(row, refusal)
        wanted = read_call(call, self._menu)
        if isinstance(wanted, Refusal):
            return _refused(row, wanted)
        wanted = as_asked(wanted, self._query.options)
        row["model_id"] = wanted.entry.model_id
        row["system_prompt_hash"] = text_hash(wanted.system_prompt)
        row["temperature"], row["max_tokens"] = wanted.temperature, wanted.max_tokens
        return self._afford(row, wanted)

    def _afford(self, row: Row, wanted: Wanted) -> _Call | None:
        made = sum(other["status"] != "refused" for other in self.rows) - 1
        if made >= self._limits.calls:
            return _refused(row, Refusal("calls", f"only {self._limits.calls} calls are allowed"))
        if not self._instant and self._until - time.monotonic() < self._least:
            return _refused(row, Refusal("time", "no time is left for calls; answer now"))
        messages = _conversation(wanted.system_prompt, self._query.messages)
        prompt = prompt_tokens(messages)
        longest = answer_tokens(wanted.entry, wanted.max_tokens, prompt, self._limits)
        reserved = self._purse.reserve(wanted.entry.tariff, prompt, longest)
        if reserved is None:
            worst = wanted.entry.tariff.cost(Usage(prompt, 0, longest))
            message = (
                f"this call may cost {worst:.6g} USD, more than is left of "
                f"{self._limits.spend_usd:g}; call a cheaper model or ask for fewer max_tokens"
            )
            return _refused(row, Refusal("budget", message))
        request = CallRequest(
            wanted.entry, messages, wanted.temperature, longest, self._query, wanted.options
        )
        return _Call(row, request, reserved)

    async def _make(self, call: _Call) -> None:
        row, seconds = call.row, max(0.001, self._until - time.monotonic())
        row["started_at"], began = now(), time.monotonic()
        spent = 0.0
        try:
            if self._instant:
                reply = await self._source.call(call.request, seconds)
            else:
                async with asyncio.timeout(seconds):
                    reply = await self._source.call(call.request, seconds)
            spent = _charge(row, call.request, reply)
            self.replies[row["call_id"]] = Answered(call.request.entry.model_id, reply)
        except CallError as error:
            spent = _charge_failed(row, call.request, error)
        except TimeoutError:
            row["status"], row["error_type"] = "error", "timeout"
            row["note"] = f"no reply within {seconds:.3g} s"
        except asyncio.CancelledError:
            row["status"], row["error_type"] = "error", "cancelled"
            raise
        finally:
            row["seconds"] = time.monotonic() - began
            # What was broken off may be billed: its reservation stays with what is spent.
            broken_off = row["error_type"] in ("timeout", "cancelled")
            self._purse.settle(call.reserved, call.reserved if broken_off else spent)

    def _row(self, call: ToolCall, number: int) -> Row:
        index = len(self.rows)
        return {
            "call_index": index,
            "call_id": f"c{index + 1}",
            "api_id": call.id,
            "arguments": call.arguments,
            "turn": number,
            "tool_name": call.name[:100],
            "model_id": None,
            "status": "error",
            "error_type": None,
            "note": "",
            "cost_usd": 0.0,
            "list_cost_usd": 0.0,
            "attempts": 1,
            "selected": False,
            "source": self._source.name,
            "simulated": self._source.name == SIMULATED,
            "started_at": now(),
            "seconds": 0.0,
        }

    def _observation(self, row: Row) -> Message:
        answered = self.replies.get(row["call_id"])
        text = answered.reply.text if answered else f"error: {row['error_type']}: {row['note']}"
        content = f"call_id: {row['call_id']}\n\n{text}"
        return {"role": "tool", "tool_call_id": row["api_id"] or row["call_id"], "content": content}


def _refused(row: Row, refusal: Refusal) -> _Call | None:
    """Write down why a call is not made; stands for the call that is not."""
    row |= {"status": "refused", "error_type": refusal.kind, "attempts": 0, "note": refusal.message}
    return None


def _conversation(system_prompt: str, messages: Sequence[Message]) -> list[Message]:
    """What a called model reads: one system message, the policy's before the user's own."""
    own = [m for m in messages if m.get("role") in ("system", "developer")]
    rest = [m for m in messages if m.get("role") not in ("system", "developer")]
    texts = [system_prompt, *(_text(m.get("content")) for m in own)]
    system = "\n\n".join(text for text in texts if text.strip())
    return ([{"role": "system", "content": system}] if system else []) + rest


def _text(content: Any) -> str:
    """Of a message, given as text or in parts."""
    if isinstance(content, list):
        return "\n\n".join(str(p.get("text") or "") for p in content if isinstance(p, dict))
    return str(content or "")


def _said(turn: Turn, rows: Sequence[Row]) -> Message:
    """A policy's turn as it reads it afterwards: its reasoning is not part of it."""
    calls = [
        {
            "id": row["api_id"] or row["call_id"],
            "type": "function",
            "function": {"name": row["tool_name"], "arguments": row["arguments"]}
            if row["status"] != "refused"
            else {"name": _name(row), "arguments": _arguments(row)},
        }
        for row in rows
    ]
    return {"role": "assistant", "content": turn.text or None, "tool_calls": calls}


def _name(row: Row) -> str:
    """Of a tool, as an API takes it back."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", row["tool_name"])[:64] or "unnamed"


def _arguments(row: Row) -> str:
    """Of a call, as an API takes them back: a server may refuse a conversation with broken JSON."""
    try:
        sound = isinstance(json.loads(row["arguments"]), dict)
    except (ValueError, RecursionError):
        sound = False
    return row["arguments"] if sound else "{}"


def _charge(row: Row, request: CallRequest, reply: Reply) -> float:
    """Fill in what a reply cost; returns it."""
    cost = request.entry.tariff.cost(reply.usage) if reply.cost_usd is None else reply.cost_usd
    base = request.entry.base.cost(reply.usage) if reply.cost_usd is None else reply.cost_usd
    row |= _tokens(reply.usage) | {
        "status": "ok",
        "cost_usd": cost,
        "list_cost_usd": base,
        "provider_cost_usd": reply.provider_cost_usd,
        "finish_reason": reply.finish_reason,
        "attempts": reply.attempts,
        "source": reply.source,
        "simulated": reply.simulated,
    }
    return cost


def _charge_failed(row: Row, request: CallRequest, error: CallError) -> float:
    """Fill in why a call failed, and what it cost all the same; returns that."""
    row |= {"error_type": error.kind, "attempts": error.attempts, "note": str(error)[:300]}
    if error.usage is None:
        return 0.0
    cost = request.entry.tariff.cost(error.usage)
    row |= _tokens(error.usage)
    row |= {"cost_usd": cost, "list_cost_usd": request.entry.base.cost(error.usage)}
    return cost


def _tokens(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input,
        "cached_input_tokens": usage.cached,
        "output_tokens": usage.output,
        "reasoning_tokens": usage.reasoning,
    }
