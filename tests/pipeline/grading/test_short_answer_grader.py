"""The short-answer grader: aliases, numbers, dates, and sentences that assert them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading import registry
from pipeline.grading.dates import Date, as_date
from pipeline.grading.quantities import quantity
from pipeline.grading.verdicts import GradeRequest
from pipeline.settings import GradingSettings


def verdict(text: str, truth: Any) -> str:
    request = GradeRequest("short_answer", text, json.dumps(truth))
    return registry.grade(request, GradingSettings()).verdict


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("Paris", "paris"),
        ("Paris.", "Paris"),
        ("The Beatles", "Beatles"),
        ("São Paulo", "Sao Paulo"),
        ("ＰＡＲＩＳ", "Paris"),
        (" Paris\n", ["Lyon", "Paris"]),
        ("Answer: Paris", "Paris"),
        (r"\boxed{Paris}", "Paris"),
        ("The capital of France is Paris.", "Paris"),
        ("rock 'n' roll", "rock n roll"),
        ("The", "The"),
        ("東京", "東京"),
        ("それは東京です。", "東京"),
        ("Zürich", "Zurich"),
        ("14", "fourteen"),
        ("Fourteen", 14),
        ("twenty-one", "21"),
        ("1,000", "1000"),
        ("1000", "1,000"),
        ("42 km", "42"),
        ("42", "42 km"),
        ("42 kilometers", "42 kilometer"),
        ("$5 million", "5,000,000"),
        ("about 300", "300"),
        ("There are 14 of them.", "14"),
        ("14.0", "14"),
        ("14 December 1972", "December 14, 1972"),
        ("1972-12-14", "December 14, 1972"),
        ("Dec 14, 1972", "1972-12-14"),
        ("14th of December, 1972", "December 14, 1972"),
        ("December 14, 1972", "December 1972"),
        ("December 14, 1972", "1972"),
        ("1972年12月14日", "14 December 1972"),
        ("14/12/1972", "December 14, 1972"),
        ("On December 14, 1972.", "December 14, 1972"),
        ("He landed on December 14, 1972, I believe.", "December 14, 1972"),
    ],
)
def test_correct(text: str, truth: Any) -> None:
    assert verdict(text, truth) == "correct"


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("Lyon", "Paris"),
        ("Parisian", "Paris"),
        ("not Paris", "Paris"),
        ("It is not Paris.", "Paris"),
        ("Paris or Lyon", "Paris"),
        ("Lyon or Paris", "Paris"),
        ("Either Paris or Lyon.", "Paris"),
        ("13", "14"),
        ("13 or 14", "14"),
        ("between 13 and 14", "14"),
        ("fifteen", "14"),
        ("2", "2 Unlimited"),
        ("42 miles", "42 km"),
        ("December 1972", "December 14, 1972"),
        ("1972", "December 14, 1972"),
        ("December 15, 1972", "December 14, 1972"),
        ("December 14, 1973", "December 14, 1972"),
        ("03/04/2001", "March 4, 2001"),
        ("May", "May 5, 2001"),
        ("が", "か"),
        ("I don't know", "Paris"),
        ("114", "14"),
        ("14.5", "14"),
    ],
)
def test_wrong(text: str, truth: Any) -> None:
    assert verdict(text, truth) == "wrong"


def test_a_long_text_without_a_mark_holds_no_short_answer() -> None:
    assert verdict("Paris is nice. " * 100, "Paris") == "parse_failure"
    assert verdict("It is nice. " * 100 + "\nAnswer: Paris", "Paris") == "correct"
    assert verdict("   ", "Paris") == "parse_failure"


@pytest.mark.parametrize("truth", [None, {}, [], "", [[]], True, [None]])
def test_a_truth_of_another_shape_is_ungraded(truth: Any) -> None:
    assert verdict("Paris", truth) == "ungraded"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1972", Date(1972)),
        ("1972-12", Date(1972, 12)),
        ("Dec 1972", Date(1972, 12)),
        ("2001-02-30", None),
        ("30 February 2001", None),
        ("March 5", None),
        ("Ten", None),
        ("May", None),
        ("the 1972 cup", None),
        ("5 May 2001 or so", None),
        ("9" * 59, None),
        ("29 Feb 1904", Date(1904, 2, 29)),
    ],
)
def test_dates(text: str, date: Date | None) -> None:
    assert as_date(text) == date


@given(st.dates(min_value=__import__("datetime").date(1000, 1, 1)))
def test_every_date_is_read_in_words_and_figures(day: Any) -> None:
    wanted = Date(day.year, day.month, day.day)
    assert as_date(day.isoformat()) == wanted
    assert as_date(f"{day.day} {day:%B} {day.year}") == wanted
    assert as_date(f"{day:%b} {day.day}, {day.year}") == wanted


@given(st.text(max_size=200), st.text(min_size=1, max_size=30))
def test_any_text_gets_a_verdict(text: str, truth: str) -> None:
    known = (
        ("correct", "wrong", "parse_failure") if truth.strip() else ("ungraded", "parse_failure")
    )
    assert verdict(text, truth) in known
    quantity(text)
    as_date(text)


@given(st.text(min_size=1, max_size=30).filter(str.strip))
def test_the_truth_itself_is_correct(truth: str) -> None:
    assert verdict(f"{truth}", truth) == "correct"
