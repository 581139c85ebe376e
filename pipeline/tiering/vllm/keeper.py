"""Keeps one server and everything it starts; ends them all when its parent or the server is gone.

A program of its own, of the standard library alone: `python keeper.py PARENT GRACE COMMAND...`.
A vLLM server that is killed leaves its engine and workers behind, with their GPU memory. So orphans
become children of the keeper, and it ends after the last of them. It exits as the server did.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

DIE_WITH_PARENT = 1
ADOPT_ORPHANS = 36
LOOK_SECONDS = 0.25
# Trackers remove the shared memory of those who did not; they end by themselves after the rest.
TRACKER = b"multiprocessing.resource_tracker"
TRACKER_SECONDS = 3.0
KILL_SECONDS = 30.0
STOP = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
NOT_STARTED = 127


def main(arguments: list[str]) -> int:
    """Run the command until it ends, the parent ends, or somebody says stop."""
    parent, grace, command = int(arguments[0]), float(arguments[1]), arguments[2:]
    _prctl(ADOPT_ORPHANS, 1)
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP | {signal.SIGCHLD})
    try:
        server = subprocess.Popen(command, preexec_fn=_as_server)
    except OSError as error:
        _say(f"cannot run {command[0]}: {error.strerror}")
        return NOT_STARTED
    status = _attend(server.pid, parent)
    status = _end_all(server.pid, grace, status)
    code = os.waitstatus_to_exitcode(status or 0)
    return code if code >= 0 else 128 - code


def _as_server() -> None:
    """Between fork and exec; there are no threads here."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP | {signal.SIGCHLD})
    _prctl(DIE_WITH_PARENT, signal.SIGTERM)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _attend(server: int, parent: int) -> int | None:
    """Wait; give the server's status, or None where it is to be ended."""
    while True:
        status = _reap(server)
        if status is not None:
            return status
        if os.getppid() != parent:
            _say("the process that wanted this server is gone")
            return None
        heard = signal.sigtimedwait(STOP | {signal.SIGCHLD}, LOOK_SECONDS)
        if heard is not None and heard.si_signo in STOP:
            return None


def _reap(server: int) -> int | None:
    """Bury dead children; give the server's status if it is among them."""
    found = None
    with contextlib.suppress(ChildProcessError):
        while (dead := os.waitpid(-1, os.WNOHANG))[0]:
            found = dead[1] if dead[0] == server else found
    return found


def _end_all(server: int, grace: float, status: int | None) -> int | None:
    """Ask all descendants to end, then kill them; trackers last."""
    for number, seconds, trackers in (
        (signal.SIGTERM, grace, True),
        (signal.SIGKILL, TRACKER_SECONDS, False),
        (signal.SIGKILL, KILL_SECONDS, True),
    ):
        until = time.monotonic() + seconds
        asked: set[int] = set()
        while time.monotonic() < until:
            reaped = _reap(server)
            status = status if reaped is None else reaped
            living = _descendants(os.getpid())
            if not living:
                return status
            for pid in living - asked:
                if trackers or not _is_tracker(pid):
                    _send(pid, number)
            asked |= living
            time.sleep(0.05)
    _say(f"processes {sorted(_descendants(os.getpid()))} cannot be ended; look at them by hand")
    return status


def _descendants(root: int) -> set[int]:
    """All processes below one.

    Zombies count: one whose threads still live keeps its children from becoming ours, and any other
    is buried as soon as it is ours.
    """
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (parent := _parent_of(entry)) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    queue = [root]
    while queue:
        below = children.get(queue.pop(), [])
        found.update(below)
        queue.extend(below)
    return found


def _parent_of(entry: Path) -> int | None:
    try:
        # The name of the program stands in brackets and may hold anything.
        return int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def _is_tracker(pid: int) -> bool:
    try:
        return TRACKER in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _say(text: str) -> None:
    sys.stderr.write(f"xrouter keeper: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
