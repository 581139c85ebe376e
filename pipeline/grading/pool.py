"""Grades many answers in worker processes; one that hangs or dies costs one answer.

Verdicts do not depend on the number of workers. Knows nothing of what the graders do.
"""

import contextlib
import signal
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from multiprocessing.connection import wait

from pipeline.accounting import Progress, Silent
from pipeline.errors import MachineError
from pipeline.grading import registry
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
    """Grade requests in any number of processes.

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
    counts = Counter(requests)
    for name in sorted({request.grader for request in counts}):
        registry.find(name)
    order = list(counts)
    grades: dict[GradeRequest, Grade] = {}
    with contextlib.closing(_grade(order, settings, max(1, workers))) as results:
        for index, grade in results:
            grades[order[index]] = grade
            progress.advance(counts[order[index]])
    return [grades[request] for request in requests]


def _grade(
    order: Sequence[GradeRequest], settings: GradingSettings, workers: int
) -> Generator[Graded, None, None]:
    """Cheap parts here for a moment, all that is left in workers."""
    queue: deque[Item] = deque(enumerate(order))
    undecided: deque[Item] = deque()
    until = time.monotonic() + PARENT_SECONDS
    while queue and time.monotonic() < until:
        index, request = queue.popleft()
        grade = registry.grade_quick(request, settings)
        if grade is None:
            undecided.append((index, request))
        else:
            yield index, grade
    undecided.extend(queue)
    if undecided:
        yield from _in_workers(undecided, settings, workers)


def _in_workers(
    queue: deque[Item], settings: GradingSettings, workers: int
) -> Generator[Graded, None, None]:
    most = min(workers, -(-len(queue) // MIN_PER_WORKER))
    crew: list[Worker] = []
    try:
        while queue or any(worker.batch for worker in crew):
            while queue and len(crew) < most:
                crew.append(Worker(settings))
            for worker in crew:
                if queue and not worker.batch:
                    size = max(1, min(MAX_BATCH, len(queue) // (4 * most)))
                    worker.give([queue.popleft() for _ in range(min(size, len(queue)))])
            for worker in _heard(crew):
                yield from _listen(worker, crew, queue, settings)
    finally:
        for worker in crew:
            worker.end()


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
