"""Plans: which assertions have one, and that it judges like the tests' own process."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pipeline.grading import plans, sandbox
from pipeline.grading.plans import plan

LIMITS = sandbox.Limits(5.0, 256)

needs_sandbox = pytest.mark.skipif(
    not sandbox.available().ok, reason=f"no sandbox: {sandbox.available().reason}"
)


@pytest.mark.parametrize(
    ("tests", "checks"),
    [
        ("assert f(1) == 2", 1),
        ("assert f(1, [2], k={'a': (3,)}) == {4}\nassert 5 == f()", 2),
        ("assert f(1)\nassert not f(2)\nassert f(3) is None\nassert f(4) in (1, 2)", 4),
        ("assert f(1) != -2.5e-3", 1),
        ("assert abs(f(1) - 2.5) < 1e-6\nassert abs(2.5 - f(1)) <= 1e-6", 2),
        ("def check(c):\n    'doc'\n    assert c(1) == 2\n    assert True\ncheck(f)", 1),
        ("def check(c):\n    assert c(1) == 2\ncheck(f)\ncheck(g)", 2),
        ("METADATA = {'a': 1}\ndef check(c):\n    assert c(1) == 2\ncheck(C().m)", 1),
        ("assert C().m(1) == 2\nassert C().m(1) == 2", 2),
        ("def test():\n    assert f(1) == 2, f'{1 + 1}'\ntest()", 1),
    ],
)
def test_assertions_with_a_plan(tests: str, checks: int) -> None:
    assert len(plan(tests) or ()) == checks


@pytest.mark.parametrize(
    "tests",
    [
        "",
        "assert f(",
        "assert True",
        "assert False",
        "x = f(1)\nassert x == 2",
        "for i in range(3):\n    assert f(i) == i",
        "assert f(1) == f(2)",
        "assert f(f(1)) == 2",
        "assert f(1) == 2 and f(2) == 3",
        "assert 1 < f(1) < 3",
        "assert f(1) < 2",
        "assert f(1) is 2",
        "assert f(*[1]) == 2",
        "assert f(**{'a': 1}) == 2",
        "assert f(lambda x: x) == 2",
        "assert f(1)[0] == 2",
        "assert f(1).x == 2",
        "assert len(f(1)) == 2",
        "assert sorted(f(1)) == [2]",
        "assert isinstance(f(1), int)",
        "import math\nassert f(math.pi) == 2",
        "assert math.sqrt(4) == 2",
        "assert C(1).m(2) == 3",
        "def f(x): return 2\nassert f(1) == 2",
        "abs = f\nassert abs(1) == 2",
        "def check(c, d):\n    assert c(1) == 2\ncheck(f, g)",
        "def check(c):\n    x = c(1)\n    assert x == 2\ncheck(f)",
        "def check(c):\n    assert c(1) == 2",
        "if __name__ == '__main__':\n    assert f(1) == 2",
        "try:\n    assert f(1) == 2\nexcept ValueError:\n    pass",
        "with open('x'):\n    assert f(1) == 2",
        "f(1)\nassert f(1) == 2",
        "assert round(f(1), 2) == 2",
        "assert f(1) == 2\n" + "#" * plans.MAX_SOURCE,
    ],
)
def test_assertions_without_a_plan(tests: str) -> None:
    assert not plan(tests)


def beside(program: str, tests: str) -> sandbox.TestReport:
    """The verdict of the tests' own process: these assertions have no plan."""
    tests = f"own = 1\n{tests}\nassert own == 1"
    assert plan(tests) is None
    return sandbox.run_asserts(program, tests, LIMITS)


def by_plan(program: str, tests: str) -> sandbox.TestReport:
    assert plan(tests)
    return sandbox.run_asserts(program, tests, LIMITS)


# None of these leaves the sandbox changed, so that all share one.
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, -0.0, 0.5, 1.0, 2.0, 1e30, 10**30, 1j, "", "1", "a", b"a"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.tuples(inner)
        | st.dictionaries(st.sampled_from(["a", 1, (1,)]), inner, max_size=2)
        | st.sets(st.integers(0, 2), min_size=1, max_size=2)
    ),
    max_leaves=4,
)
FORMS = [
    "assert f() == {wanted}",
    "assert {wanted} == f()",
    "assert f() != {wanted}",
    "assert f() in ({wanted}, 1)",
    "assert f() in {wanted}",
    "assert f()",
    "assert not f()",
    "assert f() is True",
    "assert f() is None",
    "assert abs(f() - {wanted}) < 0.5",
    "assert abs({wanted} - f()) <= 0.5",
]


