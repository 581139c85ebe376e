"""First process in the sandbox: reads one job, forks a process for each test, reports each outcome.

Jobs come in on file descriptor 0, reports go out on 1; neither is left open in a process that runs
model code. What a program should have answered never enters the sandbox where only the answer is
wanted.
"""

import fcntl
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from .limits import WALL_FACTOR, forbid_system_calls, limit_resources
from .program import run_script, serve
from .tester import Report, run_asserts, run_call
from .wire import receive, send

MAX_FD = 4096
ERROR_BYTES = 4096
MAX_REPORT = 4 << 20


class Limits(NamedTuple):
    """Bounds of one test."""

    seconds: float
    memory_mb: int


class Ended(NamedTuple):
    """How a child ended: output, errors, exit code (negative: a signal), and why we ended it."""

    output: bytes
    errors: bytes
    code: int
    why: str = ""


def main() -> None:
    """Serve one job and end."""
    job = receive(0)
    limits = Limits(*job["limits"])
    send(1, {"status": "started"})
    mode = {"asserts": _asserts, "script": _script, "calls": _calls}[job["mode"]]
    mode(job, limits)
    send(1, {"status": "end"})


def _report(status: str, value: str = "", detail: str = "") -> bool:
    send(1, {"status": status, "value": value, "detail": detail})
    return status != "timeout"


def _asserts(job: dict[str, Any], limits: Limits) -> None:
    # The program's process is forked before the tests are read: its memory has never held them.
    program = _Program(job["program"], limits)
    tests = receive(0)
    _relay(program.tested_by(lambda fd: run_asserts(tests, fd), limits))


def _calls(job: dict[str, Any], limits: Limits) -> None:
    for _ in range(job["tests"]):
        program = _Program(job["program"], limits)
        arguments = receive(0)
        function = job["function"]
        if not _relay(program.tested_by(lambda fd: run_call(function, arguments, fd), limits)):  # noqa: B023
            return


def _script(job: dict[str, Any], limits: Limits) -> None:
    for _ in range(job["tests"]):
        text, max_bytes = receive(0)
        ended = _run_script(job["program"], text, max_bytes, limits)
        detail = ended.errors.decode(errors="replace").strip()
        if ended.why:
            status = ended.why
        elif ended.code:
            status, detail = "failed", detail or _died(ended.code)
        else:
            status = "returned"
        if not _report(status, ended.output.decode(errors="replace"), detail):
            return


def _died(code: int) -> str:
    if code >= 0:
        return f"the program ended with exit code {code}"
    return f"the program was ended by {signal.Signals(-code).name}"


def _relay(ended: Ended) -> bool:
    if ended.why:
        return _report(ended.why)
    try:
        status, value, detail = ended.output.decode().split("\x00", 2)
    except ValueError:
        return _report("fault", detail=f"the tests' process was lost: {_died(ended.code)}")
    return _report(status, value, detail)


class _Program:
    """A process that runs the program and answers calls."""

    def __init__(self, source: str, limits: Limits) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._limits = limits
        self._deadline = time.monotonic() + WALL_FACTOR * limits.seconds
        self._pid = _fork(lambda: serve(source, 3), {3: theirs.fileno()}, limits)
        theirs.close()

    def tested_by(self, test: Callable[[int], Report], limits: Limits) -> Ended:
        """Fork the tests' process, wait for its report, end both."""

        def report() -> None:
            text = "\x00".join(test(3)).encode(errors="replace")
            with os.fdopen(4, "wb") as pipe:
                pipe.write(text)

        read, write = os.pipe()
        pid = _fork(report, {3: self._socket.fileno(), 4: write}, limits)
        os.close(write)
        self._socket.close()
        try:
            ended = _watch(pid, {read: MAX_REPORT}, self._deadline, self._limits)
        finally:
            os.close(read)
            os.kill(self._pid, signal.SIGKILL)
            _, status, usage = os.wait4(self._pid, 0)
        # Its end reaches the tests as a lost connection: say what it was.
        return ended._replace(why="timeout") if _out_of_time(status, usage, self._limits) else ended


def _run_script(source: str, text: str, max_bytes: int, limits: Limits) -> Ended:
    deadline = time.monotonic() + WALL_FACTOR * limits.seconds
    stdin = os.memfd_create("stdin")
    with os.fdopen(stdin, "wb", closefd=False) as handle:
        handle.write(text.encode(errors="replace"))
    os.lseek(stdin, 0, os.SEEK_SET)
    out, out_end = os.pipe()
    err, err_end = os.pipe()

    def script() -> NoReturn:
        code, detail = run_script(source)
        os.write(2, b"\n" + detail.encode(errors="replace"))
        os._exit(code)

    pid = _fork(script, {0: stdin, 1: out_end, 2: err_end}, limits)
    for fd in (stdin, out_end, err_end):
        os.close(fd)
    ended = _watch(pid, {out: max_bytes, err: None}, deadline, limits)
    os.close(out)
    os.close(err)
    return ended


def _fork(body: Callable[[], None], keep: dict[int, int], limits: Limits) -> int:
    """Run `body` in a child with no rights and no file descriptors but `keep` (new: old)."""
    pid = os.fork()
    if pid:
        return pid
    try:
        null = os.open("/dev/null", os.O_RDWR)
        top = max(2, *keep)
        spare = {new: fcntl.fcntl(keep.get(new, null), fcntl.F_DUPFD, 64) for new in range(top + 1)}
        for new, old in spare.items():
            os.dup2(old, new)
        os.closerange(top + 1, MAX_FD)
        limit_resources(limits.seconds, limits.memory_mb)
        forbid_system_calls()
        body()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - nothing may unwind into the parent's code
        os._exit(98)


def _watch(pid: int, pipes: dict[int, int | None], deadline: float, limits: Limits) -> Ended:
    """Collect a child's output until it ends, takes too long or writes too much; then it is gone.

    Args:
        pid: The child.
        pipes: Its output pipe and bytes allowed, then its error pipe and None: the end is kept.
        deadline: Moment of `time.monotonic`.
        limits: What the child was given.
    """
    collector = _Collector(pipes)
    alive = os.pidfd_open(pid)
    why, ready = "", [-1]
    try:
        while not why and alive not in ready:
            wait = max(0.0, deadline - time.monotonic())
            ready = select.select([*collector.open, alive], [], [], wait)[0]
            why = collector.drain(ready) if ready else "timeout"
        if why:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(alive)
    while not why and (ready := select.select([*collector.open], [], [], 0)[0]):
        why = collector.drain(ready)
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    why = why or ("timeout" if _out_of_time(status, usage, limits) else "")
    output, *errors = (bytes(part) for part in collector.kept.values())
    return Ended(output, b"".join(errors), code, why)


def _out_of_time(status: int, usage: resource.struct_rusage, limits: Limits) -> bool:
    """Whether the kernel ended a process because its processor time was used up.

    A program can ignore the first signal, not the second, which alone could come from elsewhere.
    """
    if not os.WIFSIGNALED(status):
        return False
    used = usage.ru_utime + usage.ru_stime
    return os.WTERMSIG(status) == signal.SIGXCPU or used >= limits.seconds


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
