"""Where shards of work run: in this process, or as tasks of an existing Ray cluster.

A function and jobs come in, results in the order of the jobs go out; both executors call the very
same function, so the bytes are the same. Knows nothing of what a job is.
"""

import contextlib
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from importlib.util import find_spec
from typing import Any, Protocol, TypeVar

from pipeline.errors import MachineError
from pipeline.settings import Settings

Job = TypeVar("Job")
Result = TypeVar("Result")
Kept = TypeVar("Kept")

CONNECT_SECONDS = 10.0


class Executor(Protocol):
    """Runs jobs, several at a time."""

    @property
    def slots(self) -> int:
        """Jobs that can run at one time."""

    @property
    def remote(self) -> bool:
        """Whether jobs leave this process, and maybe this machine."""

    def in_order(
        self, work: Callable[[Job], Result], jobs: Iterable[Job], ahead: int
    ) -> Iterator[Result]:
        """Results in the order of the jobs, with at most `ahead` jobs under way."""

    def in_turn(
        self,
        work: Callable[[Job], Result],
        jobs: Iterable[Job],
        keep: Callable[[Result], Kept],
    ) -> Iterator[Kept]:
        """What `keep` makes of each result, called for one at a time, in the order of the jobs.

        For results that are large and kept by writing them: there are never more of them than
        slots here, and one more on its way from another machine.
        """


class Threads:
    """Threads of this process."""

    remote = False

    def __init__(self, pool: ThreadPoolExecutor, slots: int) -> None:
        self._pool = pool
        self.slots = slots

    def in_order(
        self, work: Callable[[Job], Result], jobs: Iterable[Job], ahead: int
    ) -> Iterator[Result]:
        """See `Executor.in_order`."""
        waiting: deque[Future[Result]] = deque()
        for job in jobs:
            waiting.append(self._pool.submit(work, job))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def in_turn(
        self,
        work: Callable[[Job], Result],
        jobs: Iterable[Job],
        keep: Callable[[Result], Kept],
    ) -> Iterator[Kept]:
        """See `Executor.in_turn`; the thread that did a job keeps its result."""
        waiting: deque[Future[Kept]] = deque()
        before: Future[Kept] | None = None
        try:
            for job in jobs:
                before = self._pool.submit(_keep_in_turn, work, job, keep, before)
                waiting.append(before)
                if len(waiting) > self.slots:  # one job is ready for the first thread that is
                    yield waiting[0].result()
                    waiting.popleft()
            while waiting:
                yield waiting[0].result()
                waiting.popleft()
        finally:
            wait(waiting)  # nobody may keep results when the caller has given up


class RayTasks:
    """Tasks of a Ray cluster; xrouter must be installed on its machines in the same version."""

    remote = True

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self.slots = max(1, int(ray.cluster_resources().get("CPU", 1)))

    def in_order(
        self, work: Callable[[Job], Result], jobs: Iterable[Job], ahead: int
    ) -> Iterator[Result]:
        """See `Executor.in_order`; a machine that dies has its jobs run again elsewhere."""
        # Sent once: `work` may carry megabytes of settings and surveys.
        shared = self._ray.put(work)
        run = self._ray.remote(num_cpus=1, max_retries=3)(_call)
        waiting: deque[Any] = deque()
        for job in jobs:
            waiting.append(run.remote(shared, job))
            if len(waiting) >= ahead:
                yield self._ray.get(waiting.popleft())
        while waiting:
            yield self._ray.get(waiting.popleft())

    def in_turn(
        self,
        work: Callable[[Job], Result],
        jobs: Iterable[Job],
        keep: Callable[[Result], Kept],
    ) -> Iterator[Kept]:
        """See `Executor.in_turn`; results come here to be kept."""
        yield from map(keep, self.in_order(work, jobs, self.slots + 1))


def _keep_in_turn(
    work: Callable[[Job], Result],
    job: Job,
    keep: Callable[[Result], Kept],
    before: Future[Kept] | None,
) -> Kept:
    """Do a job, wait until the one before was kept, keep the result; fails where that one did.

    Threads take jobs in their order, so the one before is never behind in the queue.
    """
    result = work(job)
    if before is not None:
        before.result()
    return keep(result)


def _call(work: Callable[[Any], Any], job: Any) -> Any:
    return work(job)


@contextlib.contextmanager
def open_executor(settings: Settings, threads: int) -> Iterator[Executor]:
    """The executor that the settings name.

    Args:
        settings: `executor` and `ray_address`.
        threads: Of the local executor.

    Raises:
        MachineError: Ray is not installed, or no cluster answers.
    """
    if settings.executor == "local":
        with ThreadPoolExecutor(threads) as pool:
            yield Threads(pool, threads)
        return
    ray = _connected(settings.ray_address)
    try:
        yield RayTasks(ray)
    finally:
        ray.shutdown()


def _connected(address: str) -> Any:
    if find_spec("ray") is None:
        raise MachineError("ray is not installed; get it with: pip install 'xrouter[ray]'")
    # Ray would otherwise copy this project's environment to every task with `uv run`.
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    import ray

    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, configure_logging=False)
    except (OSError, RuntimeError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise MachineError(
            f"no Ray cluster at {address!r} ({reason}); start one with `ray "
            "start --head`, name its address in XROUTER_RAY_ADDRESS, or use --executor local"
        ) from error
    return ray


def _knock(address: str) -> None:
    """Try the port of an address: Ray itself would try for many minutes.

    Raises:
        OSError: Nobody answers.
    """
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if colon and port.isdecimal():
        with socket.create_connection((host, int(port)), CONNECT_SECONDS):
            pass
