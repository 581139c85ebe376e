"""Runs model code in bubblewrap sandboxes, which are kept and given one answer after the other.

Without a working sandbox nothing runs: `available` says why and how to get one. An answer whose
sandbox fails gets a fresh one, so that no earlier answer can be the reason. Knows nothing of
verdicts.
"""

import atexit
import contextlib
import functools
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from pipeline.grading.inside.limits import MOST_WALL_FACTOR, Limits
from pipeline.grading.inside.system_calls import ARCHITECTURES
from pipeline.grading.judge import Judge
from pipeline.grading.plans import Check, plan
from pipeline.grading.reports import Exchange, TestReport
from pipeline.grading.session import SandboxError, Session, frame
from pipeline.grading.suites import NEVER_RUN, never_runs, read_asserts

__all__ = ["Limits", "SandboxError", "SandboxStatus", "TestReport"]

GRACE_SECONDS = 20.0
MAX_ANSWERS = 1000
CASES = 20
"""As many as a test with parameters may have, each of which may take its whole time."""
TRIAL = ("def probe(a, b): return a + b", "assert probe(20, 22) == 42")
TRIAL_LIMITS = Limits(20.0, 256)

T = TypeVar("T")

_idle: list[Session] = []


class SandboxStatus(NamedTuple):
    """Whether model code can be run here.

    Attributes:
        ok: A trial run went through.
        reason: What is missing; empty when `ok`.
        remedy: How to get it; empty when `ok`.
    """

    ok: bool
    reason: str = ""
    remedy: str = ""


def run_asserts(program: str, tests: str, limits: Limits) -> TestReport:
    """Run assertions, which find the program's names among their own.

    Returns:
        `passed` only if all were reached and held.

    Raises:
        SandboxError: The sandbox did not start or did not end.
    """
    checks = plan(tests)
    report = _by_plan(program, checks, limits) if checks else None
    if report is not None:
        return report
    try:
        suite = read_asserts(tests)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return TestReport("fault", detail=f"the tests do not run: {error}")
    return _one("asserts", program, tuple(suite), limits, 1)


def _by_plan(program: str, checks: Sequence[Check], limits: Limits) -> TestReport | None:
    """Have the program make the calls that the assertions are about; None where that is no help."""
    payload = frame((program, tuple(limits), [tuple(check.call) for check in checks]))

    def work(session: Session) -> TestReport | None:
        judge = Judge(checks)
        fate = session.ask(payload, _patience(1, limits), limits.seconds, judge.take)
        return judge.verdict(fate)

    return _work(work)


def run_file(program: str, tests: str, limits: Limits, count: int = 0) -> TestReport:
    """Run a file of tests, which imports the program as `solution`.

    Args:
        program: Source.
        tests: Source.
        limits: Bounds of each test.
        count: About how many tests a pytest file holds; 0 for a plain module.

    Returns:
        `passed` only if all were reached and held. For pytest, `value` is a JSON list: how many
        passed, and how many there are.

    Raises:
        SandboxError: The sandbox did not start or did not end.
    """
    if not count and never_runs(tests):
        return TestReport("fault", detail=f"the tests do not run: {NEVER_RUN}")
    if not count:
        return _one("module", program, tests, limits, 1)
    # The bound on all of them together; each has a stopwatch of its own besides.
    cases = count * CASES if "parametrize" in tests else count
    return _one("pytest", program, tests, limits, cases)


def _one(mode: str, program: str, tests: Any, limits: Limits, count: int) -> TestReport:
    job = {"mode": mode, "program": program, "tests": count, "limits": tuple(limits)}
    exchange = _run([job, tests], count, limits)
    if exchange.reports:
        return exchange.reports[0]
    if exchange.fate.code == -signal.SIGXCPU:
        return TestReport("timeout")
    return TestReport("fault", detail=f"the tests' process was lost: {exchange.fate.text}")


