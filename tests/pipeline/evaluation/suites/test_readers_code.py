"""Rows with programs that assertions judge."""

import json
from typing import Any

import pytest

from pipeline.evaluation.suites.load import LoadedSuite, load_suite
from pipeline.evaluation.suites.readers.closeness import without_numpy
from pipeline.grading import sandbox
from pipeline.settings import GradingSettings

needs_sandbox = pytest.mark.skipif(not sandbox.available().ok, reason="no sandbox")

PLUS = """

import numpy as np

def is_floats(x) -> bool:
    if isinstance(x, (list, tuple)):
        return all(isinstance(i, float) for i in x)
    if isinstance(x, np.ndarray):
        return x.dtype == np.float64 or x.dtype == np.float32
    return isinstance(x, float)


def assertion(out, exp, atol):
    exact_match = out == exp

    if atol == 0 and is_floats(exp):
        atol = 1e-6
    if not exact_match and atol != 0:
        np.testing.assert_allclose(out, exp, atol=atol)
    else:
        assert exact_match


def check(candidate):
    inputs = [[1], [2], [3]]
    results = [[0.1], [0.2], [0.30000000000000004]]
    for i, (inp, exp) in enumerate(zip(inputs, results)):
        assertion(candidate(*inp), exp, 0)


check(tenth)"""
DOC = '    """What the question says."""\n'
HEAD = f"from typing import List\n\n\ndef tenth(n: int) -> List[float]:\n{DOC}"


def only(suite: LoadedSuite) -> dict[str, Any]:
    assert suite.problems.height == 1, suite.skipped
    return suite.problems.row(0, named=True)


def prompt(row: dict[str, Any]) -> str:
    return str(row["messages"][0]["content"])


def block(source: str) -> str:
    return f"Here it is.\n```python\n{source}\n```"


def plus(**changes: Any) -> dict[str, Any]:
    row = {"task_id": "HumanEval/0", "prompt": HEAD, "entry_point": "tenth", "test": PLUS}
    return row | {"canonical_solution": "    return [n / 10]\n"} | changes


@needs_sandbox
def test_humaneval_plus_needs_no_numpy(write: Any, grade: Any) -> None:
    suite = load_suite("humaneval_plus", write("humaneval_plus.jsonl", plus()))
    row = only(suite)
    assert row["ground_truth"].count("check(tenth)") == 1
    assert grade(row, block(suite.references["solution"][0])).verdict == "correct"
    # The head of the prompt need not be repeated, and results may differ in their last digits.
    assert grade(row, block("def tenth(n) -> List[float]:\n    return [n * 0.1 + 1e-9]")).score == 1
    for wrong in ("[n / 10 + 1e-3]", "[n / 10, 1.0]", "'x'", "None"):
        assert grade(row, block(f"def tenth(n):\n    return {wrong}")).verdict == "wrong"


@needs_sandbox
def test_the_spoilt_test_of_humaneval_plus_is_repaired(write: Any, grade: Any) -> None:
    poly = "import math\n\ndef _poly(xs, x):\n    return sum(c * x**i for i, c in enumerate(xs))\n"
    check = (
        "def check(candidate):\n    inputs = [[[1, 2]]]\n    results = [-0.5]\n"
        "    for i, (inp, exp) in enumerate(zip(inputs, results)):\n"
        "        assert _poly(*candidate(*inp), inp) <= 0.0001\n\ncheck(find_zero)"
    )
    row = plus(
        entry_point="find_zero", prompt=f"def find_zero(xs):\n{DOC}", test=f"{poly}\n{check}"
    )
    found = only(load_suite("humaneval_plus", write("humaneval_plus.jsonl", row)))
    assert grade(found, block("def find_zero(xs):\n    return -xs[0] / xs[1]")).verdict == "correct"
    assert grade(found, block("def find_zero(xs):\n    return -9.0")).verdict == "wrong"


def test_more_of_numpy_than_is_known_is_left_out(write: Any) -> None:
    row = plus(test=PLUS + "\nassert np.zeros(3).sum() == 0")
    assert load_suite("humaneval_plus", write("humaneval_plus.jsonl", row)).skipped == {
        "needs_numpy": 1
    }
    assert without_numpy("assert f(1) == 2") == "assert f(1) == 2"


