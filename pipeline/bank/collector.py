"""Asks the models: many calls in flight, each written down before it is sent, within a budget.

In: a campaign, a source of replies, a ledger. Out: the ledger with more answers, and what went
wrong. Knows nothing of grading and of files.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pipeline.accounting import Progress
from pipeline.bank.campaign import Campaign
from pipeline.bank.ledger import Ask, CollectLedger
from pipeline.errors import XRouterError
from pipeline.router.menu import Entry
from pipeline.router.turns import CallError, CallRequest, CallSource, Reply

# What no other question to the same model can mend.
HOPELESS = frozenset({"auth", "forbidden", "not_found"})
# An answer that came late or broken may be billed all the same: it counts with its worst case.
MAYBE_BILLED = frozenset({"timeout", "garbage"})
# Nothing was sent: the place is left alone for a while, or is full.
NOT_SENT = frozenset({"circuit_open", "busy"})
AGAIN_SECONDS = 1.0
FAULTS_IN_A_ROW = 20

Task = tuple[Ask, Mapping[str, Any], Entry]


class Terminus(NamedTuple):
    """How a run of questions ended.

    Attributes:
        answered: Answers that this run paid for.
        left: Questions without an answer.
        faults: By kind; none of them is an outcome.
        given_up: Models that were not asked any more, and why.
        stopped_at: USD spent when the budget ended it; None where it did not.
    """

    answered: int
    left: int
    faults: dict[str, int]
    given_up: dict[str, str]
    stopped_at: float | None


class Collector:
    """One run over the questions of a campaign that have no answer yet."""

    def __init__(
        self,
        campaign: Campaign,
        source: CallSource,
        ledger: CollectLedger,
        budget_usd: float,
        progress: Progress,
    ) -> None:
        """Ask nothing yet.

        Args:
            campaign: What to ask.
            source: Whom.
            ledger: Where answers are kept; what is in there is not asked again.
            budget_usd: Of everything in the ledger, earlier runs included.
            progress: Where to say how far it is.
        """
        self._campaign, self._source, self._ledger = campaign, source, ledger
        self._budget, self._progress = budget_usd, progress
        self._spent, self._reserved, self._flying = ledger.spent(), 0.0, 0
        self._settled = asyncio.Event()
        self._stopped = False
        self._answered = 0
        self._faults: Counter[str] = Counter()
        self._in_a_row: Counter[str] = Counter()
        self._given_up: dict[str, str] = {}

    async def run(self, in_flight: int, seconds: float) -> Terminus:
        """Ask until everything is answered, given up, or would exceed the budget.

        Args:
            in_flight: Calls at a time.
            seconds: Of one call, retries included.
        """
        answered = self._ledger.answered()
        todo = sum(1 for _ in self._tasks(answered))
        self._progress.start("asking models", todo)
        tasks = self._tasks(answered)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(in_flight, todo)):
                    group.create_task(self._work(tasks, seconds))
        except ExceptionGroup as errors:
            ours = [error for error in errors.exceptions if isinstance(error, XRouterError)]
            raise ours[0] if ours else errors from None
        stopped_at = self._spent if self._stopped else None
        return Terminus(
            self._answered, todo - self._answered, dict(self._faults), self._given_up, stopped_at
        )

    def _tasks(self, answered: set[tuple[bytes, int]]) -> Iterator[Task]:
        asks = self._campaign.asks()
        return (task for task in asks if (task[0].key, task[0].sample) not in answered)

    async def _work(self, tasks: Iterator[Task], seconds: float) -> None:
        for ask, problem, entry in tasks:
            if ask.model_id in self._given_up:
                continue
            request = self._campaign.request(ask, problem, entry)
            worst = self._campaign.worst(request)
            if not await self._reserve(worst):
                return
            self._flying += 1
            try:
                # Not `+= await`: that would forget what other calls cost in the meantime.
                cost = await self._ask(ask, request, worst, seconds)
                self._spent += cost
            finally:
                self._flying -= 1
                self._reserved -= worst
                self._settled.set()
            self._progress.advance()
            self._progress.say(f"{self._answered:,} answers, {self._spent:,.4f} USD")

    async def _reserve(self, worst: float) -> bool:
        """Set money aside; waits for calls in flight, which may turn out cheaper than feared."""
        while not self._stopped:
            if self._spent + self._reserved + worst <= self._budget:
                self._reserved += worst
                return True
            if self._spent + worst > self._budget or not self._flying:
                self._stopped = True
                self._settled.set()  # whoever waits for money waits no longer
                return False
            self._settled.clear()
            await self._settled.wait()
        return False

    async def _ask(self, ask: Ask, request: CallRequest, worst: float, seconds: float) -> float:
        """Make one call and write down what came of it; returns what it cost."""
        number, began = self._ledger.send(ask, worst), time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                reply = await self._reply(request, began + seconds)
        except CallError as error:
            return self._failed(number, ask, request, error, worst)
        except TimeoutError:
            late = CallError("timeout", f"no reply within {seconds:g} s")
            return self._failed(number, ask, request, late, worst)
        cost = charged(request, reply)
        took = time.monotonic() - began
        self._ledger.answer(number, ask, self._campaign.terms, reply, cost, took)
        self._answered += 1
        self._in_a_row[ask.model_id] = 0
        return cost

    async def _reply(self, request: CallRequest, until: float) -> Reply:
        """A reply; waits for a place that takes no calls just now."""
        while True:
            left = until - time.monotonic()
            try:
                return await self._source.call(request, max(0.001, left))
            except CallError as error:
                if error.kind not in NOT_SENT or left <= AGAIN_SECONDS:
                    raise
            await asyncio.sleep(AGAIN_SECONDS)

    def _failed(
        self, number: int, ask: Ask, request: CallRequest, error: CallError, worst: float
    ) -> float:
        cost = worst if error.kind in MAYBE_BILLED else 0.0
        if error.usage is not None:
            cost = request.entry.tariff.cost(error.usage)
        self._ledger.fail(number, error.kind, str(error), cost)
        self._faults[error.kind] += 1
        self._in_a_row[ask.model_id] += 1
        if error.kind in HOPELESS or self._in_a_row[ask.model_id] >= FAULTS_IN_A_ROW:
            self._given_up.setdefault(ask.model_id, f"{error.kind}: {error}"[:300])
        return cost


def charged(request: CallRequest, reply: Reply) -> float:
    """USD of a reply: tokens times prices, or the cost alone where that is all there is."""
    if reply.cost_usd is not None:
        return reply.cost_usd
    return request.entry.tariff.cost(reply.usage)
