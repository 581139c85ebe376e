"""The sandbox as a tool: what programs and tests may legitimately do."""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading import sandbox
from pipeline.grading.inside import wire

LIMITS = sandbox.Limits(5.0, 256)

needs_sandbox = pytest.mark.skipif(not sandbox.available().ok, reason="no sandbox")


def asserts(program: str, tests: str) -> sandbox.TestReport:
    return sandbox.run_asserts(program, tests, LIMITS)


@needs_sandbox
@pytest.mark.parametrize(
    ("program", "tests"),
    [
        ("def f(x): return x + 1", "assert f(1) == 2"),
        ("def f(x): x.sort()", "v = [3, 1, 2]\nf(v)\nassert v == [1, 2, 3]"),
        ("def f(d): d['a'] = 1", "d = {}\nf(d)\nassert d == {'a': 1}"),
        ("def f(g, x): return g(x)", "assert f(lambda v: v * 2, 4) == 8"),
        ("def f(x, kind): return isinstance(x, kind)", "assert f(1, int) and not f(1, str)"),
        ("def sum(a, b): return a + b + 1", "assert sum(1, 2) == 4"),
        ("import math", "assert abs(math.pi - 3.14) < 0.01"),
        ("def f(): yield 1; yield 2", "assert list(f()) == [1, 2]"),
        ("def f(): yield 1; yield 2", "g = f()\nassert next(g) == 1 and next(g) == 2"),
        (
            "def f(): raise KeyError('k')",
            "try:\n    f()\nexcept KeyError: pass\nelse: assert False",
        ),
        (
            "class P:\n    def __init__(self, a): self.a = a\n    def g(self): return self.a",
            "p = P(3)\nassert p.g() == 3\np.a = 4\nassert p.a == 4",
        ),
        (
            "class N:\n    pass\ndef f(n): return n.next.value",
            "a, b = N(), N()\nb.value = 9\na.next = b\nassert f(a) == 9",
        ),
        (
            "from collections import namedtuple, Counter, OrderedDict\nP = namedtuple('P', 'x y')\n"
            "def f(): return P(1, 2), Counter('aab'), OrderedDict(a=1)",
            "assert f() == ((1, 2), {'a': 2, 'b': 1}, {'a': 1})",
        ),
        (
            "from decimal import Decimal\nfrom fractions import Fraction\n"
            "def f(): return Decimal('1.5'), Fraction(1, 3)",
            "from decimal import Decimal\nfrom fractions import Fraction\n"
            "assert f() == (Decimal('1.5'), Fraction(1, 3))",
        ),
        ("def f(n): return 2 ** n", "assert f(20000) == 2 ** 20000"),
        (
            "def f():\n    return (float('nan'), float('inf'), -0.0, 1 + 2j, b'x', 'é\\ud800', "
            "{1: {2}},"
            " frozenset([3]))",
            "a = f()\nassert a[0] != a[0] and a[1] > 1e308 and a[3:] == "
            "(1 + 2j, b'x', 'é\\ud800', {1: {2}}, frozenset([3]))",
        ),
        ("def f(*a, **k): return a, k", "assert f(1, [2], k=(3,)) == ((1, [2]), {'k': (3,)})"),
        ("print('noise')\ninput_ = None\ndef f(): return 1", "assert f() == 1"),
        ("if __name__ == '__main__': raise SystemExit\ndef f(): return 1", "assert f() == 1"),
        ("import random\ndef f(): return random.random()", "assert f() == 0.8444218515250481"),
        ("def candidate_(x): return x", "def check(c):\n    assert c(1) == 1\ncheck(candidate_)"),
    ],
)
def test_right_programs_pass(program: str, tests: str) -> None:
    assert asserts(program, tests) == sandbox.TestReport("passed")


