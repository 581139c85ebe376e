"""Runs all tests of one answer: this process is fresh for it, and ends with it.

No descriptor of jobs or reports is left open in a process that runs model code. What a program
should have answered never enters the sandbox where only the answer is wanted.
"""

import marshal
import os
import signal
from types import CodeType
from typing import NamedTuple, NoReturn

from .limits import Limits
from .pair import Job, Link, Program, Run, become_tests, start
from .process import Ended, confine, describe_end, fork, out_of_time, watch
from .program import compiled, run_script
from .tester import Report, run_asserts, run_call
from .wire import receive_job, send

MAX_REPORT = 4 << 20
MAX_CODE = 16 << 20
MIN_COMPILED = 3


def _module(tests: str, link: Link) -> Report:
    from .files import run_module  # only few rows need these modules, and each makes forks slower

    return run_module(tests, link)


def _pytest(tests: str, link: Link) -> Report:
    from .files import run_pytest

    return run_pytest(tests, link)


FORMS: dict[str, Run] = {"asserts": run_asserts, "module": _module, "pytest": _pytest}


class Desk(NamedTuple):
    """File descriptors of this process: jobs come in, reports go out; `null` leads nowhere."""

    jobs: int
    reports: int
    null: int


def serve(jobs: int, reports: int) -> None:
    """Run one job; ends early, without reading all of it, at a test that takes too long."""
    # Made anew for each answer: flags of an open file are shared by all who inherit it.
    null = os.open("/dev/null", os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    desk = Desk(jobs, reports, null)
    message = receive_job(jobs)
    job = Job(message["program"], Limits(*message["limits"]), message["tests"])
    mode = message["mode"]
    if mode == "script":
        return _scripts(job, desk)
    if mode == "calls":
        return _calls(job, message["function"], desk)
    # The program has its process before the tests are read: its memory never held them.
    program = start(job)
    tests = receive_job(jobs)
    become_tests(program, job, tests, FORMS[mode], reports, lambda r: _say(reports, r))


def _say(fd: int, report: Report) -> None:
    send(fd, {"status": report.status, "value": report.value, "detail": report.detail[:300]})


def _calls(job: Job, function: str, desk: Desk) -> None:
    for _ in range(job.tests):
        report = _relayed(_called(job._replace(tests=1), function, desk))
        _say(desk.reports, report)
        if report.status == "timeout":
            return


def _called(job: Job, function: str, desk: Desk) -> Ended:
    program = start(job)
    read, write = os.pipe()

    def tests() -> NoReturn:
        arguments = receive_job(desk.jobs)
        run: Run = lambda values, link: run_call(function, values, link)  # noqa: E731
        become_tests(program, job, arguments, run, write, lambda report: _pass_on(write, report))

    pid = fork(tests)
    for fd in (write, *program.pipes):
        os.close(fd)
    try:
        return _with_fate(watch(pid, {read: MAX_REPORT}, float("inf")), program, job)
    finally:
        os.close(read)


def _with_fate(ended: Ended, program: Program, job: Job) -> Ended:
    """End the program too; one that was ended reaches the tests as a lost connection only."""
    os.kill(program.pid, signal.SIGKILL)
    _, status, usage = os.wait4(program.pid, 0)
    spent = out_of_time(status, usage, job.limits.seconds)
    return ended._replace(why="timeout") if spent and not ended.why else ended


def _pass_on(fd: int, report: Report) -> None:
    with os.fdopen(fd, "wb") as pipe:
        pipe.write("\x00".join(report).encode(errors="replace"))


def _relayed(ended: Ended) -> Report:
    if ended.why:
        return Report(ended.why)
    try:
        return Report(*ended.output.decode().split("\x00", 2))
    except (ValueError, TypeError):
        detail = f"the tests' process was lost: {describe_end(ended.code)}"
        return Report("fault", detail=detail)


def _scripts(job: Job, desk: Desk) -> None:
    code = _compiled(job) if job.tests >= MIN_COMPILED else b""
    for _ in range(job.tests):
        text, max_bytes = receive_job(desk.jobs)
        report = _script_report(_run_script(job, code, text, max_bytes, desk))
        _say(desk.reports, report)
        if report.status == "timeout":
            return


def _script_report(ended: Ended) -> Report:
    detail = ended.errors.decode(errors="replace").strip()
    if ended.why:
        return Report(ended.why, detail=detail)
    if ended.code:
        return Report("failed", detail=detail or describe_end(ended.code))
    return Report("returned", ended.output.decode(errors="replace"), detail)


def _compiled(job: Job) -> bytes:
    """The program as marshalled code, made by a process without rights; empty if that failed."""
    read, write = os.pipe()

    def compile_it() -> None:
        confine((write,), job.limits)
        with os.fdopen(write, "wb") as pipe:
            pipe.write(marshal.dumps(compiled(job.program)))

    pid = fork(compile_it)
    os.close(write)
    ended = watch(pid, {read: MAX_CODE}, job.limits.seconds)
    os.close(read)
    return b"" if ended.why or ended.code else ended.output


def _run_script(job: Job, code: bytes, text: str, max_bytes: int, desk: Desk) -> Ended:
    stdin = os.memfd_create("stdin")
    with os.fdopen(stdin, "wb", closefd=False) as handle:
        handle.write(text.encode(errors="replace"))
    os.lseek(stdin, 0, os.SEEK_SET)
    out, out_end = os.pipe()
    err, err_end = os.pipe()
    ends = (stdin, out_end, err_end)
    for new, old in enumerate(ends):
        os.dup2(old, new)

    def script() -> NoReturn:
        confine((), job.limits)
        ready: CodeType | None = marshal.loads(code) if code else None
        status, detail = run_script(job.program, ready)
        os.write(2, b"\n" + detail.encode(errors="replace"))
        os._exit(status)

    pid = fork(script)
    for new, old in enumerate(ends):
        os.dup2(desk.null, new)
        os.close(old)
    ended = watch(pid, {out: max_bytes, err: None}, job.limits.seconds)
    os.close(out)
    os.close(err)
    return ended
