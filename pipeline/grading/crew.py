"""The pool's end of one grading process: starts it, feeds it, hears it, ends it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path

from pipeline.grading import registry
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.grading.worker import READY
from pipeline.settings import GradingSettings

START_SECONDS = 120.0
# The kernel ends an answer by its processor time; this wall clock is for one that waits for ever.
WALL_FACTOR = 10.0
TIMED_OUT = -int(signal.SIGPROF)
ROOT = Path(__file__).parents[2]

Item = tuple[int, GradeRequest]


class Worker:
    """One process and the batch it has.

    Attributes:
        batch: What it has not answered yet; the first one is what it is at.
        deadline: Moment of `time.monotonic` until which it must say something.
        ready: It has started and read its imports.
    """

    def __init__(self, settings: GradingSettings) -> None:
        self.batch: deque[Item] = deque()
        self.ready = False
        self._wall = settings.math_seconds * WALL_FACTOR + START_SECONDS
        child_in, ours_out = os.pipe()
        ours_in, child_out = os.pipe()
        self._process = _start(child_in, child_out)
        os.close(child_in)
        os.close(child_out)
        self.results = Connection(ours_in, writable=False)
        self._requests = Connection(ours_out, readable=False)
        self.deadline = time.monotonic() + START_SECONDS
        with contextlib.suppress(BrokenPipeError):
            self._requests.send(settings.model_dump_json())

    @property
    def gone(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def give(self, batch: Iterable[Item]) -> None:
        """Send a batch; a worker that is gone is noticed when its results end."""
        self.batch = deque(batch)
        self.deadline = time.monotonic() + START_SECONDS
        with contextlib.suppress(BrokenPipeError):
            self._requests.send([(index, tuple(request)) for index, request in self.batch])

    def hear(self) -> tuple[int, Grade] | None:
        """The next message: a grade, or None where it only says how far it is.

        Raises:
            EOFError: The worker is gone.
        """
        index, grade = self.results.recv()
        self.ready = True
        self.deadline = time.monotonic() + START_SECONDS
        if index == READY:
            return None
        if grade is None:
            bounded = registry.find(self.batch[0][1].grader).bounded
            self.deadline = float("inf") if bounded else time.monotonic() + self._wall
            return None
        self.batch.popleft()
        return index, Grade(*grade)

    def end(self) -> int:
        """Kill and collect; returns the exit code."""
        self._process.kill()
        code = self._process.wait()
        self._requests.close()
        self.results.close()
        return code


def _start(source: int, target: int) -> "subprocess.Popen[bytes]":
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
        "OPENBLAS_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.grading.worker", str(source), str(target)],
        pass_fds=(source, target),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
