"""Truths that are files: pytest files, in whole and in part, and scripts importing the program."""

import json

import pytest

from pipeline.grading import registry, sandbox
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings

PROGRAM = """
def add(a, b): return a + b
def bad(x): raise ValueError(f"no {x}")
class Stack:
    def __init__(self): self.items = []
    def push(self, x): self.items.append(x)
    def pop(self): return self.items.pop()
class OwnError(ValueError): pass
def own(): raise OwnError("own")
"""
PYTEST = "import pytest\nfrom solution import *\n"
UNITTEST = "import unittest\nfrom solution import add, bad\nclass T(unittest.TestCase):\n"

needs_sandbox = pytest.mark.skipif(
    not sandbox.available().ok, reason=f"no sandbox: {sandbox.available().reason}"
)


def grade(tests: str, form: str = "pytest", program: str = PROGRAM, seconds: float = 2.0) -> Grade:
    text = f"```python\n{program}\n```"
    settings = GradingSettings(code_seconds=seconds, code_memory_mb=256)
    return registry.grade(GradeRequest("code", text, json.dumps({form: tests})), settings)


HOLD = {
    "function": f"{PYTEST}def test_a(): assert add(1, 2) == 3",
    "class": f"{PYTEST}class TestA:\n    def setup_method(self): self.s = Stack()\n"
    "    def test_p(self):\n        self.s.push(1)\n        assert self.s.pop() == 1",
    "set up for a class": f"{PYTEST}class TestA:\n    @classmethod\n"
    "    def setup_class(cls): cls.n = 2\n    def test_p(self): assert add(self.n, 1) == 3",
    "module set up": f"{PYTEST}n = []\ndef setup_module(): n.append(1)\n"
    "def test_a(): assert add(n[0], 2) == 3",
    "parameters": f"{PYTEST}@pytest.mark.parametrize('a, b, c', [(1, 2, 3), (2, 2, 4)])\n"
    "def test_a(a, b, c): assert add(a, b) == c",
    "two lists of parameters": f"{PYTEST}@pytest.mark.parametrize('a', [1, 2])\n"
    "@pytest.mark.parametrize('b', [3, 4])\ndef test_a(a, b): assert add(a, b) == a + b",
    "a row that may fail": f"{PYTEST}@pytest.mark.parametrize('a, b', [(1, 2),\n"
    "    pytest.param(1, 9, marks=pytest.mark.xfail)])\ndef test_a(a, b): assert add(a, 1) == b",
    "fixture": f"{PYTEST}@pytest.fixture\ndef s():\n    yield Stack()\n"
    "def test_s(s):\n    s.push(3)\n    assert s.pop() == 3",
    "fixture of a fixture": f"{PYTEST}@pytest.fixture\ndef one(): return 1\n"
    "@pytest.fixture\ndef two(one): return add(one, 1)\ndef test_s(two): assert two == 2",
    "fixture of the module": f"{PYTEST}@pytest.fixture(scope='module')\ndef s(): return Stack()\n"
    "def test_1(s): s.push(1)\ndef test_2(s): assert s.pop() == 1",
    "fixture for all": f"{PYTEST}n = []\n@pytest.fixture(autouse=True)\ndef s(): n.append(1)\n"
    "def test_1(): assert n == [1]\nclass TestX:\n    def test_2(self): assert n == [1, 1]",
    "fixture that is used": f"{PYTEST}n = []\n@pytest.fixture\ndef s(): n.append(1)\n"
    "@pytest.mark.usefixtures('s')\ndef test_1(): assert n == [1]",
    "raises": f"{PYTEST}def test_r():\n    with pytest.raises(ValueError, match='no 3') as e:\n"
    "        bad(3)\n    assert 'no' in str(e.value)\n    pytest.raises(IndexError, Stack().pop)",
    "raises its own": f"{PYTEST}def test_r():\n    with pytest.raises(OwnError): own()",
    "approx": f"{PYTEST}def test_x():\n    assert add(0.1, 0.2) == pytest.approx(0.3)\n"
    "    assert [add(0.1, 0.2)] == pytest.approx([0.3])\n    assert add(1, 1) != "
    "pytest.approx(2.1)",
    "skipped": f"{PYTEST}@pytest.mark.skip\ndef test_y(): assert 0\n"
    "@pytest.mark.skipif(True, reason='x')\ndef test_z(): assert 0\n"
    "@pytest.mark.skipif(condition=True, reason='x')\ndef test_v(): assert 0\n"
    "def test_w(): pytest.skip('x')\ndef test_x(): assert add(1, 1) == 2",
    "may fail": f"{PYTEST}@pytest.mark.xfail\ndef test_y(): assert 0\n"
    "@pytest.mark.xfail(reason='x')\ndef test_z(): assert add(1, 1) == 2",
    "unittest": f"{UNITTEST}    def setUp(self): self.x = 1\n"
    "    def test_a(self): self.assertEqual(add(self.x, 2), 3)\n"
    "    def test_b(self):\n        with self.assertRaises(ValueError): bad(1)\n"
    "    @unittest.expectedFailure\n    def test_c(self): self.assertEqual(add(1, 1), 3)\n"
    "    @unittest.skip('x')\n    def test_d(self): self.fail()",
}


