"""One grading process: reads requests on a pipe, says what it starts and decides.

It may hang or die at any answer; `pool` sees where it was. Its processor time is bounded by the
kernel, so that a verdict does not depend on how busy the machine is.
"""

import ctypes
import os
import resource
import signal
import sys
from multiprocessing.connection import Connection

from pipeline.grading import registry
from pipeline.grading.verdicts import GradeRequest
from pipeline.settings import GradingSettings

MEMORY_BYTES = 4 << 30
DIE_WITH_PARENT = 1
READY = -1


def main() -> None:
    """Serve the two file descriptors of the command line until the pool is gone."""
    source, target = (int(arg) for arg in sys.argv[1:3])
    _tame()
    requests, results = Connection(source, writable=False), Connection(target, readable=False)
    results.send((READY, None))
    settings = GradingSettings.model_validate_json(requests.recv())
    try:
        while True:
            for index, request in requests.recv():
                _answer(index, GradeRequest(*request), settings, results)
    except (EOFError, BrokenPipeError):
        return


def _tame() -> None:
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _answer(
    index: int, request: GradeRequest, settings: GradingSettings, results: Connection
) -> None:
    grade = registry.grade_quick(request, settings)
    if grade is None:
        grader = registry.find(request.grader)
        if grader.warm_up:
            grader.warm_up()
        results.send((index, None))
        # The default action of SIGPROF ends the process, even inside C code that never returns.
        signal.setitimer(signal.ITIMER_PROF, 0 if grader.bounded else settings.math_seconds)
        grade = registry.grade_slow(request, settings)
        signal.setitimer(signal.ITIMER_PROF, 0)
    results.send((index, tuple(grade)))


if __name__ == "__main__":
    main()