def run_scripts(
    program: str, inputs: Sequence[str], max_bytes: Sequence[int], limits: Limits
) -> list[TestReport]:
    """Run a program once for each standard input; ends early at a test that takes too long.

    Raises:
        SandboxError: The sandbox did not start or did not end.
    """
    job = {"mode": "script", "program": program, "tests": len(inputs), "limits": tuple(limits)}
    return _all_of([job, *map(list, zip(inputs, max_bytes, strict=True))], len(inputs), limits)


def run_calls(
    program: str, function: str, arguments: Sequence[list[Any]], limits: Limits
) -> list[TestReport]:
    """Call one function of a program for each argument list; ends early like `run_scripts`.

    Raises:
        SandboxError: The sandbox did not start or did not end.
    """
    job = {"mode": "calls", "program": program, "tests": len(arguments), "function": function}
    return _all_of([job | {"limits": tuple(limits)}, *arguments], len(arguments), limits)


def _all_of(frames: Sequence[Any], tests: int, limits: Limits) -> list[TestReport]:
    exchange = _run(frames, tests, limits)
    if exchange.fate.code or not exchange.reports:
        raise SandboxError(f"the process that runs the tests was lost: {exchange.fate.text}")
    return exchange.reports


def _run(frames: Sequence[Any], tests: int, limits: Limits) -> Exchange:
    payload = b"".join(map(frame, frames))
    return _work(lambda session: session.run(payload, _patience(tests, limits)))


def _patience(tests: int, limits: Limits) -> float:
    return GRACE_SECONDS + tests * (MOST_WALL_FACTOR * limits.seconds + 1)


def _work(work: Callable[[Session], T]) -> T:
    """Work in a sandbox, if there is one here at all."""
    status = available()
    if not status.ok:
        raise SandboxError(f"no sandbox: {status.reason}; {status.remedy}")
    return _in_any(work)


def _in_any(work: Callable[[Session], T]) -> T:
    """Work in a kept sandbox, or in a new one where there is none or it fails."""
    session = _kept()
    if session is not None:
        with contextlib.suppress(SandboxError):
            return _in(session, work)
    return _in(Session(), work)


def _kept() -> Session | None:
    while _idle:
        session = _idle.pop()
        if session.owner == os.getpid():
            return session
    return None


def _in(session: Session, work: Callable[[Session], T]) -> T:
    try:
        result = work(session)
    except BaseException:
        session.close()
        raise
    if session.reusable and session.served < MAX_ANSWERS:
        _idle.append(session)
    else:
        session.close()
    return result


def close() -> None:
    """End all sandboxes that wait for answers."""
    while (session := _kept()) is not None:
        session.close()


atexit.register(close)


@functools.cache
def available() -> SandboxStatus:
    """Try the sandbox once in this process and say how to get one where it fails."""
    machine = os.uname().machine if sys.platform == "linux" else "this machine"
    if machine not in ARCHITECTURES:
        known = " or ".join(ARCHITECTURES)
        return SandboxStatus(False, f"{sys.platform} on {machine}", f"use Linux on {known}")
    if shutil.which("bwrap") is None:
        return SandboxStatus(
            False, "bubblewrap is not installed", "apt-get install bubblewrap (or dnf, apk, pacman)"
        )
    program, tests = TRIAL
    job = {"mode": "asserts", "program": program, "tests": 1, "limits": tuple(TRIAL_LIMITS)}
    try:
        payload = frame(job) + frame(tuple(read_asserts(tests)))
        reports = _in_any(lambda session: session.run(payload, GRACE_SECONDS)).reports
    except SandboxError as error:
        return SandboxStatus(False, str(error), _remedy(str(error)))
    if [report.status for report in reports] != ["passed"]:
        return SandboxStatus(False, f"the trial program did not pass: {reports}", _remedy(""))
    return SandboxStatus(True)


def _remedy(message: str) -> str:
    if "ermitted" in message or "namespace" in message or "uid map" in message:
        return (
            "allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 "
            "user.max_user_namespaces=10000 kernel.apparmor_restrict_unprivileged_userns=0; in a "
            "container, run it with --security-opt seccomp=unconfined"
        )
    return "run the command by hand: bwrap --unshare-user --ro-bind / / true"
