"""The multiple-choice grader never guesses."""

import json
from typing import Any

import pytest

from pipeline.grading import registry
from pipeline.grading.verdicts import GradeRequest
from pipeline.settings import GradingSettings

CHOICES = {"A": "red", "B": "blue", "C": "dark blue", "D": "I do not know"}


def verdict(text: str, truth: Any = "C", choices: Any = CHOICES) -> str:
    args = {} if choices is None else {"choices": choices}
    request = GradeRequest("choice", text, json.dumps(truth), json.dumps(args))
    return registry.grade(request, GradingSettings()).verdict


@pytest.mark.parametrize(
    "text",
    [
        r"\boxed{C}",
        r"\boxed{\text{C}}",
        r"\boxed{(C)}",
        "Answer: C",
        "**Answer: C**",
        "The answer is (C).",
        "Answer: C) dark blue",
        "Answer: C. dark blue",
        "C",
        "(C)",
        "c.",
        "dark blue",
        "Dark blue.",
        "It is (C).",
        r"A is wrong, B too. \boxed{C}",
        "The final answer is C",
        "Answer: option C",
        "Answer: dark blue",
    ],
)
def test_right_letters(text: str) -> None:
    assert verdict(text) == "correct"


@pytest.mark.parametrize("text", ["Answer: B", r"\boxed{A}", "blue", "(A)", "Answer: B. dark blue"])
def test_wrong_letters(text: str) -> None:
    assert verdict(text) == "wrong"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I think so.",
        "Either (B) or (C).",
        "Answer: B or C",
        "Answer: B, C",
        r"\boxed{B/C}",
        "A C",
        "Answer: E",
        "Answer: Consider",
        r"\boxed{BC}",
        "Could be A, could be C.",
        "Answer: (A) and (C)",
        "\x00",
    ],
)
def test_what_is_ambiguous_is_no_answer(text: str) -> None:
    assert verdict(text) == "parse_failure"


def test_choices_may_be_missing_or_a_list() -> None:
    assert verdict("Answer: C", choices=None) == "correct"
    assert verdict("blue", truth="B", choices=["red", "blue"]) == "correct"
    assert verdict("dark blue", choices=None) == "parse_failure"


@pytest.mark.parametrize("truth", [None, 3, "E", "", ["C"], "CD"])
def test_a_truth_that_is_no_choice_is_ungraded(truth: Any) -> None:
    assert verdict("Answer: C", truth) == "ungraded"


def test_two_choices_with_one_text_are_ambiguous() -> None:
    assert verdict("red", "A", {"A": "red", "B": "Red"}) == "parse_failure"
