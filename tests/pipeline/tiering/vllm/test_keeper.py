"""The keeper process by itself."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pipeline.tiering.vllm.replica import KEEPER

ORPHAN = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"],
    start_new_session=True)
open(sys.argv[1], "w").write(str(child.pid))
os._exit(7)
"""

# The main thread ends and another goes on: a zombie with a living child.
HALF_DEAD = """
import ctypes, platform, subprocess, sys, threading, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[platform.machine()], 0)
"""


def keep(*command: str, parent: int | None = None, grace: float = 2.0) -> int:
    keeper = [sys.executable, "-I", "-S", str(KEEPER), str(parent or os.getpid()), str(grace)]
    return subprocess.run(
        [*keeper, *command], stderr=subprocess.PIPE, timeout=60, check=False
    ).returncode


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["sh", "-c", "exit 0"], 0),
        (["sh", "-c", "exit 5"], 5),
        (["sh", "-c", "kill -9 $$"], 137),
        (["/no/such/program"], 127),
    ],
    ids=["success", "failure", "signal", "missing"],
)
def test_it_exits_as_the_server_did(command: Sequence[str], code: int) -> None:
    assert keep(*command) == code


def test_it_ends_after_the_last_orphan(tmp_path: Path, lives: Callable[[int], bool]) -> None:
    note = tmp_path / "pid"
    assert keep(sys.executable, "-c", ORPHAN, str(note)) == 7
    assert not lives(int(note.read_text()))


def test_it_finds_the_children_of_a_zombie(tmp_path: Path, lives: Callable[[int], bool]) -> None:
    note = tmp_path / "pid"
    keeper = [sys.executable, str(KEEPER), str(os.getpid()), "1"]
    with subprocess.Popen([*keeper, sys.executable, "-c", HALF_DEAD, str(note)]) as process:
        while not (note.exists() and note.read_text()):
            time.sleep(0.02)
        time.sleep(0.5)
        process.terminate()
        process.wait(20)
    assert not lives(int(note.read_text()))


def test_it_does_not_outlive_its_parent() -> None:
    began = time.monotonic()
    assert keep("sleep", "600", parent=1) == 143
    assert time.monotonic() - began < 60


def test_its_server_hears_signals(tmp_path: Path) -> None:
    script = "trap 'exit 9' TERM; touch ready; while :; do sleep 0.05; done"
    keeper = [sys.executable, str(KEEPER), str(os.getpid()), "5", "sh", "-c", script]
    with subprocess.Popen(keeper, cwd=tmp_path) as process:
        while not (tmp_path / "ready").exists():
            time.sleep(0.02)
        process.terminate()
        assert process.wait(20) == 9