@needs_sandbox
@pytest.mark.parametrize("tests", HOLD.values(), ids=HOLD.keys())
def test_pytest_files_that_hold(tests: str) -> None:
    assert grade(tests)[:3] == ("correct", 1.0, None)


FAIL = {
    "one of two": (f"{PYTEST}def test_a(): assert add(1, 2) == 3\n"
                   "def test_b(): assert add(1, 2) == 4", 1 / 2),
    "a missing name": (f"{PYTEST}def test_a(): assert add(1, 2) == 3\n"
                       "def test_b(): assert missing() == 4", 1 / 2),
    "a missing import": ("from solution import missing\ndef test_a(): assert missing", 0.0),
    "parameters": (f"{PYTEST}@pytest.mark.parametrize('a', [1, 2, 3, 4])\n"
                   "def test_a(a): assert add(a, 1) < 5", 3 / 4),
    "set up": (f"{PYTEST}@pytest.fixture\ndef s(): return bad(1)\n"
               "def test_a(s): assert s\ndef test_b(): assert add(1, 1) == 2", 1 / 2),
    "nothing raised": (f"{PYTEST}def test_r():\n    with pytest.raises(ValueError): add(1, 2)", 0),
    "something else raised": (f"{PYTEST}def test_r():\n    with pytest.raises(KeyError): bad(1)",
                              0),
    "another text": (f"{PYTEST}def test_r():\n    with pytest.raises(ValueError, match='yes'):\n"
                     "        bad(1)", 0),
    "not close": (f"{PYTEST}def test_x(): assert add(0.1, 0.2) == pytest.approx(0.31)", 0),
    "fails itself": (f"{PYTEST}def test_x(): pytest.fail('so')", 0),
    "may fail, if only": (f"{PYTEST}@pytest.mark.xfail(False, reason='x')\n"
                          "def test_x(): assert add(1, 1) == 3", 0),
    "unittest": (f"{UNITTEST}    def test_a(self): self.assertEqual(add(1, 2), 4)\n"
                 "    def test_b(self): self.assertEqual(add(1, 2), 3)", 1 / 2),
    "unittest, as not expected": (f"{UNITTEST}    @unittest.expectedFailure\n"
                                  "    def test_a(self): self.assertEqual(add(1, 2), 3)", 0),
}  # fmt: skip


@needs_sandbox
@pytest.mark.parametrize(("tests", "score"), FAIL.values(), ids=FAIL.keys())
def test_pytest_files_that_fail_give_the_share_that_passed(tests: str, score: float) -> None:
    assert grade(tests)[:2] == ("wrong", pytest.approx(score))


UNGRADED = {
    "a fixture of pytest's": f"{PYTEST}def test_a(tmp_path): assert add(1, 2) == 3",
    "standard output": f"{PYTEST}def test_a(capsys): assert add(1, 2) == 3",
    "parameters of a fixture": f"{PYTEST}@pytest.fixture(params=[1])\n"
    "def s(request): return request.param\ndef test_a(s): assert add(s, 1) == 2",
    "indirect": f"{PYTEST}@pytest.mark.parametrize('s', [1], indirect=True)\n"
    "def test_a(s): assert s == 1",
    "asynchronous": f"{PYTEST}async def test_a(): assert add(1, 2) == 3",
    "a generator": f"{PYTEST}def test_a():\n    yield\n    assert add(1, 2) == 4",
    "strict": f"{PYTEST}@pytest.mark.xfail(strict=True)\ndef test_a(): assert add(1, 1) == 2",
    "a changed program": "import solution\ndef test_a():\n    solution.add = print\n    assert 1",
    "all skipped": f"{PYTEST}@pytest.mark.skip\ndef test_a(): assert add(1, 2) == 3",
    "no test": f"{PYTEST}assert add(1, 2) == 3",
    "checks nothing": f"{PYTEST}def test_a(): add(1, 2)",
    "empty": " ",
    "another package": "import numpy\nfrom solution import add\ndef test_a(): assert add(1, 2)",
    "no Python": "def test_a(: assert 1",
}


