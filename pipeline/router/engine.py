"""The engine: a query and a menu come in, a policy decides, one finished episode comes out.

One engine for training, evaluation and serving. Whatever a policy, a model or a limit does wrong is
a row of the log and an observation, never an exception. Knows nothing of HTTP, files and rewards.
"""

import asyncio
import time
from collections.abc import Callable

from pipeline.catalog.tariff import Usage
from pipeline.router.calls import Calls
from pipeline.router.limits import Limits
from pipeline.router.menu import Menu
from pipeline.router.record import Episode, Stamp, messages_text, new_id, now, text_hash
from pipeline.router.requests import is_select, read_select
from pipeline.router.turns import (
    CallSource,
    Message,
    Policy,
    PolicyError,
    Query,
    ToolCall,
    Turn,
    View,
)


class Router:
    """A policy, the source of replies, and the limits of every episode.

    Attributes:
        policy: What decides.
        source: Where replies come from.
        limits: Of an episode that brings none of its own.
        log: Told of every episode, of a cancelled one too.
    """

    def __init__(
        self,
        policy: Policy,
        source: CallSource,
        limits: Limits | None = None,
        log: Callable[[Episode], None] | None = None,
    ) -> None:
        self.policy, self.source, self.log = policy, source, log
        self.limits = limits or Limits()

    async def run(
        self, query: Query, menu: Menu, stamp: Stamp, limits: Limits | None = None
    ) -> Episode:
        """Decide one request; cancelling it cancels the calls under way."""
        run = _Run(self, query, menu, stamp, limits or self.limits)
        try:
            episode = await run.finish()
        except asyncio.CancelledError:
            self._log(run.broken_off("cancelled: the client is gone"))
            raise
        except Exception as error:
            # A bug, and whoever waits is to see it; but what was called has been paid for.
            self._log(run.broken_off(f"internal: {type(error).__name__}"))
            raise
        self._log(episode)
        return episode

    def _log(self, episode: Episode) -> None:
        if self.log is not None:
            self.log(episode)


class _Run:
    """One episode under way."""

    def __init__(
        self, router: Router, query: Query, menu: Menu, stamp: Stamp, limits: Limits
    ) -> None:
        self._policy = router.policy
        self._query, self._menu, self._stamp, self._limits = query, menu, stamp, limits
        self._history: list[Message] = []
        self._turns = 0
        self._usage, self._cost = Usage(), 0.0
        self._propensity: float | None = None
        self._began, self._clock = now(), time.monotonic()
        # A rule needs no time for its last word.
        self._instant = bool(getattr(router.policy, "instant", False))
        time_for_calls = limits.seconds * (1.0 if self._instant else 1.0 - limits.closing)
        self._calls = Calls(query, menu, router.source, limits, self._clock + time_for_calls)

    def _left(self) -> float:
        return self._limits.seconds - (time.monotonic() - self._clock)

    async def finish(self) -> Episode:
        """Play turns until there is an answer or a limit."""
        while True:
            if self._turns >= self._limits.turns:
                return self._limited("turns", f"no answer after {self._turns} turns")
            if self._left() <= 0:
                return self._limited("time", f"no answer within {self._limits.seconds:g} s")
            try:
                turn = await self._turn()
            except PolicyError as error:
                return self._limited(f"policy_{error.kind}", str(error))
            if not turn.calls:
                return self._answered(turn)
            selected = self._selected(turn)
            if selected is not None:
                call_id, chosen = selected
                self._calls.leave_out(turn, self._turns - 1, chosen)
                return self._given(call_id, None)
            self._history += await self._calls.carry_out(turn, self._turns - 1)

    async def _turn(self) -> Turn:
        view = View(self._query, self._menu, self._history, self._calls.replies)
        left = self._left()
        if self._instant:  # a time limit would take as long as the rule
            turn = await self._policy.decide(view, left)
        else:
            turn = await self._in_time(view, left)
        self._turns += 1
        self._usage += turn.usage
        self._cost += turn.cost_usd
        if turn.propensity is not None:
            self._propensity = (self._propensity or 1.0) * turn.propensity
        return turn

    async def _in_time(self, view: View, left: float) -> Turn:
        try:
            async with asyncio.timeout(left):
                return await self._policy.decide(view, left)
        except TimeoutError as error:
            raise PolicyError("timeout", f"no turn within {left:.3g} s") from error

    def _answered(self, turn: Turn) -> Episode:
        if not turn.text.strip():
            reason = turn.finish_reason or "nothing written"
            return self._limited("no_answer", f"the policy wrote no answer ({reason})")
        mode = "synthesize" if self._calls.replies else "direct"
        return self._episode(mode, turn.text, turn.finish_reason or "stop", None, None)

    def _selected(self, turn: Turn) -> tuple[str, ToolCall] | None:
        """The call id that a turn selects, if it is one that answered, and where it says so."""
        for call in turn.calls:
            chosen = read_select(call) if is_select(call) else None
            if isinstance(chosen, str) and chosen in self._calls.replies:
                return chosen, call
        return None

    def _given(self, call_id: str, error: str | None) -> Episode:
        reply = self._calls.select(call_id)
        return self._episode("select", reply.text, reply.finish_reason or "stop", call_id, error)

    def _limited(self, kind: str, message: str) -> Episode:
        """The end without an answer: with the last reply, where that is wanted and there is one."""
        error = f"{kind}: {message}"
        if self._limits.salvage and self._calls.replies:
            return self._given(next(reversed(self._calls.replies)), error)
        return self._episode("failed", "", "stop", None, error)

    def broken_off(self, error: str) -> Episode:
        """The episode as far as it came."""
        return self._episode("failed", "", "stop", None, error)

    def _episode(
        self, mode: str, answer: str, finish: str, selected: str | None, error: str | None
    ) -> Episode:
        calls_cost = sum(row["cost_usd"] for row in self._calls.rows)
        chosen = self._calls.replies[selected].reply if selected else None
        asked = messages_text(self._query.messages)
        keep, stamp = self._stamp.store_text, self._stamp
        episode_id = new_id()
        row = {
            "episode_id": episode_id,
            "run_id": stamp.run_id,
            "kind": stamp.kind,
            "policy": self._policy.name,
            "policy_revision": self._policy.revision,
            "example_id": self._query.example_id,
            "problem_id": self._query.problem_id,
            "bank_problem_id": None,
            "tier": self._query.tier,
            "catalog_id": self._menu.catalog_id,
            "offered": self._menu.offered,
            "mode": mode,
            "selected_call": selected,
            "turns": self._turns,
            "router_input_tokens": self._usage.input,
            "router_output_tokens": self._usage.output,
            "router_cost_usd": self._cost,
            "calls_cost_usd": calls_cost,
            "total_cost_usd": self._cost + calls_cost,
            "verdict": chosen.verdict if chosen else None,
            "quality": chosen.score if chosen else None,
            "propensity": self._propensity,
            "started_at": self._began,
            "seconds": time.monotonic() - self._clock,
            "error": error[:500] if error else None,
            "simulated": any(call["simulated"] for call in self._calls.rows),
            "api_key_id": stamp.api_key_id,
            "request_hash": text_hash(asked),
            "answer_hash": text_hash(answer),
            "request_text": asked if keep else None,
            "answer_text": answer if keep else None,
        }
        for call in self._calls.rows:
            call["episode_id"] = episode_id
        texts = {call_id: answered.reply.text for call_id, answered in self._calls.replies.items()}
        return Episode(row, self._calls.rows, self._menu, answer, finish, texts)
