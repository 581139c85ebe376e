"""Programs that write to the pipe on which their answers are read, and values made to confuse."""

import json
import time

import pytest

from pipeline.grading import sandbox
from pipeline.grading.inside.direct import ERROR, LARGE, MAX_ANSWER, STARTED, VALUE
from pipeline.grading.judge import Judge
from pipeline.grading.plans import plan
from pipeline.grading.reports import Fate

LIMITS = sandbox.Limits(3.0, 256)
TESTS = "assert f(20) == 42\nassert f(1) == 2"
SEND = (
    "import os, json\ndef send(*message):\n    data = json.dumps(message).encode()\n"
    "    os.write(3, len(data).to_bytes(4, 'big') + data)\n"
)
WROTE_OF_ITS_OWN = {
    "one value, then gone": f"{SEND}send('value', 42)\nos._exit(0)",
    "more values than calls": f"{SEND}for _ in range(9): send('value', 42)",
    "right values and more": f"{SEND}send('value', 42); send('value', 2); send('value', 2)",
    "a second start": f"{SEND}send('started'); send('value', 42); send('value', 2)",
    "a verdict": f"{SEND}send('passed')\nos._exit(0)",
    "a verdict as a value": f"{SEND}send('value', 'passed'); send('value', True)\nos._exit(0)",
    "objects": f"{SEND}send('value', ['h', 0, 'x']); send('value', ['h', 0, 'x'])\nos._exit(0)",
    "too large, it says": f"{SEND}send('large')\nos._exit(0)",
    "half a message": "import os\nos.write(3, b'\\0\\0\\0\\x50[')\nos._exit(0)",
    "an endless message": "import os\nos.write(3, b'\\xff' * 99)\nos._exit(0)",
    "a flood of noise": "import os\nwhile True: os.write(3, bytes(65536))",
    "a flood of values": f"{SEND}while True: send('value', 42)",
    "nothing any more": "import os\nos.close(3)\ndef f(x): return 42",
    "gone in the middle": "import os\ndef f(x):\n    if x == 1: os._exit(0)\n    return 42",
    "channels of the runner": (
        'import os\ndata = b\'\\0\\0\\0\\x25{"code": 0, "why": "", "again": true}\'\n'
        "for fd in [*range(3), *range(4, 256)]:\n    try: os.write(fd, data)\n"
        "    except OSError: pass\ndef f(x): return 0"
    ),
    "flags of the pipe": (
        "import fcntl, os\nfcntl.fcntl(3, fcntl.F_SETFL, os.O_NONBLOCK)\n"
        "try: fcntl.fcntl(3, 1031, 1 << 20)\nexcept OSError: pass\ndef f(x): return 0"
    ),
    "patched tools": (
        "import json, sys\njson.dumps = lambda *a, **k: '[\"value\", 42]'\n"
        "for m in list(sys.modules.values()):\n"
        "    if hasattr(m, 'encode'): m.encode = lambda *a: 42\ndef f(x): return 0"
    ),
}
CONFUSING = {
    "equal to all": "class A:\n    __eq__ = lambda s, o: True\n    __hash__ = None\n"
    "def f(x): return A()",
    "a number equal to all": "class A(int):\n    __eq__ = lambda s, o: True\n"
    "    __hash__ = int.__hash__\n    __index__ = lambda s: 42\ndef f(x): return A(7)",
    "no number": "def f(x): return float('nan')",
    "no number, equal to all": "class A(float):\n    __eq__ = lambda s, o: True\n"
    "    __float__ = lambda s: 42.0\n    __hash__ = None\ndef f(x): return A('nan')",
    "a signalling decimal": "from decimal import Decimal\ndef f(x): return Decimal('sNaN')",
    "a large exponent": "from decimal import Decimal\ndef f(x): return Decimal('1e999999999')",
    "a huge integer": "def f(x): return 1 << 4_000_000",
    "a deep list": "def f(x):\n    v = []\n    for _ in range(100_000): v = [v]\n    return v",
    "itself": "def f(x):\n    v = []\n    v.append(v)\n    return v",
    "a long text": "def f(x): return 'x' * 5_000_000",
    "many keys": "def f(x): return {i * (2**61 - 1): i for i in range(1_500)}",
    "a list that lies": "class A(list):\n    __iter__ = lambda s: iter([42])\n"
    "    __eq__ = lambda s, o: True\ndef f(x): return A()",
}

needs_sandbox = pytest.mark.skipif(
    not sandbox.available().ok, reason=f"no sandbox: {sandbox.available().reason}"
)


@needs_sandbox
@pytest.mark.parametrize("program", WROTE_OF_ITS_OWN.values(), ids=WROTE_OF_ITS_OWN.keys())
def test_no_message_passes_for_calls_without_right_answers(program: str) -> None:
    began = time.monotonic()
    assert plan(TESTS) is not None
    assert sandbox.run_asserts(program, TESTS, LIMITS).status == "failed"
    assert time.monotonic() - began < 30
    right = "def f(x): return 2 * x + 2 * (x > 9)"
    assert sandbox.run_asserts(right, TESTS, LIMITS).status == "passed"


