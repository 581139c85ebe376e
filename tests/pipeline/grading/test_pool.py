"""Grading in worker processes: equal results for any number, one bad answer costs one."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.grading import pool, registry, sandbox
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings
from schemas.attempts import VERDICTS

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = GradingSettings(math_seconds=1.5, code_seconds=3, code_memory_mb=256)
HANG = GradeRequest("math", r"\boxed{9^{9^{9^{9}}}}", '"x+1"')
EASY = GradeRequest("math", r"\boxed{7}", '"7"')
SYMBOLIC = GradeRequest("math", r"\boxed{x^2+2x+1}", '"(x+1)^2"')
WRONG = GradeRequest("math", r"\boxed{x+2}", '"x+1"')
CODE = GradeRequest(
    "code", "```python\ndef f(): return 1\n```", '{"functional": "assert f() == 1"}'
)
CHAT = GradeRequest("chat", "Hello there", "null")


class Counting:
    def __init__(self) -> None:
        self.total = self.done = 0

    def start(self, label: str, total: int) -> None:
        self.total = total

    def advance(self, steps: int = 1) -> None:
        self.done += steps


def verdicts(grades: list[Grade]) -> list[str]:
    return [grade.verdict for grade in grades]


def test_cheap_answers_need_no_worker() -> None:
    began = time.monotonic()
    assert verdicts(pool.grade_many([EASY] * 5 + [CHAT], SETTINGS, 4)) == ["correct"] * 6
    assert time.monotonic() - began < 20
    assert not workers_of(os.getpid())


def test_nothing_to_grade() -> None:
    assert pool.grade_many([], SETTINGS, 2) == []


def test_an_unknown_grader_is_named() -> None:
    with pytest.raises(SettingsError, match="unknown grader 'maths'; known are chat, choice"):
        pool.grade_many([EASY._replace(grader="maths")], SETTINGS, 1)


def test_every_grader_has_a_version_and_known_verdicts() -> None:
    for name in registry.names():
        assert registry.version(name)
        result = registry.grade(GradeRequest(name, "text", "[]"), SETTINGS)
        assert result.verdict in VERDICTS
        assert (result.grader, result.version) == (name, registry.version(name))
        assert (result.score is None) == (result.verdict == "ungraded")
        assert (result.detail is None) == (result.verdict == "correct")


@pytest.mark.slow
def test_any_number_of_workers_gives_equal_grades_and_a_hang_costs_one() -> None:
    several = [
        GradeRequest("math", rf"\boxed{{{n}x+{n}}}", json.dumps(f"{n}(x+1)")) for n in range(2, 12)
    ]
    requests = [SYMBOLIC, EASY, HANG, WRONG, *several, SYMBOLIC, CODE, CHAT]
    progress = Counting()
    one = pool.grade_many(requests, SETTINGS, 1, progress)
    assert one == pool.grade_many(requests, SETTINGS, 2)
    assert (progress.total, progress.done) == (len(requests), len(requests))
    code = "correct" if sandbox.available().ok else "ungraded"
    assert verdicts(one) == [
        *("correct", "correct", "ungraded", "wrong"),
        *["correct"] * 11,
        code,
        "correct",
    ]
    assert one[2].detail == "timed out after 1.5 s"
    assert not workers_of(os.getpid())


def test_equal_requests_are_graded_once() -> None:
    began = time.monotonic()
    grades = pool.grade_many([HANG] * 50, SETTINGS, 2)
    assert verdicts(grades) == ["ungraded"] * 50
    assert time.monotonic() - began < 40


def test_a_pool_keeps_its_processes_but_none_whose_answer_nobody_waits_for() -> None:
    with pool.GradingPool(SETTINGS, 1) as kept:
        assert [grade.verdict for _, grade in kept.stream([SYMBOLIC])] == ["correct"]
        first = workers_of(os.getpid())
        assert [grade.verdict for _, grade in kept.stream([WRONG])] == ["wrong"]
        assert workers_of(os.getpid()) == first
        os.kill(first[0], signal.SIGKILL)
        while alive(first[0]):
            time.sleep(0.01)
        # One that was lost between two calls costs no answer.
        assert [grade.verdict for _, grade in kept.stream([SYMBOLIC])] == ["correct"]
        more = [WRONG._replace(text=rf"\boxed{{x+{n}}}") for n in range(3, 9)]
        cut = kept.stream([SYMBOLIC, HANG, *more])  # the first two are one batch
        assert next(cut)[1].verdict == "correct"
        assert workers_of(os.getpid())
        cut.close()
        assert not workers_of(os.getpid())
        assert [grade.verdict for _, grade in kept.stream([WRONG])] == ["wrong"]
    assert not workers_of(os.getpid())


@pytest.mark.slow
def test_a_worker_that_dies_costs_one_answer() -> None:
    settings = GradingSettings(math_seconds=200)
    results: list[Grade] = []
    thread = threading.Thread(
        target=lambda: results.extend(pool.grade_many([HANG, SYMBOLIC, WRONG], settings, 1))
    )
    thread.start()
    pid = busy_worker(os.getpid(), 4.0)
    os.kill(pid, signal.SIGSEGV)
    thread.join(120)
    assert verdicts(results) == ["ungraded", "correct", "wrong"]
    assert results[0].detail == "the grading process died (SIGSEGV)"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_an_interrupt_leaves_no_process(number: int) -> None:
    script = (
        "from pipeline.grading import pool\nfrom pipeline.grading.verdicts import GradeRequest\n"
        "from pipeline.settings import GradingSettings\n"
        f"requests = [GradeRequest('math', {HANG.text!r}, f'\"x+{{n}}\"') for n in range(1, 9)]\n"
        "pool.grade_many(requests, GradingSettings(math_seconds=500), 2)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True
    )
    busy_worker(parent.pid, 4.0)
    children = workers_of(parent.pid)
    assert children
    parent.send_signal(number)
    assert parent.wait(30) != 0
    deadline = time.monotonic() + 10
    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, children))


def workers_of(parent: int) -> list[int]:
    listing = subprocess.run(
        ["ps", "-wweo", "pid,ppid,args"], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 2) for line in listing.stdout.splitlines()[1:]]
    return [
        int(pid) for pid, ppid, args in rows if int(ppid) == parent and "grading.worker" in args
    ]


def busy_worker(parent: int, seconds: float) -> int:
    """The first worker that has used that much processor time."""
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        for pid in workers_of(parent):
            if used(pid) >= seconds:
                return pid
        time.sleep(0.2)
    pytest.fail("no worker got busy")


def used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
