"""Bounds of a process: processor time, memory, files; and how they are watched from outside."""

import math
import resource
import time
from typing import NamedTuple

MEGABYTE = 1 << 20
STACK_BYTES = 64 * MEGABYTE
FILE_BYTES = 16 * MEGABYTE
MAX_FD = 64
PROCESSES = 64
# A verdict must not depend on how busy the machine is: processor time decides. The wall clock ends
# a program that waits: one that for this multiple of its time has run for hardly any of it.
WALL_FACTOR = 3.0
WAITING_SHARE = 0.05
# Of wall clock over processor time, for a program that just escapes being taken for waiting.
MOST_WALL_FACTOR = 1 / WAITING_SHARE + 2 * WALL_FACTOR
MIN_PAUSE = 0.01


class Limits(NamedTuple):
    """Bounds of one test.

    Attributes:
        seconds: Processor time.
        memory_mb: Address space of each of its processes.
    """

    seconds: float
    memory_mb: int


def limit_constants() -> None:
    """Set the bounds that are the same for all programs; they hold for all descendants."""
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, MAX_FD),
        (resource.RLIMIT_NPROC, PROCESSES),
        (resource.RLIMIT_STACK, STACK_BYTES),
    ):
        _limit(kind, value, value)


def limit_resources(limits: Limits, tests: int = 1) -> None:
    """Bound processor time and memory of this process.

    The kernel counts processor time in whole seconds; it sends SIGXCPU first and SIGKILL a second
    later.
    """
    seconds = math.ceil(limits.seconds * tests)
    _limit(resource.RLIMIT_CPU, seconds, seconds + 1)
    memory = limits.memory_mb * MEGABYTE
    _limit(resource.RLIMIT_AS, memory, memory)


def _limit(kind: int, soft: int, hard: int) -> None:
    most = resource.getrlimit(kind)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))


class Stopwatch:
    """Processor time of another process since the last mark."""

    def __init__(self, pid: int, seconds: float) -> None:
        # CPUCLOCK_SCHED of a process, as clock_getcpuclockid(3) makes it.
        self._clock = (~pid << 3) | 2
        self._seconds = seconds
        self.mark()

    def mark(self) -> None:
        """Start from zero."""
        self._began = self._used()
        self._open_window(self._began)

    def _open_window(self, used: float) -> None:
        self._window_used = used
        self._window_end = time.monotonic() + WALL_FACTOR * self._seconds

    def _used(self) -> float:
        return time.clock_gettime(self._clock)

    def pause(self) -> float:
        """Seconds for which there is nothing to see."""
        left = self._seconds - (self._used() - self._began)
        return max(MIN_PAUSE, min(left, self._window_end - time.monotonic()))

    def spent(self) -> bool:
        """Whether the process has used up its processor time."""
        return self._used() - self._began >= self._seconds

    def over(self) -> bool:
        """Whether it has used up its time, or does nothing but wait."""
        used = self._used()
        if used - self._began >= self._seconds:
            return True
        if time.monotonic() < self._window_end:
            return False
        waiting = used - self._window_used < WAITING_SHARE * WALL_FACTOR * self._seconds
        self._open_window(used)
        return waiting
