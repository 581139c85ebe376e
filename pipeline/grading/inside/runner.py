"""First process in the sandbox: forks a fresh process for each answer and never reads one.

So every answer starts from the same memory, whichever came before, and no trace of one can stand
in the memory of the next. Anything else that an answer could leave behind ends the sandbox.
"""

# Programs import these most often: here they are read once instead of by each program.
import _socket
import bisect  # noqa: F401
import collections  # noqa: F401
import contextlib
import copy  # noqa: F401
import datetime  # noqa: F401
import fcntl
import functools  # noqa: F401
import gc
import heapq  # noqa: F401
import itertools  # noqa: F401
import math  # noqa: F401
import operator  # noqa: F401
import os
import re  # noqa: F401
import select
import signal
import string  # noqa: F401
import sys
import time
from typing import NamedTuple, NoReturn

from . import direct, jobs
from .limits import Stopwatch, limit_constants
from .process import fork, out_of_time
from .rehearsal import rehearse
from .system_calls import prepare
from .wire import send

WRITABLE = ("/tmp", "/work")
LOST = 97
JOBS, REPORTS, CONTROL, ERRORS, SPARE = 60, 61, 62, 63, 100
REALTIME_COARSE = 5  # the clock of file times


class Order(NamedTuple):
    """What the host wants next; the job itself waits on another descriptor, unread.

    Attributes:
        what: job, direct, or stop.
        seconds: Processor time of a direct one.
        answers: Where a direct one writes to.
    """

    what: str
    seconds: float
    answers: int


class Fate(NamedTuple):
    """How it ended: exit code or minus the signal, and why we ended it."""

    code: int
    why: str = ""


def main() -> None:
    """Serve answers until there are no more, or until one has left something behind."""
    if os.getpid() != 1:
        sys.exit("this is for the sandbox only: it ends every other process that it can")
    _move_descriptors(int(sys.argv[1]))
    channel = _socket.socket(fileno=CONTROL)
    prepare()
    rehearse()
    limit_constants()
    folders = _state_of_folders()
    gc.collect()
    gc.freeze()
    send(CONTROL, {"code": 0, "why": "", "again": True})
    while (order := _order(channel)) is not None:
        if order.what == "stop":  # came too late
            continue
        fate = _direct(order) if order.what == "direct" else _served()
        _end_all()
        again = (order.what == "direct" or fate.code == 0) and not _pending()
        again = again and _state_of_folders() == folders
        send(CONTROL, {"code": fate.code, "why": fate.why, "again": again})
        if not again:
            return


def _move_descriptors(control: int) -> None:
    """Away from 0 to 2, which programs use; all others are closed."""
    wanted = {JOBS: 0, REPORTS: 1, CONTROL: control, ERRORS: 2}
    spare = {new: fcntl.fcntl(old, fcntl.F_DUPFD, SPARE) for new, old in wanted.items()}
    os.closerange(0, SPARE)
    for _ in range(3):
        os.open("/dev/null", os.O_RDWR)
    for new, old in spare.items():
        os.dup2(old, new)
    os.closerange(ERRORS + 1, os.sysconf("SC_OPEN_MAX"))


def _order(channel: _socket.socket) -> Order | None:
    message, descriptors, *_ = channel.recvmsg(64, _socket.CMSG_SPACE(4))
    if not message:
        return None
    what, _, seconds = message.decode().partition(" ")
    fds = [int.from_bytes(data[:4], sys.byteorder) for _, _, data in descriptors]
    return Order(what, float(seconds or 0), fds[0] if fds else -1)


def _pending() -> bool:
    """Whether a part of the job was never read."""
    return bool(select.select([JOBS], [], [], 0)[0])


def _served() -> Fate:
    """Run one answer in a process that reads the job and starts others."""
    pid = os.fork()
    if not pid:
        _serve()
    _, status = os.waitpid(pid, 0)
    return Fate(os.waitstatus_to_exitcode(status))


def _serve() -> NoReturn:
    try:
        os.close(CONTROL)
        jobs.serve(JOBS, REPORTS)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - nothing may unwind into the first process
        os.dup2(ERRORS, 2)
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(LOST)


def _direct(order: Order) -> Fate:
    """Run one answer in a process that does it all, until it ends or is ended."""
    pid = fork(lambda: direct.serve(JOBS, order.answers))
    os.close(order.answers)
    stopwatch, alive, why = Stopwatch(pid, order.seconds), os.pidfd_open(pid), ""
    while not why:
        ready = select.select([alive, CONTROL], [], [], stopwatch.pause())[0]
        if alive in ready:
            break
        if ready:
            why = "stopped"
        elif stopwatch.over():
            why = "timeout"
    os.close(alive)
    if why:
        os.kill(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    why = why or ("timeout" if out_of_time(status, usage, order.seconds) else "")
    return Fate(os.waitstatus_to_exitcode(status), why)


def _end_all() -> None:
    """As process 1 of its namespace, end all others in it; all orphans are its children."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def _state_of_folders() -> list[tuple[object, ...]]:
    """Changes with anything that happens in a writable folder, even if it is undone.

    The kernel alone sets the time of change, to the tick of its clock: a folder that changed within
    this tick is given time, so that no later change can have the same one.
    """
    states = [os.stat(folder) for folder in WRITABLE]  # noqa: PTH116 - a heavy import
    while max(state.st_ctime_ns for state in states) >= time.clock_gettime_ns(REALTIME_COARSE):
        time.sleep(0.001)
    return [(tuple(state), state.st_ctime_ns, state.st_atime_ns) for state in states]