def released(entry_point: str, head: str, solution: str, *plus: Any) -> dict[str, Any]:
    """A row of upstream's own files: inputs instead of tests, `test` is that of HumanEval."""
    row = {"task_id": "HumanEval/0", "prompt": head, "entry_point": entry_point, "contract": ""}
    row |= {"canonical_solution": solution, "base_input": [[[2, 1]]], "plus_input": list(plus)}
    return row | {"atol": 0, "test": f"def check(f):\n    f([2, 1])\n\n\ncheck({entry_point})\n"}


@needs_sandbox
def test_upstreams_own_files_are_judged_by_all_their_inputs(write: Any, grade: Any) -> None:
    head = f"from typing import List\n\n\ndef halves(xs: List[int]) -> List[float]:\n{DOC}"
    solution = "    xs.sort()\n    return [x / 2 for x in xs]\n"
    row = released("halves", head, solution, [[]], [[3, 1, 2]], [[float("inf"), 1]])
    suite = load_suite("humaneval_plus", write("HumanEvalPlus.jsonl", row))
    found = only(suite)
    assert grade(found, block(suite.references["solution"][0])).verdict == "correct"
    kind = "def halves(xs):\n    return [x / 2 {} for x in sorted(xs)]"
    assert grade(found, block(kind.format("+ 1e-9"))).verdict == "correct"
    # What HumanEval's own test lets pass: every program. The other inputs do not.
    for wrong in (kind.format("+ 1e-3"), "def halves(xs):\n    return [0.5, 1.0]"):
        assert grade(found, block(wrong)).verdict == "wrong"
    assert grade(found, block("def halves(xs): return [sorted(xs)[0] / 2]")).verdict == "wrong"


@needs_sandbox
def test_a_root_is_right_where_the_polynomial_is_zero(write: Any, grade: Any) -> None:
    poly = "def poly(xs, x):\n    return sum(c * x**i for i, c in enumerate(xs))\n\n\n"
    head = f"{poly}def find_zero(xs):\n{DOC}"
    row = released("find_zero", head, "    return -xs[0] / xs[1]\n", [[6, -5, 1, 0]])
    row["canonical_solution"] = "    return 2.0 if len(xs) > 2 else -2.0\n"
    found = only(load_suite("humaneval_plus", write("HumanEvalPlus.jsonl", row)))
    other = "def find_zero(xs):\n    return 3.00000001 if len(xs) > 2 else -2.0"
    assert grade(found, block(other)).verdict == "correct"  # another root than upstream's
    assert grade(found, block(other.replace("-2.0", "2.0"))).verdict == "wrong"


def test_many_inputs_are_granted_more_time(write: Any) -> None:
    rows = (plus(), released("f", "def f(x):\n    ''\n", "    return x\n"))
    suite = load_suite("humaneval_plus", write("humaneval_plus.jsonl", *rows))
    args = [json.loads(text) for text in suite.problems["grader_args"]]
    assert all(each["seconds"] > GradingSettings().code_seconds for each in args)
    row = plus(test="def check(candidate):\n    assert candidate(5) == [0.5]\n")
    found = only(load_suite("humaneval", write("humaneval.jsonl", row)))
    assert "seconds" not in json.loads(found["grader_args"])


@needs_sandbox
def test_humaneval_calls_its_check(write: Any, grade: Any) -> None:
    row = plus(
        test="def check(candidate):\n    assert candidate(5) == [0.5]\n",
        prompt=f"def tenth(n):\n{DOC}",
    )
    found = only(load_suite("humaneval", write("humaneval.jsonl", row)))
    assert grade(found, block("def tenth(n):\n    return [n / 10]")).verdict == "correct"
    assert grade(found, block("def tenth(n):\n    return [n]")).verdict == "wrong"


@needs_sandbox
def test_mbpp_shows_its_tests(write: Any, grade: Any) -> None:
    row = {"task_id": 11, "text": "Double it.", "code": "def d(x):\r\n  return 2 * x"}
    row |= {"test_list": ["assert d(K) == 6", "assert d(0) == 0"], "test_setup_code": "K = 3"}
    # The others are for training.
    others = [row | {"task_id": number, "text": f"Nr. {number}"} for number in (10, 511)]
    suite = load_suite("mbpp", write("mbpp.jsonl", row, *others))
    found = only(suite)
    assert "assert d(K) == 6\nassert d(0) == 0" in prompt(found)
    assert grade(found, block(suite.references["solution"][0])).verdict == "correct"
    assert grade(found, block("def d(x): return x")).verdict == "wrong"