@needs_sandbox
def test_values_sent_ahead_are_answers_of_the_program() -> None:
    # It knows neither what is wanted nor how it is compared: this is a guess like any other.
    guess = f"{SEND}send('value', 42); send('value', 2)\nos._exit(0)"
    assert sandbox.run_asserts(guess, TESTS, LIMITS).status == "passed"


@needs_sandbox
@pytest.mark.parametrize("program", CONFUSING.values(), ids=CONFUSING.keys())
@pytest.mark.parametrize(
    "tests",
    [
        TESTS,
        "assert f(1) in {42, 2}",
        "assert f(1) is True",
        "assert abs(f(1) - 42) < 0.5",
        "assert f(1) == [42] or f(1) == 42",
    ],
)
def test_no_value_is_taken_for_what_is_wanted(program: str, tests: str) -> None:
    assert sandbox.run_asserts(program, tests, LIMITS).status == "failed"


@needs_sandbox
@pytest.mark.parametrize("size", [10, MAX_ANSWER - 100, MAX_ANSWER + 100, 3 * MAX_ANSWER])
def test_large_right_answers_pass_and_large_wrong_ones_do_not(size: int) -> None:
    tests = f"assert f({size}) == {'x' * size!r}"
    assert plan(tests) is not None or size > MAX_ANSWER
    assert sandbox.run_asserts("def f(n): return 'x' * n", tests, LIMITS).status == "passed"
    wrong = sandbox.run_asserts("def f(n): return 'x' * (n - 1) + 'y'", tests, LIMITS)
    assert wrong.status == "failed"


@needs_sandbox
def test_a_right_deep_answer_passes() -> None:
    nested = "[" * 90 + "]" * 90
    program = "def f(n):\n    v = []\n    for _ in range(n - 1): v = [v]\n    return v"
    assert sandbox.run_asserts(program, f"assert f(90) == {nested}", LIMITS).status == "passed"
    assert sandbox.run_asserts(program, f"assert f(89) == {nested}", LIMITS).status == "failed"


@needs_sandbox
def test_what_a_program_says_can_always_be_written_to_a_file() -> None:
    program = "def f(x): raise ValueError('\\ud800')"
    for tests in (TESTS, f"x = 1\n{TESTS}\nassert x"):
        report = sandbox.run_asserts(program, tests, LIMITS)
        assert report == sandbox.TestReport("failed", detail="ValueError: ?")


def framed(*messages: object) -> bytes:
    texts = [message if isinstance(message, bytes) else json.dumps(message).encode()
             for message in messages]  # fmt: skip
    return b"".join(len(text).to_bytes(4, "big") + text for text in texts)


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        ([[VALUE, 42], [VALUE, 2]], "passed"),
        ([[VALUE, 42]], "failed"),
        ([[VALUE, 42], [VALUE, 3]], "failed"),
        ([[VALUE, 42], [VALUE, 2], [VALUE, 2]], "failed"),
        ([[VALUE, 42, 42], [VALUE, 2]], "failed"),
        ([[VALUE]], "failed"),
        ([[ERROR, "no"]], "failed"),
        ([[ERROR, {"a": 1}]], "failed"),
        ([b"[" * 980 + b"]" * 980], "failed"),
        ([b'["error", ' + b"[" * 970 + b"]" * 970 + b"]"], "failed"),
        ([b'["value", ' + b'["l", [' * 480 + b"]]" * 480 + b"]"], "failed"),
        ([b"[" * 60_000], "failed"),
        ([b"9" * 60_000], "failed"),
        ([b"\xff\xfe"], "failed"),
        ([b""], "failed"),
        ([{"value": 42}, 7, None, "value"], "failed"),
        ([[VALUE, ["F", ["0x1", "0x0"]]]], "failed"),
        ([[VALUE, ["T", "print"]]], "failed"),
        ([[VALUE, ["r", [0, 10**30]]]], "failed"),
        ([[LARGE]], None),
    ],
)
def test_the_host_reads_any_message(messages: list[object], status: str | None) -> None:
    checks = plan(TESTS)
    assert checks
    judge = Judge(checks)
    judge.take(framed([STARTED]))
    data = framed(*messages)
    for start in range(0, len(data), 7):
        if not judge.take(data[start : start + 7]):
            break
    report = judge.verdict(Fate(0, ""))
    assert (report.status if report else None) == status


def test_a_program_that_never_started_is_a_fault_of_ours() -> None:
    checks = plan(TESTS)
    assert checks
    with pytest.raises(sandbox.SandboxError, match="not started"):
        Judge(checks).verdict(Fate(98, ""))
