"""Does what every process is about to do, so that none of them has to do it for the first time.

The interpreter sets itself up at first uses, and adapts code that runs often: both cost more than
most programs, and what is done before a process is forked it has for nothing.
"""

import os
import sys

from .handles import Tests
from .limits import Stopwatch
from .peer import Pipes
from .program import CALLED, serve
from .tester import FILE, run_asserts, run_call
from .wire import send

TIMES = 20
PROGRAM = """
import math
from typing import List

class Sample:
    def __init__(self, value): self.value = value

def f(values: List[int], other="x"):
    total = {}
    for i, value in enumerate(sorted(values)):
        total[value] = total.get(value, 0) + i * 2.5 // 1
    return [f"{key}-{item}" for key, item in total.items() if key not in (7, 8)]
"""
TESTS = """
def check(candidate):
    assert candidate([3, 1, 2]) == ["1-0.0", "2-2.0", "3-5.0"]

check(f)
"""
CALL = ["ask", "call", [0, [["l", [3, 1, 2]]], {}]]


def rehearse() -> None:
    """Play both ends of a connection, one after the other."""
    tests = compile(TESTS, FILE, "exec")
    for _ in range(TIMES):
        asserted = _served([["ask", "names", [["f"]]], CALL])
        run_asserts((tests, ["f"]), asserted)
        called = _served([["ask", "method", ["f"]], CALL])
        run_call("f", [[3, 1, 2]], called)
        for link in (asserted, called):
            os.close(link.pipes.reader)
            os.close(link.pipes.writer)
    stopwatch = Stopwatch(os.getpid(), 1.0)
    stopwatch.over()
    stopwatch.pause()
    sys.modules.pop(CALLED)


def _served(requests: list[object]) -> Tests:
    """The program's answers to some requests, waiting for tests that will ask just these."""
    asked, ask = os.pipe()
    answered, answer = os.pipe()
    for request in requests:
        send(ask, request)
    os.close(ask)
    serve(PROGRAM, Pipes(asked, answer))
    os.close(answer)
    os.close(asked)
    sink = os.open("/dev/null", os.O_WRONLY)
    return Tests(Pipes(answered, sink))
