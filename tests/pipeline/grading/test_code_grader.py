"""The code grader: what counts as a program, which tests decide, whose fault a failure is."""

import json
from typing import Any

import pytest

from pipeline.grading import code, registry, sandbox
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings

SETTINGS = GradingSettings(code_seconds=3, code_memory_mb=256)

needs_sandbox = pytest.mark.skipif(not sandbox.available().ok, reason="no sandbox")


def grade(text: str, truth: Any, args: dict[str, Any] | None = None, finish: str = "stop") -> Grade:
    request = GradeRequest("code", text, json.dumps(truth), json.dumps(args or {}), finish)
    return registry.grade(request, SETTINGS)


def block(source: str) -> str:
    return f"Here it is:\n```python\n{source}\n```\nDone."


ADD = {"functional": "assert add(1, 2) == 3"}
DOUBLE = {"inputs": ["1\n", "2\n"], "outputs": ["2\n", "4"]}


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("```python\nx = 1\n```", "x = 1\n"),
        ("```python\nx = 1\n```\nor\n```py\nx = 2\n```", "x = 2\n"),
        ("```python\nx = 1\n```\noutput:\n```\n1\n```", "x = 1\n"),
        ("```\nx = 1\n```", "x = 1\n"),
        ("```python\nx = 1\n", "x = 1\n"),
        ("  ```python\nx = 1\n  ```", "x = 1\n"),
        ("1. So:\n   ```python\n   if x:\n       y = 1\n   ```", "if x:\n    y = 1\n"),
        ("```python\r\nx = 1\r\n```", "x = 1\n"),
        ("def f():\n    return 1", "def f():\n    return 1"),
        ("print(1)", "print(1)"),
        ("I cannot do that.", None),
        ("Yes", None),
        ("42", None),
        ("```json\n{}\n```", None),
        ("```python\n```", None),
        ("(" * 10_000, None),
        ("-" * 50_000 + "1", None),
        ("\x00", None),
    ],
)
def test_extraction(text: str, program: str | None) -> None:
    assert code.extract(text) == program


@needs_sandbox
def test_a_problem_may_need_more_time_than_the_setting_grants() -> None:
    busy = "import time\ndef add(a, b):\n    while time.process_time() < 1.2:\n        pass\n"
    program = block(f"{busy}    return a + b")
    assert quickly(program, {}).detail == "test 1 of 1: took too long"
    assert quickly(program, {"seconds": 6}).verdict == "correct"
    # A row can ask for no less, for no nonsense, and not for hours.
    short = block("def add(a, b): return a + b")
    for odd in (-1, float("nan"), "9", None):
        assert quickly(short, {"seconds": odd}).verdict == "correct"
    assert code.MAX_SECONDS <= 120


def quickly(text: str, args: dict[str, Any]) -> Grade:
    request = GradeRequest("code", text, json.dumps(ADD), json.dumps(args))
    return registry.grade(request, GradingSettings(code_seconds=0.5, code_memory_mb=256))


def test_prose_is_no_program() -> None:
    assert grade("I would add the numbers.", ADD)[:2] == ("parse_failure", 0.0)


@pytest.mark.parametrize(
    "truth",
    [
        None,
        [],
        {},
        {"functional": " "},
        {"functional": 3},
        {"inputs": [], "outputs": []},
        {"inputs": ["1"], "outputs": []},
        "text",
        {"inputs": "1", "outputs": "2"},
    ],
)
def test_a_broken_truth_is_ungraded(truth: Any) -> None:
    assert grade(block("x = 1"), truth)[:2] == ("ungraded", None)


def test_without_a_sandbox_nothing_is_graded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.available.cache_clear()
    try:
        result = grade(block("def add(a, b): return a + b"), ADD)
    finally:
        sandbox.available.cache_clear()
    assert result[:2] == ("ungraded", None)
    assert "apt-get install bubblewrap" in (result.detail or "")


@needs_sandbox
def test_assertions_decide() -> None:
    assert grade(block("def add(a, b): return a + b"), ADD)[:3] == ("correct", 1.0, None)
    assert grade(block("def add(a, b): return a - b"), ADD)[:2] == ("wrong", 0.0)
    assert grade(block("def add(a, b): return a + b"), json.dumps(ADD)).verdict == "correct"


@needs_sandbox
def test_the_prefix_comes_first() -> None:
    args = {"prefix": "from typing import List"}
    truth = {"functional": "assert f([1]) == 1"}
    assert grade(block("def f(x: List[int]): return x[0]"), truth, args).verdict == "correct"
    assert grade(block("def f(x: List[int]): return x[0]"), truth).verdict == "wrong"


@needs_sandbox
def test_standard_output_is_compared_by_lines() -> None:
    assert grade(block("print(int(input()) * 2)"), DOUBLE).verdict == "correct"
    assert grade(block("print(' ', int(input()) * 2, '  ')\nprint()"), DOUBLE).verdict == "correct"
    half = grade(block("input()\nprint(2)"), DOUBLE)
    assert half[:2] == ("wrong", 0.5)
    assert "test 2 of 2" in (half.detail or "")


@needs_sandbox
def test_calls_are_compared_as_data() -> None:
    truth = {"fn_name": "f", "inputs": [[1, 2], "[3]\n4"], "outputs": [[[1, 2]], "[[3], 4]"]}
    assert grade(block("def f(a, b): return (a, b)"), truth).verdict == "correct"
    assert grade(block("def f(a, b): return (b, a)"), truth)[:2] == ("wrong", 0.0)


@needs_sandbox
@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "raise SystemExit(0)",
        "import os; os._exit(0)",
        "x = 'a' * (9 << 30)",
        "1/0",
    ],
)
def test_a_failing_program_is_the_models_fault(source: str) -> None:
    for truth in (ADD, DOUBLE, {"fn_name": "f", "inputs": [[1]], "outputs": [1]}):
        assert grade(block(source), truth)[:2] == ("wrong", 0.0)


@needs_sandbox
def test_broken_tests_are_our_fault() -> None:
    assert grade(block("x = 1"), {"functional": "assert add("})[:2] == ("ungraded", None)


@needs_sandbox
def test_an_answer_cut_off_is_truncated_unless_it_passes() -> None:
    assert grade("```python\ndef add(a, b):\n    ret", ADD, finish="length").verdict == "truncated"
    assert grade("Let me think", ADD, finish="length").verdict == "truncated"
    assert grade(block("def add(a, b): return a + b"), ADD, finish="length").verdict == "correct"
