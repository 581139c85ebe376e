"""Table cells as a multiset; JSON values by what they mean."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading import registry
from pipeline.grading.json_value import last_value
from pipeline.grading.verdicts import GradeRequest
from pipeline.settings import GradingSettings


def verdict(grader: str, text: str, truth: Any, args: dict[str, Any] | None = None) -> str:
    request = GradeRequest(grader, text, json.dumps(truth), json.dumps(args or {}))
    return registry.grade(request, GradingSettings()).verdict


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        (r"\boxed{3|blue}", ["blue", 3]),
        (r"\boxed{3}", "3"),
        (r"\boxed{3}", 3),
        ("Answer: 3 | blue", "3|blue"),
        (r"\boxed{1,234.50}", "1234.5"),
        (r"\boxed{12.344}", "12.34"),
        (r"\boxed{$5}", 5),
        (r"\boxed{5\%}", "5%"),
        (r"\boxed{\text{New York}|\text{Rome}}", ["Rome", "new york"]),
        (r"\boxed{1|1}", [1, 1]),
        (r"\boxed{a \mid b}", ["a", "b"]),
        (r"\boxed{10|10.04}", ["10.0", "10.04"]),
        (r"\boxed{x}", [["x"]]),
    ],
)
def test_tables_correct(text: str, truth: Any) -> None:
    assert verdict("table", text, truth) == "correct"


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        (r"\boxed{3}", ["blue", 3]),
        (r"\boxed{1|1}", [1, 2]),
        (r"\boxed{1|2|2}", [1, 2]),
        (r"\boxed{12.35}", "12.34"),
        (r"\boxed{12.4}", "12"),
        (r"\boxed{red}", "blue"),
        (r"\boxed{|}", "1"),
        (r"\boxed{-5}", 5),
    ],
)
def test_tables_wrong(text: str, truth: Any) -> None:
    assert verdict("table", text, truth) == "wrong"


def test_table_edges() -> None:
    assert verdict("table", r"\boxed{103}", 100, {"tolerance": 0.05}) == "correct"
    assert verdict("table", r"\boxed{106}", 100, {"tolerance": 0.05}) == "wrong"
    assert verdict("table", r"\boxed{3}", 3, {"tolerance": "x"}) == "ungraded"
    assert verdict("table", r"\boxed{3}", None) == "ungraded"
    assert verdict("table", r"\boxed{3}", []) == "ungraded"
    assert verdict("table", "The value is 3", 3) == "parse_failure"
    assert verdict("table", r"\boxed{" + "1|" * 40_000 + "1}", 3) == "wrong"


@given(st.lists(st.integers(-999, 999), min_size=1, max_size=6), st.randoms())
def test_the_order_of_cells_is_free(cells: list[int], random: Any) -> None:
    shuffled = list(cells)
    random.shuffle(shuffled)
    text = "|".join(map(str, shuffled))
    assert verdict("table", f"\\boxed{{{text}}}", cells) == "correct"
    assert verdict("table", f"\\boxed{{{text}|1000}}", cells) == "wrong"


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ('```json\n{"a": 1}\n```', {"a": 1.0}),
        ('So {"a": {"b": [1, 2]}} it is.', {"a": {"b": [1, 2]}}),
        ("[1] then [2]", [2]),
        ("```\n[1]\n```", "[1]"),
        ('{"a": 1}', '{"a": 1}'),
        ("3", 3),
        ("null", None),
        (r"\boxed{[1, 2]}", [1, 2]),
        ('{"b": 2, "a": 1}', {"a": 1, "b": 2}),
        ("first {oops} then [3]", [3]),
        ("```python\nx\n```\n[4]", [4]),
        ('"text"', "text"),
    ],
)
def test_json_correct(text: str, truth: Any) -> None:
    assert verdict("json", text, truth) == "correct"


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ('{"a": 1}', {"a": 2}),
        ("[1, 2]", [2, 1]),
        ("[1]", [True]),
        ("[[1]] [2]", [1]),
        ('{"a": 1}', {"a": 1, "b": 2}),
    ],
)
def test_json_wrong(text: str, truth: Any) -> None:
    assert verdict("json", text, truth) == "wrong"


@pytest.mark.parametrize(
    "text", ["none here", "{'a': 1}", "{a}", "__import__('os')", "[" * 90_000, "{" * 90_000]
)
def test_json_absent(text: str) -> None:
    assert verdict("json", text, {"a": 1}) == "parse_failure"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=6))
def test_a_json_value_comes_back(value: Any) -> None:
    assert last_value(f"text\n```json\n{json.dumps(value)}\n```") == value
