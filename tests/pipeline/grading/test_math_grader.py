"""The math grader: what the answer is, when two answers are equal, and that nothing hangs it."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading import math, registry
from pipeline.grading.answers import boxed, declared
from pipeline.grading.numbers import number
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings

SETTINGS = GradingSettings()


def grade(text: str, truth: Any, finish: str = "stop") -> Grade:
    return registry.grade(GradeRequest("math", text, json.dumps(truth), "{}", finish), SETTINGS)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{42}.", "42"),
        (r"\boxed{1} then \boxed{2}", "2"),
        (r"\boxed{\frac{1}{\sqrt{2}}}", r"\frac{1}{\sqrt{2}}"),
        (r"\boxed{\{1,2\}}", r"\{1,2\}"),
        (r"\boxed{1} and \boxed{2", "1"),
        (r"\boxed 7$ is it", "7"),
        (r"\fbox{3}", "3"),
        ("#### 1,234", "1,234"),
        ("work\nA: 18", "18"),
        ("work\nAnswer: 18.", "18"),
        ("**Answer:** 18", "18"),
        ("**Final Answer: 18**", "18"),
        ("The answer is 18.", "18"),
        ("The final answer is: $18$.", "$18$"),
        ("Answer:\n18", "18"),
        ("Answer: 5\nno, wait\nAnswer: 6", "6"),
        ("答案\nAnswer：6", "6"),
        ("#### 5\n\\boxed{6}", "6"),
        ("nothing", None),
        (r"\boxed{}", None),
        ("", None),
    ],
)
def test_the_declared_answer(text: str, answer: str | None) -> None:
    assert declared(text) == answer


def test_the_last_number_is_a_fallback_that_says_so() -> None:
    assert math.extract("first 3, then 4.") == math.Extracted("4", False)
    assert math.extract("A: 3") == math.Extracted("3", True)
    assert math.extract("first 3, then 4", cut_off=True) is None
    assert math.extract("none at all") is None


EQUAL = [
    ("18", "18"),
    ("18.0", "18"),
    ("018", "18"),
    ("1,234", "1234"),
    ("1 234", "1234"),
    (r"1{,}234", "1234"),
    ("$18", "18"),
    (r"\$18", "18"),
    ("18 dollars", "18"),
    ("18 eggs", "18"),
    ("-5", "−5"),
    ("+5", "5"),
    (r"\frac{1}{2}", "0.5"),
    (r"\dfrac{1}{2}", r"\frac12"),
    ("1/2", r"\frac{1}{2}"),
    ("1 1/2", "1.5"),
    (r"-\frac{3}{4}", "-0.75"),
    (r"2\frac{1}{2}", "2.5"),
    ("50%", "50"),
    (r"50\%", "0.5"),
    ("0.5", "50%"),
    ("x = 5", "5"),
    (r"f(x) = 5", "5"),
    (r"5\text{ cm}", "5"),
    (r"5 \mathrm{~m}^2", "5"),
    ("5 cm^2", "5"),
    (r"90^\circ", "90"),
    ("90°", "90"),
    ("3 million", "3000000"),
    (r"\text{Monday}", "monday"),
    (".5", "0.5"),
    (r"\left( 1, 2 \right)", "(1,2)"),
    ("$18 per day", "18"),
    ("0.3333333", r"\frac{1}{3}"),
    ("1e3", "1000"),
]
DIFFERENT = [
    ("18", "19"),
    ("1234", "1235"),
    ("1000001", "1000000"),
    ("0.33", r"\frac{1}{3}"),
    ("-5", "5"),
    ("Monday", "dayMon"),
    ("Tuesday", "Monday"),
    ("5%", "500"),
    ("3 million", "3"),
]


@pytest.mark.parametrize(("answer", "truth"), EQUAL)
def test_equal_without_symbolic_help(answer: str, truth: str) -> None:
    assert math.same(answer, truth) is True


@pytest.mark.parametrize(("answer", "truth"), DIFFERENT)
def test_different_without_symbolic_help(answer: str, truth: str) -> None:
    assert math.same(answer, truth) is False


@pytest.mark.parametrize(
    ("answer", "truth", "verdict"),
    [
        ("x^2+2x+1", "(x+1)^2", "correct"),
        (r"2\sqrt{2}", r"\sqrt{8}", "correct"),
        (r"\{2,1\}", r"\{1,2\}", "correct"),
        ("(1,2)", "(2,1)", "wrong"),
        (r"3\pi", r"\pi \cdot 3", "correct"),
        ("2x", "2", "wrong"),
        ("x+1", "x+2", "wrong"),
        ("__import__('os').getcwd()", "1", "wrong"),
        (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", "correct"),
    ],
)
def test_symbolic_equality(answer: str, truth: str, verdict: str) -> None:
    assert grade(rf"\boxed{{{answer}}}", truth).verdict == verdict


def test_any_of_several_truths_will_do() -> None:
    assert grade("A: 3", ["2", "3"]).verdict == "correct"
    assert grade("A: 3", ["2", 4]).verdict == "wrong"
    assert grade("A: 3", 3).verdict == "correct"


@pytest.mark.parametrize("truth", [None, [], {}, "", True, [None], [["3"]]])
def test_a_truth_of_another_shape_is_ungraded(truth: Any) -> None:
    assert grade("A: 3", truth)[:2] == ("ungraded", None)


def test_no_answer_is_a_parse_failure_and_a_cut_one_is_truncated() -> None:
    assert grade("I do not know", "3")[:2] == ("parse_failure", 0.0)
    assert grade("  \n", "3").verdict == "parse_failure"
    assert grade("so 1 + 2 = 3 and", "3", finish="length")[:2] == ("truncated", 0.0)
    assert grade(r"\boxed{3}", "3", finish="length").verdict == "correct"


def test_a_truth_that_is_no_json_is_ungraded() -> None:
    result = registry.grade(GradeRequest("math", "A: 3", "{3"), SETTINGS)
    assert result[:2] == ("ungraded", None)
    assert "not JSON" in (result.detail or "")


@pytest.mark.parametrize(
    "text",
    [
        "\\boxed{" * 100_000,
        "{" * 1_000_000,
        "\\boxed{" + "9" * 1_000_000 + "}",
        "9" * 1_000_000,
        "A:" * 500_000,
        "answer is " * 100_000,
        " " * 1_000_000 + "x",
        "." * 1_000_000 + "x",
        "A: " + "." * 100_000 + "x",
        "A: " + "1 000" * 100_000,
        "1," * 500_000,
        "\n" * 1_000_000 + "A:",
        "#" * 1_000_000,
        "A: 1e999999999",
        "A: 9/0",
        r"\boxed{\frac{1}{0}}",
        "A:" + " " * 1_000_000,
        "*" * 1_000_000,
        "final " * 200_000,
        r"\boxed{5 " + "a" * 190 + "1}",
        "-" * 1_000_000,
        r"\boxed{" + "ab " * 60 + "}",
    ],
)
def test_the_cheap_part_ends_soon_on_any_text(text: str) -> None:
    began = time.thread_time()
    registry.grade_quick(GradeRequest("math", text, '"7"'), SETTINGS)
    assert time.thread_time() - began < 10


@given(st.text(max_size=300), st.sampled_from(["7", "x+1", "Monday", r"\frac{1}{2}"]))
def test_any_text_gets_a_verdict_or_goes_on(text: str, truth: str) -> None:
    result = registry.grade_quick(GradeRequest("math", text, json.dumps(truth)), SETTINGS)
    assert result is None or result.verdict in ("correct", "wrong", "parse_failure")


@given(st.integers(-(10**15), 10**15))
def test_numbers_are_read_exactly(value: int) -> None:
    assert number(str(value)) == value
    assert number(f"{value:,}") == value
    assert math.same(f"\\${abs(value):,}.00", str(abs(value))) is True
    assert math.same(str(value + 1), str(value)) is False


@given(st.text(alphabet="{}ab\\", max_size=40))
def test_the_box_is_balanced_or_absent(inner: str) -> None:
    content = boxed(f"\\boxed{{{inner}}}")
    assert content is None or content in inner or "\\boxed" in inner