@needs_sandbox
@pytest.mark.parametrize(
    ("program", "tests", "detail"),
    [
        ("def f(x): return 0", "assert f(1) == 1", "AssertionError"),
        ("def g(x): return 0", "assert f(1) == 1", "NameError"),
        ("def f(x) return 0", "assert f(1) == 1", "SyntaxError"),
        ("import numpy\ndef f(x): return 1", "assert f(1) == 1", "numpy"),
        ("def f(x): return None", "assert f(1) < 1", "TypeError"),
        ("def f(x): return f(x)", "assert f(1) == 1", "RecursionError"),
        ("f = 3", "assert f(1) == 1", "TypeError"),
        (
            "def f(x):\n    v = []\n    v.append(v)\n    return v",
            "assert f(1) == 1",
            "RecursionError",
        ),
    ],
)
def test_wrong_programs_fail_with_a_reason(program: str, tests: str, detail: str) -> None:
    report = asserts(program, tests)
    assert report.status == "failed"
    assert detail in report.detail


@needs_sandbox
@pytest.mark.parametrize(
    "tests", ["assert f(", "import numpy\nassert f(1)", "assert f(object()) == 1"]
)
def test_broken_tests_are_a_fault(tests: str) -> None:
    assert asserts("def f(x): return 1", tests).status == "fault"


@needs_sandbox
def test_scripts_read_and_print() -> None:
    reports = sandbox.run_scripts("print(int(input()) * 2)", ["3\n", "x", "4"], [100] * 3, LIMITS)
    assert [report.status for report in reports] == ["returned", "failed", "returned"]
    assert [reports[0].value, reports[2].value] == ["6\n", "8\n"]
    assert "ValueError" in reports[1].detail


@needs_sandbox
def test_scripts_end_at_the_first_that_takes_too_long() -> None:
    limits = sandbox.Limits(0.5, 256)
    program = "if input() == 'x':\n    while True: pass\nprint('ok')"
    reports = sandbox.run_scripts(program, ["a", "x", "a"], [100] * 3, limits)
    assert [report.status for report in reports] == ["returned", "timeout"]


@needs_sandbox
def test_a_large_input_and_output_pass_whole() -> None:
    text = "é" * 1_000_000
    report = sandbox.run_scripts("print(input())", [text], [3_000_000], LIMITS)[0]
    assert report.value == text + "\n"


@needs_sandbox
def test_a_thread_may_finish_after_the_main_one() -> None:
    late = "lambda: (time.sleep(0.1), print(1))"
    program = f"import threading, time\nthreading.Thread(target={late}).start()"
    assert sandbox.run_scripts(program, [""], [100], LIMITS)[0].value == "1\n"


@needs_sandbox
def test_calls_return_data() -> None:
    program = "class Solution:\n    def f(self, a, b): return {'t': (a, b)}"
    reports = sandbox.run_calls(program, "f", [[1, "x"], [1]], LIMITS)
    assert json.loads(reports[0].value) == {"t": [1, "x"]}
    assert (reports[1].status, "TypeError" in reports[1].detail) == ("failed", True)


@needs_sandbox
@pytest.mark.slow
def test_a_launch_is_cheap() -> None:
    best = 9.0
    for _ in range(20):
        began = time.perf_counter()
        asserts("def f(): return 1", "assert f() == 1")
        best = min(best, time.perf_counter() - began)
    # 60 ms on a quiet machine; the bound leaves room for a busy one.
    assert best < 0.18


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.fractions(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner, max_size=3)
        | st.frozensets(st.integers(), max_size=3)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_plain_data_survives_the_wire(value: object) -> None:
    import fractions  # noqa: F401 - numbers of this module are carried once it is loaded

    sent = json.loads(json.dumps(wire.encode(value, lambda v: pytest.fail(f"not plain: {v!r}"))))
    back = wire.decode(sent, lambda v: None)
    assert back == value
    assert type(back) is type(value)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda i: st.lists(i), max_leaves=8))
def test_decoding_refuses_or_returns_but_never_crashes(data: object) -> None:
    with contextlib.suppress(wire.WireError):
        wire.decode(data, lambda handle: handle)


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.available.cache_clear()
    try:
        status = sandbox.available()
        assert not status.ok
        assert "apt-get install bubblewrap" in status.remedy
        with pytest.raises(sandbox.SandboxError, match="apt-get install bubblewrap"):
            asserts("def f(): return 1", "assert f() == 1")
    finally:
        sandbox.available.cache_clear()
