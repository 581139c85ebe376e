"""Grades in the background while samples are on their way.

Requests come in one by one from the event loop, grades go back to it; what arrives while a batch is
graded makes the next batch.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any

from pipeline.grading.pool import GradingPool
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings

MAX_BATCH = 512

Deliver = Callable[[Any, Grade], None]


class BackgroundGrader:
    """One thread that grades; use it as a context manager inside a running event loop."""

    def __init__(self, settings: GradingSettings, workers: int, deliver: Deliver) -> None:
        self.waiting = 0
        self._stopped = False
        self._settings, self._workers, self._deliver = settings, workers, deliver
        self._queue: queue.SimpleQueue[tuple[Any, GradeRequest] | None] = queue.SimpleQueue()
        self._failed: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="grader", daemon=True)

    def __enter__(self) -> "BackgroundGrader":
        self._loop = asyncio.get_running_loop()
        self._failed = self._loop.create_future()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._queue.put(None)
        if self._failed is not None and not self._failed.done():
            self._failed.cancel()

    def put(self, ticket: Any, request: GradeRequest) -> None:
        """Grade an answer; `deliver` is called with the ticket in the event loop."""
        self.waiting += 1
        self._queue.put((ticket, request))

    async def failure(self) -> None:
        """Wait for ever, or raise what made grading impossible."""
        assert self._failed is not None
        await self._failed

    def _run(self) -> None:
        with GradingPool(self._settings, self._workers) as pool:
            while batch := self._next():
                try:
                    self._grade(pool, batch)
                except Exception as error:  # noqa: BLE001 - a thread's error must reach the loop
                    self._tell(self._fail, error)
                    return

    def _grade(self, pool: GradingPool, batch: list[tuple[Any, GradeRequest]]) -> None:
        """Hand each verdict on at once: a slow answer holds up no other of its batch."""
        with contextlib.closing(pool.stream([request for _, request in batch])) as grades:
            for position, grade in grades:
                self._tell(self._give, batch[position][0], grade)
                if self._stopped:
                    return

    def _next(self) -> list[tuple[Any, GradeRequest]]:
        """All that waits, at least one; empty at the end."""
        batch = []
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            if len(batch) == MAX_BATCH or self._queue.empty():
                return batch
            item = self._queue.get()
        return []

    def _tell(self, call: Callable[..., None], *args: Any) -> None:
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(call, *args)

    def _give(self, ticket: Any, grade: Grade) -> None:
        self.waiting -= 1
        try:
            self._deliver(ticket, grade)
        except Exception as error:  # noqa: BLE001 - the loop would only log it and wait for ever
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        assert self._failed is not None
        if not self._failed.done():
            self._failed.set_exception(error)
