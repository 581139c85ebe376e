"""A program and its tests, each in its own process, with a connection between them."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from .handles import Tests
from .limits import Limits, Stopwatch
from .peer import Pipes
from .process import confine, describe_end, fork, out_of_time
from .program import serve
from .tester import Report

REAP_SECONDS = 0.2
# Tests may be megabytes of data, which is no fault of the program.
TESTS_MEMORY_FACTOR = 4

Finish = Callable[[Report], None]
Run = Callable[[Any, "Link"], Report]


class Job(NamedTuple):
    """What all tests of an answer share.

    Attributes:
        program: Source.
        limits: Bounds of one test.
        tests: How many tests the program may need its time for.
    """

    program: str
    limits: Limits
    tests: int = 1


class Program(NamedTuple):
    """A running program, and the tests' end of the connection to it."""

    pid: int
    pipes: Pipes


class Link(Tests):
    """The tests' end, which also knows how the program is doing."""

    def __init__(self, program: Program, limits: Limits, finish: Finish) -> None:
        super().__init__(program.pipes)
        self.progress = ""
        self._pid = program.pid
        self._seconds = limits.seconds
        self._finish = finish
        self._stopwatch = Stopwatch(program.pid, limits.seconds)
        self._own = Stopwatch(os.getpid(), limits.seconds)

    def watch(self) -> None:
        """From now on end this process once the program has used up its time, or only waits."""
        signal.signal(signal.SIGALRM, self._look)
        self._look()

    def _look(self, *_: Any) -> None:
        if self._stopwatch.over() or self._own.spent():
            self.end(Report("timeout", self.progress))
        signal.setitimer(signal.ITIMER_REAL, self._stopwatch.pause())

    def next_test(self) -> bool:
        """The next test has all the time again; False where the last one took too much."""
        in_time = not self._stopwatch.spent()
        self._stopwatch.mark()
        self._own.mark()
        return in_time

    def end(self, report: Report) -> NoReturn:
        """Say what came out, and be gone."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._finish(report)
        os._exit(0)

    def judge(self, report: Report) -> Report:
        """The report of tests that ran to their end, unless something went wrong on the way."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self.uncarried:
            return Report("fault", detail=self.uncarried)
        if self.lost:
            return self._fate()
        if report.status == "passed" and not self.next_test():
            return Report("timeout", report.value)
        return report

    def _fate(self) -> Report:
        """What became of a program that no longer answers, if it is a child of this process."""
        until = time.monotonic() + REAP_SECONDS
        while time.monotonic() < until:
            try:
                pid, status, usage = os.wait4(self._pid, os.WNOHANG)
            except ChildProcessError:
                break
            if pid and out_of_time(status, usage, self._seconds):
                return Report("timeout", self.progress)
            if pid:
                detail = describe_end(os.waitstatus_to_exitcode(status))
                return Report("failed", self.progress, detail)
            time.sleep(0.001)
        return Report("failed", self.progress, "the program broke off")


def start(job: Job) -> Program:
    """Start the program in a process without rights."""
    asked, ask = os.pipe()
    answered, answer = os.pipe()

    def program() -> None:
        confine((asked, answer), job.limits, job.tests)
        serve(job.program, Pipes(asked, answer))

    pid = fork(program)
    os.close(asked)
    os.close(answer)
    return Program(pid, Pipes(answered, ask))


def become_tests(
    program: Program, job: Job, tests: Any, run: Run, report_fd: int, finish: Finish
) -> NoReturn:
    """Take all rights away from this process, run the tests of a program in it, and end it."""
    link = Link(program, job.limits, finish)
    memory = job.limits.memory_mb * TESTS_MEMORY_FACTOR
    confine(sorted((*program.pipes, report_fd)), job.limits._replace(memory_mb=memory), job.tests)
    link.watch()
    link.end(link.judge(run(tests, link)))
