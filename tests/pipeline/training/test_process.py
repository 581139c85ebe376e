"""Programs of another environment: followed, ended with all they started, their ends explained."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import MachineError
from pipeline.training.process import run

CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def program(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pid_in(log: Path) -> int:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if log.exists() and log.read_text().strip():
            return int(log.read_text().split()[0])
        time.sleep(0.05)
    raise AssertionError("the program says nothing")


def test_a_program_runs_to_its_end_and_is_looked_at(tmp_path: Path) -> None:
    looks: list[str] = []
    log = tmp_path / "log" / "1.log"
    run(program("print('done')"), os.environ, log, 5.0, lambda: looks.append(log.read_text()))
    assert looks[-1] == "done\n"


def test_it_runs_in_the_folder_of_the_run(tmp_path: Path) -> None:
    run(program("open('here', 'w')"), os.environ, tmp_path / "log" / "1.log", 5.0)
    assert (tmp_path / "here").exists()


def test_the_error_that_began_it_is_told(tmp_path: Path) -> None:
    text = (
        "print('(Worker pid=7) RuntimeError: no room for 3 groups')\n"
        "print('ray.exceptions.RayTaskError: see above')\n"
        "raise SystemExit(4)"
    )
    with pytest.raises(MachineError) as caught:
        run(program(text), os.environ, tmp_path / "log" / "1.log", 5.0)
    assert str(caught.value).startswith(
        "training ended with exit code 4: RuntimeError: no room for 3 groups\nend of "
    )


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What a shell starts in the background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_it_with_all_that_it_started(interruptible: None, tmp_path: Path) -> None:
    log = tmp_path / "log" / "1.log"

    def interrupt() -> None:
        pid_in(log)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run(program(CHILD), os.environ, log, 2.0)
    thread.join()
    assert not alive(pid_in(log))


def test_nothing_is_left_where_we_are_killed_ourselves(tmp_path: Path) -> None:
    log = tmp_path / "log" / "1.log"
    ours = (
        "import os, pathlib\nfrom pipeline.training.process import run\n"
        f"run([{sys.executable!r}, '-c', {CHILD!r}], os.environ, pathlib.Path({str(log)!r}), 2.0)"
    )
    root = Path(__file__).resolve().parents[3]
    parent = subprocess.Popen(program(ours), cwd=root)
    child = pid_in(log)
    parent.kill()
    parent.wait()
    until = time.monotonic() + 30
    while alive(child) and time.monotonic() < until:
        time.sleep(0.1)
    assert not alive(child)