@needs_sandbox
@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
@given(value=VALUES, wanted=VALUES, same=st.booleans(), form=st.sampled_from(FORMS))
def test_a_plan_judges_like_the_tests_themselves(
    value: Any, wanted: Any, same: bool, form: str
) -> None:
    program = f"def f(): return {value!r}"
    tests = form.format(wanted=repr(value if same else wanted))
    assume(plan(tests))
    report = by_plan(program, tests)
    assert report.status == beside(program, tests).status
    assert report.status == plainly(program, tests)


def plainly(program: str, tests: str) -> str:
    """What Python itself says, without any sandbox."""
    try:
        exec(f"{program}\n{tests}", {})
    except Exception:  # noqa: BLE001 - whatever assertions raise, they do not hold
        return "failed"
    return "passed"


@needs_sandbox
@pytest.mark.parametrize(
    ("tests", "status"),
    [
        ("assert abs(f() - 1.5) < 0.5", "failed"),
        ("assert abs(f() - 1.5) <= 0.5", "passed"),
        ("assert abs(1.5 - f()) < 0.6", "passed"),
        ("assert f() is True", "failed"),
        ("assert f() == True", "passed"),
    ],
)
def test_bounds_and_identities_are_those_of_the_tests(tests: str, status: str) -> None:
    for judged in (by_plan, beside):
        assert judged("def f(): return 1", tests).status == status


PROGRAMS = {
    "an object": "class A: pass\ndef f(x): return A()",
    "an object that is never true": "class A:\n    __bool__ = lambda s: False\n"
    "def f(x): return A()",
    "objects in a list": "class A: pass\ndef f(x): return [A(), 1]",
    "a generator": "def f(x): yield 1",
    "a function": "def f(x): return f",
    "a subclass": "class A(dict): pass\ndef f(x): return A(a=1)",
    "a named tuple": "from collections import namedtuple\nA = namedtuple('A', 'x')\n"
    "def f(x): return A(1)",
    "numbers of other kinds": "from fractions import Fraction\ndef f(x): return Fraction(x, 1)",
    "a range": "def f(x): return range(x)",
    "an error": "def f(x): raise KeyError('x')",
    "an exit": "def f(x): raise SystemExit(0)",
    "its argument, changed": "def f(x): x.append(1); return x",
    "nothing of that name": "def g(x): return 1",
    "no function": "f = 1",
    "no program": "def f(x) return 1",
    "state": "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)",
}


@needs_sandbox
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_other_results_are_judged_alike(program: str) -> None:
    for tests in (
        "assert f(1) == 1",
        "assert f([]) == [1]\nassert f([]) == [1]",
        "assert f(1)",
        "assert not f(1)",
        "assert f(1) != 1",
        "assert f(1) == {'a': 1}",
        "assert f(1) == (1,)",
        "assert f(1) == 1\nassert f(1) == 2",
        "assert abs(f(1) - 1) < 1e-9",
    ):
        assert by_plan(program, tests).status == beside(program, tests).status, tests


COUNTER = """
class C:
    made = 0
    def __init__(self): C.made += 1; self.n = 0
    def add(self): self.n += 1; return self.n
    def all(self): return C.made
"""


@needs_sandbox
@pytest.mark.parametrize(
    ("tests", "status"),
    [
        ("assert C().add() == 1\nassert C().add() == 1\nassert C().all() == 3", "passed"),
        ("assert C().add() == 1\nassert C().add() == 2", "failed"),
        ("def t(c):\n    assert c() == 1\n    assert c() == 2\nt(C().add)", "passed"),
        ("def t(c):\n    assert c() == 1\n    assert c() == 2\nt(C().add)\nt(C().add)", "passed"),
        ("def t(c):\n    assert c() == 1\nt(C().add)\nassert C().all() == 2", "passed"),
    ],
)
def test_instances_are_made_when_the_tests_make_them(tests: str, status: str) -> None:
    assert by_plan(COUNTER, tests).status == status
    assert beside(COUNTER, tests).status == status
    assert plainly(COUNTER, tests) == status


@needs_sandbox
def test_a_planned_program_that_takes_too_long_is_ended() -> None:
    limits = sandbox.Limits(0.5, 256)
    report = sandbox.run_asserts("def f(x):\n    while True: pass", "assert f(1) == 1", limits)
    assert report.status == "timeout"
    slow = "def f(x):\n    while x > 1: pass\n    return x"
    tests = "assert f(1) == 0\nassert f(2) == 2"
    assert sandbox.run_asserts(slow, tests, limits).status == "failed"
