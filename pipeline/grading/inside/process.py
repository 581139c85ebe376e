"""Processes without rights: how one is made, and what it wrote and came to."""

import os
import resource
import select
import signal
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .limits import MAX_FD, Limits, Stopwatch, limit_resources
from .system_calls import forbid_system_calls

ERROR_BYTES = 4096
LOST = 98


class Ended(NamedTuple):
    """How a child ended: output, errors, exit code (negative: a signal), and why we ended it."""

    output: bytes
    errors: bytes
    code: int
    why: str = ""


def fork(body: Callable[[], object]) -> int:
    """Run `body` in a child that ends with it."""
    pid = os.fork()
    if pid:
        return pid
    try:
        body()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - nothing may unwind into the parent's code
        os._exit(LOST)


def confine(keep: Sequence[int], limits: Limits, tests: int = 1) -> None:
    """Take all rights away from this process, and all file descriptors from 3 on but `keep`.

    Args:
        keep: Ascending.
        limits: Bounds of one test.
        tests: How often it may use up its processor time.
    """
    first = 3
    for fd in keep:
        os.closerange(first, fd)
        first = fd + 1
    os.closerange(first, MAX_FD)
    limit_resources(limits, tests)
    forbid_system_calls()


def watch(pid: int, pipes: dict[int, int | None], seconds: float) -> Ended:
    """Collect a child's output until it ends, takes too long or writes too much; then it is gone.

    Args:
        pid: The child.
        pipes: Its output pipe and bytes allowed, then its error pipe and None: the end is kept.
        seconds: Processor time allowed; infinite where something else watches over it.
    """
    collector, stopwatch = _Collector(pipes), Stopwatch(pid, seconds)
    alive = os.pidfd_open(pid)
    why, ready = "", [-1]
    try:
        while not why and alive not in ready:
            pause = None if seconds == float("inf") else stopwatch.pause()
            ready = select.select([*collector.open, alive], [], [], pause)[0]
            if ready:
                why = collector.drain(ready)
            elif stopwatch.over():
                why = "timeout"
        if why:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(alive)
    while not why and (ready := select.select([*collector.open], [], [], 0)[0]):
        why = collector.drain(ready)
    _, status, usage = os.wait4(pid, 0)
    why = why or ("timeout" if out_of_time(status, usage, seconds) else "")
    output, *errors = (bytes(part) for part in collector.kept.values())
    return Ended(output, b"".join(errors), os.waitstatus_to_exitcode(status), why)


def out_of_time(status: int, usage: resource.struct_rusage, seconds: float) -> bool:
    """Whether a process used up its processor time, ended by the kernel or not."""
    used = usage.ru_utime + usage.ru_stime
    ended = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
    return ended or used >= seconds


def describe_end(code: int) -> str:
    """What an exit code, or the negative number of a signal, says about a program."""
    if code >= 0:
        return f"the program ended with exit code {code}"
    return f"the program was ended by {signal.Signals(-code).name}"


class _Collector:
    """What a child wrote, no more of it than is allowed."""

    def __init__(self, pipes: dict[int, int | None]) -> None:
        self.limits = pipes
        self.open = set(pipes)
        self.kept = {fd: bytearray() for fd in pipes}

    def drain(self, ready: list[int]) -> str:
        """Read once from each pipe that has something; returns `flood` where it is too much."""
        for fd in self.open & set(ready):
            part = os.read(fd, 1 << 16)
            if not part:
                self.open.discard(fd)
            self.kept[fd] += part
            limit = self.limits[fd]
            if limit is None:
                del self.kept[fd][:-ERROR_BYTES]
            elif len(self.kept[fd]) > limit:
                return "flood"
        return ""
