"""The money of one command: set aside before a call, settled after it, over all starts together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, TypeVar

from pipeline.errors import XRouterError
from pipeline.evaluation.ledger import EvaluationLedger

Value = TypeVar("Value")


class SpentError(XRouterError):
    """The money of the command is gone. No call fails for it: a policy is not to see that."""

    exit_code = 3


class Purse:
    """What a command may still spend; for one event loop.

    Attributes:
        ledger: Where calls are written down.
        empty: Something could not be paid: nothing more is asked.
    """

    def __init__(self, ledger: EvaluationLedger, run_ids: Sequence[str], limit: float) -> None:
        """Go on with the books of earlier starts.

        Args:
            ledger: The books.
            run_ids: Of all runs of the command.
            limit: USD of all of them together.
        """
        self.ledger = ledger
        self.limit, self.spent = limit, ledger.spent(run_ids) if run_ids else 0.0
        self.empty = False
        self._reserved, self._flying = 0.0, 0
        self._settled = asyncio.Event()
        self._under_way: set[asyncio.Task[Any]] = set()

    async def reserve(self, worst: float) -> None:
        """Set aside what a call may cost; waits for calls in flight, which may turn out cheaper.

        Raises:
            SpentError: It does not fit, or something did not before.
        """
        while not self.empty:
            if self.spent + self._reserved + worst <= self.limit:
                self._reserved, self._flying = self._reserved + worst, self._flying + 1
                return
            if self.spent + worst > self.limit or not self._flying:
                self.empty = True
                self._settled.set()  # whoever waits for money waits no longer
                break
            self._settled.clear()
            await self._settled.wait()
        raise SpentError(
            f"the {self.limit:g} USD of --budget-usd are spent but for less than one call; raise "
            "it and run the same command again: what is paid for is kept"
        )

    def settle(self, worst: float, cost: float) -> None:
        """A call is over."""
        self._reserved, self._flying = self._reserved - worst, self._flying - 1
        self.spent += cost
        self._settled.set()

    async def to_the_end(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Wait for a paid call that goes on when whoever waits is cancelled: its end is noted."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._over)
        return await asyncio.shield(task)

    def _over(self, task: "asyncio.Task[Any]") -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # seen: whoever waited has it, or is gone

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Purse"]:
        """Wait for calls under way before the connections close."""
        try:
            yield self
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way)
