"""Completed assertions: only literals may fill the hole, and the sandbox has the last word."""

import json

import pytest

from pipeline.grading import registry, sandbox
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings

FUNCTION = "def f(x, n=1):\n    return sorted(x)[:n]"
needs_sandbox = pytest.mark.skipif(not sandbox.available().ok, reason="no sandbox")


def grade(text: str, assertion: str, output: str | None = None, function: str = FUNCTION) -> Grade:
    args = {"assertion": assertion} | ({"output": output} if output else {})
    request = GradeRequest(
        "cruxeval",
        f"```python\n{text}\n```",
        json.dumps({"functional": function}),
        json.dumps(args),
    )
    return registry.grade(request, GradingSettings(code_seconds=3))


@needs_sandbox
@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("assert f([3, 1], 2) == [1, 3]", "correct"),
        ("assert f((1, 3, 9), n=2) == [1, 3]", "correct"),
        ("assert f({3, 1}, 2) == [1,3]", "correct"),
        ("assert f([1] + [3] * 2, 2) == [1, 3]", "correct"),
        ("assert f([3, 1]) == [1, 3]", "wrong"),
        ("assert f([3, 1], 2) == [1]", "wrong"),
        ("assert f(5) == [1, 3]", "wrong"),
    ],
)
def test_any_input_that_gives_the_output(text: str, verdict: str) -> None:
    assert grade(text, "assert f(??) == [1, 3]").verdict == verdict


@pytest.mark.parametrize(
    "text",
    [
        "assert f(exit(0)) == [1, 3]",
        "assert f(__import__('os').getcwd()) == [1, 3]",
        "assert f((lambda: [1, 3])()) == [1, 3]",
        "assert f([x for x in (1, 3)], 2) == [1, 3]",
        "assert f(x) == [1, 3]",
        "assert f(f([1, 3], 2), 2) == [1, 3]",
        "assert f(type('T', (), {'__eq__': lambda s, o: True})()) == [1, 3]",
        "assert g([1, 3], 2) == [1, 3]",
        "assert f([1, 3], 2) == f([1, 3], 2)",
        "assert f(...) == [1, 3]",
    ],
)
def test_what_is_no_literal_is_wrong_and_not_run(text: str) -> None:
    assert grade(text, "assert f(??) == [1, 3]").verdict == "wrong"


@needs_sandbox
def test_an_output_without_a_known_literal_is_tried() -> None:
    given = "assert f([3, 1], 2) == ??"
    assert grade("assert f([3, 1], 2) == [1, 3]", given).verdict == "correct"
    assert grade("assert f([3, 1], 2) == [3, 1]", given).verdict == "wrong"
    assert grade("assert f([3, 1], 2) == [1.0, 3]", given, "[1, 3]").verdict == "correct"
    assert grade("assert f([3, 1], 2) == (1, 3)", given, "[1, 3]").verdict == "wrong"


def test_a_known_literal_needs_no_sandbox() -> None:
    given = "assert f([3, 1], 2) == ??"
    assert grade("assert f([3, 1], 2) == [1, 3]", given, "[1, 3]").verdict == "correct"
    assert grade("assert f([3, 1], 2) == [3, 1]", given, "[1, 3]")[:2] == ("wrong", 0.0)


@pytest.mark.parametrize("assertion", ["assert f(1) == 2", "assert ?? == ??", "f(??)", "?? ?"])
def test_an_assertion_without_one_hole_is_ungraded(assertion: str) -> None:
    assert grade("assert f(1) == 2", assertion).verdict == "ungraded"
