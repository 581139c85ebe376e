"""One program of verl's environment: started, kept, followed, ended with all that it started.

Knows nothing of what the program does.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline.errors import MachineError
from pipeline.tiering.vllm import keeper
from pipeline.tiering.vllm.diagnosis import exit_text

LOOK_SECONDS = 0.5
# The keeper kills what is left after this, and waits for the kernel.
KEEPER_SECONDS = 45.0
END_BYTES = 512 * 1024
SHOWN_LINES = 12
# Ray puts names and colours before lines of its workers.
_PREFIX = re.compile(r"\x1b\[[0-9;]*m|^\([^)]*pid=[^)]*\)\s*")
_ERROR = re.compile(r"^[\w.]*(?:Error|Exception|Interrupt)(?:\([^)]*\))?: \S.*")
# What only says that another process failed.
_SECOND_HAND = ("RayTaskError", "ray.exceptions", "CalledProcessError", "ActorDiedError")


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    stop_seconds: float,
    look: Callable[[], None] = lambda: None,
) -> None:
    """Run a program to its end; nothing that it started is left, however this ends.

    Args:
        command: With its arguments.
        environment: All of its variables.
        log: Where it writes; it runs in the folder above that of the log.
        stop_seconds: Between asking it to stop and killing it.
        look: Called now and then while it runs.

    Raises:
        MachineError: It fails, or cannot be started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    # In a session of its own: a Ctrl-C is ours, and we end it in order.
    attended = [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid()), str(stop_seconds)]
    with log.open("ab") as file:
        child = subprocess.Popen(
            [*attended, *command],
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
            env=dict(environment), cwd=log.parent.parent, start_new_session=True,
        )  # fmt: skip
    try:
        while child.poll() is None:
            time.sleep(LOOK_SECONDS)
            look()
    finally:
        _end(child, stop_seconds)
    look()
    if child.returncode:
        raise MachineError(complaint(log, child.returncode))


def _end(child: "subprocess.Popen[bytes]", stop_seconds: float) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(stop_seconds + KEEPER_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def complaint(log: Path, code: int) -> str:
    """What went wrong, as far as the end of the log says it."""
    lines = _last_lines(log)
    errors = [line for line in lines if _ERROR.match(line)]
    own = [line for line in errors if not any(name in line for name in _SECOND_HAND)]
    shown = "\n".join(lines[-SHOWN_LINES:])
    reason = (own or errors or ["the log says no more"])[-1]
    return f"training ended with {exit_text(code)}: {reason}\nend of {log}:\n{shown}"


def _last_lines(log: Path) -> list[str]:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - END_BYTES))
        text = file.read().decode(errors="replace")
    lines = (_PREFIX.sub("", _PREFIX.sub("", line)).rstrip() for line in text.splitlines())
    return [line for line in lines if line.strip()]
