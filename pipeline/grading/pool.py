"""Grades many answers in worker processes; one that hangs or dies costs one answer.

Graders that only wait for a network run in threads beside them.

Verdicts do not depend on the number of workers. Knows nothing of what the graders do.
"""

import contextlib
import signal
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from multiprocessing.connection import wait

from pipeline.accounting import Progress, Silent
from pipeline.errors import MachineError
from pipeline.grading import registry
from pipeline.grading.callers import Callers
from pipeline.grading.crew import TIMED_OUT, Item, Worker
from pipeline.grading.verdicts import Grade, GradeRequest, ungraded
from pipeline.settings import GradingSettings

MAX_BATCH = 32
MIN_PER_WORKER = 4
MAX_WAIT_SECONDS = 60.0
PARENT_SECONDS = 0.5

Graded = tuple[int, Grade]


def grade_many(
    requests: Sequence[GradeRequest],
    settings: GradingSettings,
    workers: int,
    progress: Progress | None = None,
) -> list[Grade]:
    """Grade requests in any number of processes, which end with this call.

    Args:
        requests: Equal ones are graded once.
        settings: Time and memory limits.
        workers: Processes at most; none is started where the cheap parts decide everything soon.
        progress: Told of every request.

    Returns:
        One grade per request, in the same order.

    Raises:
        SettingsError: A request names an unknown grader.
        MachineError: A grading process cannot start.
    """
    progress = progress or Silent()
    progress.start("grading", len(requests))
    grades: dict[int, Grade] = {}
    with GradingPool(settings, workers) as pool, contextlib.closing(pool.stream(requests)) as found:
        for index, grade in found:
            grades[index] = grade
            progress.advance()
    return [grades[index] for index in range(len(requests))]


class GradingPool:
    """Grading processes that are kept from one call to the next; for one thread at a time."""

    def __init__(self, settings: GradingSettings, workers: int) -> None:
        self._settings, self._workers = settings, max(1, workers)
        self._crew: list[Worker] = []

    def __enter__(self) -> "GradingPool":
        """Processes start when they are needed."""
        return self

    def __exit__(self, *_: object) -> None:
        """End them."""
        self._end(self._crew)

    def _end(self, workers: Sequence[Worker]) -> None:
        for worker in workers:
            worker.end()
        self._crew = [worker for worker in self._crew if worker not in workers]

    def stream(self, requests: Sequence[GradeRequest]) -> Generator[Graded, None, None]:
        """Grades with the positions of their requests, in the order in which they are known.

        Raises:
            SettingsError: A request names an unknown grader.
            MachineError: A grading process cannot start.
        """
        positions: dict[GradeRequest, list[int]] = {}
        for position, request in enumerate(requests):
            positions.setdefault(request, []).append(position)
        for name in sorted({request.grader for request in positions}):
            registry.find(name)
        order = list(positions)
        try:
            for index, grade in self._grade(order):
                for position in positions[order[index]]:
                    yield position, grade
        finally:  # an answer whose grade nobody wants any more must not hold up the next call
            self._end([worker for worker in self._crew if worker.batch])

    def _grade(self, order: Sequence[GradeRequest]) -> Iterator[Graded]:
        """Cheap parts here for a moment, all that is left in workers and threads."""
        queue: deque[Item] = deque(enumerate(order))
        undecided: deque[Item] = deque()
        until = time.monotonic() + PARENT_SECONDS
        while queue and time.monotonic() < until:
            index, request = queue.popleft()
            grade = registry.grade_quick(request, self._settings)
            if grade is None:
                undecided.append((index, request))
            else:
                yield index, grade
        undecided.extend(queue)
        waiting = [item for item in undecided if registry.find(item[1].grader).waits]
        with Callers(waiting, self._settings) as callers:
            rest = deque(item for item in undecided if not registry.find(item[1].grader).waits)
            yield from self._in_workers(rest)
            yield from callers.results()

    def _in_workers(self, queue: deque[Item]) -> Iterator[Graded]:
        most = min(self._workers, -(-len(queue) // MIN_PER_WORKER))
        self._end([worker for worker in self._crew if worker.gone])
        while queue or any(worker.batch for worker in self._crew):
            while queue and len(self._crew) < most:
                self._crew.append(Worker(self._settings))
            for worker in self._crew:
                if queue and not worker.batch:
                    size = max(1, min(MAX_BATCH, len(queue) // (4 * most)))
                    worker.give([queue.popleft() for _ in range(min(size, len(queue)))])
            for worker in _heard([worker for worker in self._crew if worker.batch]):
                yield from _listen(worker, self._crew, queue, self._settings)


def _heard(crew: Sequence[Worker]) -> list[Worker]:
    """Workers that have said something, or have said nothing for too long."""
    patience = max(0.0, min(worker.deadline for worker in crew) - time.monotonic())
    ready = wait([worker.results for worker in crew], timeout=min(patience, MAX_WAIT_SECONDS))
    moment = time.monotonic()
    return [worker for worker in crew if worker.results in ready or worker.deadline <= moment]


def _listen(
    worker: Worker, crew: list[Worker], queue: deque[Item], settings: GradingSettings
) -> Iterator[Graded]:
    """Take what a worker has to say; a dead or silent one loses the answer it was at."""
    try:
        while worker.results.poll():
            done = worker.hear()
            if done:
                yield done
        if worker.deadline > time.monotonic():
            return
        code = TIMED_OUT
        worker.end()
    except (EOFError, ConnectionError):
        code = worker.end()
    crew.remove(worker)
    if not worker.ready:
        raise MachineError(
            f"a grading process cannot start (exit code {code}): run "
            "`python -m pipeline.grading.worker` to see why"
        )
    if worker.batch:
        index, request = worker.batch.popleft()
        queue.extendleft(reversed(worker.batch))
        yield index, registry.sign(request, ungraded(_cause(code, settings)))


def _cause(code: int, settings: GradingSettings) -> str:
    if code in (TIMED_OUT, -signal.SIGPROF):
        return f"timed out after {settings.math_seconds:g} s"
    name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"the grading process died ({name})"
