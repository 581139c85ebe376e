"""Replicas of one model: many requests in flight at each, dead ones leave and rejoin.

Work comes from one queue, so a slow replica never holds up a fast one. Knows nothing of problems.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from pipeline.errors import InputError, MachineError, XRouterError
from pipeline.providers.completion import Completion
from pipeline.providers.faults import ProviderError
from pipeline.providers.retry import backoff
from pipeline.tiering.measured.replica import Replica

# Prompts refused before any was answered, after which not they but the parameters are wrong.
REFUSED_PROMPTS = 50
# Not what the model answered, so it says nothing about how hard the problem is.
FILTERED = "content_filter"


class Task(Protocol):
    """One request of the queue."""

    tries: int

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits for it."""

    def body(self) -> dict[str, Any]:
        """Body of the request."""


class Handlers(NamedTuple):
    """What to do with the outcome of a task; neither is called for a fault that is tried again."""

    done: Callable[[Any, Completion, Replica], None]
    failed: Callable[[Any, ProviderError], None]


class Limits(NamedTuple):
    """Limits of the whole pool.

    Attributes:
        in_flight: Requests at one replica at one time.
        seconds: Of one request.
        tries: Of one request, before it counts as failed; time with no replica does not count.
        patience: Seconds in which no replica answers, after which the run ends.
    """

    in_flight: int
    seconds: float
    tries: int
    patience: float


class ReplicaPool:
    """Runs the tasks of a queue at its replicas.

    Attributes:
        faults: How often each kind of fault occurred.
    """

    def __init__(
        self, replicas: list[Replica], limits: Limits, handlers: Handlers, proven: bool = False
    ) -> None:
        """Queue nothing yet.

        Args:
            replicas: At least one.
            limits: Of the pool.
            handlers: Called in the event loop.
            proven: Requests like these have been answered before, so a refusal concerns a prompt.
        """
        if not replicas:
            raise InputError("no replica to sample from; name at least one URL")
        self.replicas = replicas
        self.limits = limits
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.faults: dict[str, int] = {}
        self._handlers = handlers
        self._proven = proven
        self._refused = 0
        self._later: set[asyncio.TimerHandle] = set()

    @property
    def capacity(self) -> int:
        """Requests that can be in flight."""
        return self.limits.in_flight * len(self.replicas)

    @property
    def in_flight(self) -> int:
        """Requests on their way."""
        return sum(replica.in_flight for replica in self.replicas)

    @property
    def waiting(self) -> int:
        """Tasks that wait for a place, or for their next try."""
        return self.queue.qsize() + len(self._later)

    def put(self, task: Task) -> None:
        """Queue a task."""
        self.queue.put_nowait(task)

    async def serve(self) -> None:
        """Run until cancelled; a request that is refused or fails for good is handed back.

        Raises:
            InputError: The servers refuse every request.
            MachineError: No replica answered for too long.
        """
        try:
            async with asyncio.TaskGroup() as group:
                for replica in self.replicas:
                    for _ in range(self.limits.in_flight):
                        group.create_task(self._work(replica))
                    group.create_task(replica.watch())
                group.create_task(self._wait_for_life())
        except* XRouterError as errors:
            raise errors.exceptions[0] from None
        finally:
            for handle in self._later:
                handle.cancel()

    async def _work(self, replica: Replica) -> None:
        while True:
            await replica.until_ready()
            task = await self.queue.get()
            if not replica.ready:
                self.queue.put_nowait(task)
            elif task.wanted:
                await self._complete(replica, task)

    async def _complete(self, replica: Replica, task: Task) -> None:
        replica.in_flight += 1
        try:
            task.tries += 1
            done = await replica.endpoint.complete(task.body(), self.limits.seconds)
            if done.finish_reason == FILTERED:
                raise ProviderError("forbidden", "the provider's filter held the answer back")
        except ProviderError as fault:
            self._fault(replica, task, fault)
        else:
            self._proven = True
            replica.succeeded()
            self._handlers.done(task, done, replica)
        finally:
            replica.in_flight -= 1

    def _fault(self, replica: Replica, task: Task, fault: ProviderError) -> None:
        self.faults[fault.kind] = self.faults.get(fault.kind, 0) + 1
        if fault.kind in ("bad_request", "forbidden"):
            self._refuse(replica, task, fault)
            return
        if fault.kind in ("auth", "not_found"):
            if replica.refused():
                self._expel(replica, fault)
        elif fault.kind == "rate_limit":
            replica.asked_to_wait(fault)
        else:
            replica.struck()
        self._again(task, fault)

    def _refuse(self, replica: Replica, task: Task, fault: ProviderError) -> None:
        """A refused prompt is data, unless nothing but refusals is heard."""
        self._refused += 1
        # Refusals come at once and answers after minutes, so those on their way must be heard too.
        if not self._proven and self._refused >= max(REFUSED_PROMPTS, self.in_flight):
            raise _refuses_all(replica, fault)
        most = max(REFUSED_PROMPTS, self.limits.in_flight)
        others = [o for o in self.replicas if o is not replica and o.up.is_set()]
        if replica.turned_down() >= most and any(o.turned_down_prompts < most for o in others):
            # One that was started otherwise, with a shorter context say, would get all the work:
            # it is always the first to have a place free.
            replica.leave()
            self._again(task, fault)
        else:
            self._handlers.failed(task, fault)

    def _expel(self, replica: Replica, fault: ProviderError) -> None:
        """Others may know the key and the model."""
        if not replica.up.is_set():
            return
        replica.leave()
        if not any(other.up.is_set() for other in self.replicas):
            raise _refuses_all(replica, fault)

    def _again(self, task: Task, fault: ProviderError) -> None:
        # Being asked to wait, or finding no server, says nothing about the request.
        if fault.kind in ("rate_limit", "connection"):
            task.tries -= 1
        if task.tries >= self.limits.tries:
            self._handlers.failed(task, fault)
            return
        if fault.kind == "rate_limit":  # the replica waits; another one need not
            self.queue.put_nowait(task)
            return
        loop = asyncio.get_running_loop()

        def put() -> None:
            self._later.discard(handle)
            self.queue.put_nowait(task)

        handle = loop.call_later(backoff(max(1, task.tries), fault.retry_after), put)
        self._later.add(handle)

    async def _wait_for_life(self) -> None:
        patience = self.limits.patience
        while True:
            await asyncio.sleep(min(1.0, patience / 4))
            silent = [replica.silent_since for replica in self.replicas]
            since = [moment for moment in silent if moment is not None]
            if len(since) < len(silent) or time.monotonic() - max(since) <= patience:
                continue
            names = ", ".join(replica.name for replica in self.replicas)
            seen = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.faults.items()))
            raise MachineError(
                f"no replica has answered for {patience:g} s ({names}; faults: {seen or 'none'}); "
                "start them, or wait for their limits, and run the same command again: every "
                "sample that arrived is kept"
            )


def _refuses_all(replica: Replica, fault: ProviderError) -> InputError:
    return InputError(
        f"{replica.name} refuses every request: {fault}; check the model's name, the key and the "
        "sampling parameters, then run the same command again"
    )
