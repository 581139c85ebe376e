"""Instructions that code can check: all of IFEval's, on the benchmark's own arguments."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading import registry
from pipeline.grading.ifeval import CHECKS, known_name
from pipeline.grading.instructions.counting import sentences
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings

SHARED = Path(
    os.environ.get("XROUTER_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared")
)
BENCHMARK = SHARED / "data" / "benchmarks" / "ifeval.jsonl"


def grade(text: str, *instructions: tuple[str, dict[str, Any]]) -> Grade:
    truth = [{"id": name, "kwargs": kwargs} for name, kwargs in instructions]
    return registry.grade(GradeRequest("ifeval", text, json.dumps(truth)), GradingSettings())


@pytest.mark.skipif(not BENCHMARK.exists(), reason=f"no shared data at {SHARED}")
def test_every_row_of_the_benchmark_is_graded() -> None:
    seen = set()
    rows = [json.loads(line) for line in BENCHMARK.read_text().splitlines()]
    for row in rows:
        pairs = list(zip(row["instruction_id_list"], row["kwargs"], strict=True))
        found = grade("One sentence, no more.", *pairs)
        assert found.verdict in ("correct", "wrong"), found.detail
        seen |= {known_name(name) for name, _ in pairs}
    assert len(rows) == 541
    assert seen == set(CHECKS)


YES_AND_NO = [
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "at most"},
     "GO NOW, please", "GO NOW OR NEVER"),
    ("change_case:english_capital", {}, "THIS IS ALL IN CAPITALS FOR YOU, MY GOOD FRIEND",
     "This is not in capitals"),
    ("change_case:english_lowercase", {}, "this is written without any capital letters at all",
     "This has one capital letter"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say hi. "}, "say hi.\nHi!", "Hi! Say hi."),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a], [b]",
     "[a], [b"),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye\np. s. hi", "Bye PS hi"),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "P. P. S hi", "P.S. hi"),
    ("detectable_format:constrained_response", {}, "Well: My answer is no.", "My answer is: no"),
    ("detectable_format:json_format", {}, "```JSON\n[1]\n```", "Here: [1]"),
    ("detectable_format:multiple_sections", {"section_spliter": "PART", "num_sections": 2},
     "PART 1 a\nPART 2 b", "PART one PART two"),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* and **b**",
     "*a* and * *"),
    ("keywords:existence", {"keywords": ["Tea", "milk"]}, "tea with MILK", "tea"),
    ("language:response_language", {"language": "ja"}, "これは日本語の文です。とても短いです。",
     "This is written in English only"),
    ("language:response_language", {"language": "de"},
     "Das hier ist ein kurzer deutscher Text, der von nichts handelt und bald endet.",
     "This here is a short English text, which is about nothing and will end soon."),
    ("length_constraints:number_sentences", {"num_sentences": 3, "relation": "less than"},
     "One. Two.", "One. Two. Three."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kwargs", "yes", "no"), YES_AND_NO)
def test_yes_and_no(name: str, kwargs: dict[str, Any], yes: str, no: str) -> None:
    assert grade(yes, (name, kwargs)).verdict == "correct"
    assert grade(no, (name, kwargs))[:2] == ("wrong", 0.0)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("One", 1),
        ("One. Two! Three?", 3),
        ("Mr. and Mrs. Smith left. They were late.", 2),
        ("It cost 3.50 dollars, i.e. too much.", 1),
        ("He met J. R. Doe.", 1),
        ('"Stop!" he said. "Why?"', 2),
        ("Wait... what? Yes.", 2),
        ("A list:\n1. One.\n2. Two.", 2),
        ("これは文です。もう一つ。", 2),
    ],
)
def test_sentences(text: str, number: int) -> None:
    assert sentences(text) == number


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("keywords:frequency", {"keyword": "a", "frequency": 2}),
        ("keywords:frequency", {"keyword": "a", "frequency": -1, "relation": "at least"}),
        ("keywords:existence", {"keywords": []}),
        ("keywords:existence", {"keywords": "tea"}),
        ("keywords:existence", {"keywords": ["tea", 5]}),
        ("startend:end_checker", {"end_phrase": " "}),
        ("length_constraints:number_words", {"num_words": 2.5, "relation": "at least"}),
        ("length_constraints:number_words", {"num_words": True, "relation": "at least"}),
        ("no:such_thing", {}),
        ("", {}),
    ],
)
def test_what_cannot_be_checked_is_ungraded(name: str, kwargs: dict[str, Any]) -> None:
    assert grade("Tea.", (name, kwargs))[:2] == ("ungraded", None)


@given(st.text(max_size=300), st.sampled_from(YES_AND_NO))
def test_any_text_is_checked(text: str, case: tuple[str, dict[str, Any], str, str]) -> None:
    assert grade(f"x {text}", case[:2]).verdict in ("correct", "wrong", "parse_failure")