@needs_sandbox
@pytest.mark.parametrize("tests", UNGRADED.values(), ids=UNGRADED.keys())
def test_pytest_files_that_cannot_judge_are_ungraded(tests: str) -> None:
    assert grade(tests)[:2] == ("ungraded", None)


@needs_sandbox
@pytest.mark.parametrize(
    "program",
    ["raise SystemExit(0)", "import os\nos._exit(0)", "import pytest", "def add(a, b):", "1 / 0"],
)
def test_a_program_that_breaks_off_fails_the_files(program: str) -> None:
    assert grade(HOLD["function"], program=program)[:2] == ("wrong", 0.0)
    assert grade(HOLD["unittest"], program=program)[:2] == ("wrong", 0.0)
    script = "from solution import add\nassert add(1, 2) == 3"
    assert grade(script, "solution_file", program)[:2] == ("wrong", 0.0)


@needs_sandbox
def test_each_pytest_test_has_its_own_time_and_the_first_that_takes_too_long_is_the_last() -> None:
    tests = f"{PYTEST}@pytest.mark.parametrize('a', range(4))\ndef test_a(a): assert add(a, 1) > a"
    busy = "import time\ndef add(a, b):\n    end = time.process_time() + 0.4\n"
    busy += "    while time.process_time() < end: pass\n    return a + b"
    assert grade(tests, program=busy, seconds=1).verdict == "correct"
    stuck = "def add(a, b):\n    while a > 1: pass\n    return a + b"
    stuck_at_two = grade(tests, program=stuck, seconds=1)
    assert stuck_at_two.verdict == "wrong"
    assert "took too long" in (stuck_at_two.detail or "")


@needs_sandbox
@pytest.mark.parametrize(
    ("tests", "verdict"),
    [
        ("from solution import add\nassert add(1, 2) == 3\nprint('done')", "correct"),
        ("from solution import *\ns = Stack()\ns.push(1)\nassert s.pop() == 1", "correct"),
        ("import solution as s\nassert s.add(1, 2) == 3", "correct"),
        ("import sys\nfrom solution import add\nsys.exit(add(1, 2) != 3)", "correct"),
        ("from solution import add\ndef main():\n    assert add(1, 2) == 3\n"
         "if __name__ == '__main__': main()", "correct"),
        ("from solution import add\nassert add(1, 2) == 4", "wrong"),
        ("from solution import add\ndef main():\n    assert add(1, 2) == 4\n"
         "if __name__ == '__main__': main()", "wrong"),
        ("import sys\nfrom solution import add\nsys.exit(add(1, 2) != 4)", "wrong"),
        ("from solution import missing\nassert missing(1, 2) == 4", "wrong"),
        ("from solution import bad\nassert bad(1)", "wrong"),
        ("from solution import add\ndef main():\n    assert add(1, 2) == 4", "ungraded"),
        ("from solution import add\nprint(add(1, 2))", "ungraded"),
        ("import numpy\nfrom solution import add\nassert add(1, 2) == 3", "ungraded"),
        ("import sys, io\nsys.stdout = io.StringIO()\nimport solution\nassert 1", "ungraded"),
    ],
)  # fmt: skip
def test_scripts_that_import_the_program(tests: str, verdict: str) -> None:
    assert grade(tests, "solution_file").verdict == verdict


@needs_sandbox
@pytest.mark.parametrize(
    ("tests", "verdict"),
    [
        ("def check(c):\n    assert c(1, 2) == 4\nif __name__ == '__main__': check(add)", "wrong"),
        ("def check(c):\n    assert c(1, 2) == 3\nif __name__ == '__main__': check(add)",
         "correct"),
        ("import math\nX = {'a': 1}\ndef check(c):\n    assert c(1, 2) == 4", "ungraded"),
        ("class T:\n    def t(self): assert add(1, 2) == 4", "ungraded"),
        ("class T:\n    assert add(1, 2) == 4", "wrong"),
    ],
)  # fmt: skip
def test_assertions_count_only_if_they_are_run(tests: str, verdict: str) -> None:
    assert grade(tests, "functional").verdict == verdict


@needs_sandbox
def test_of_several_forms_the_first_of_upstream_decides() -> None:
    truth = {"pytest": HOLD["function"], "functional": "assert add(1, 2) == 4"}
    text = f"```python\n{PROGRAM}\n```"
    result = registry.grade(GradeRequest("code", text, json.dumps(truth)), GradingSettings())
    assert result.verdict == "wrong"
