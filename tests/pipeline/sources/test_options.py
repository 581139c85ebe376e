"""What a grader must know beside the truth, from a row's other fields and its prompt."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.accounting import Reject
from pipeline.grading import registry
from pipeline.grading.verdicts import GradeRequest
from pipeline.settings import GradingSettings
from pipeline.sources import reasoning360
from pipeline.sources.json_text import json_text

Row = Callable[..., dict[str, Any]]
Guru = Callable[..., Path]
CRUX = '{"functional": "def f(x):\\n    return x + 1"}'
OUTPUT = "Complete it.\n\n```python\ndef f(x):\n    return x + 1\nassert f(4) == ??\n```\n"
INPUT = "Complete it.\n\n```python\ndef f(x):\n    return x + 1\nassert f(??) == 5\n```\n"
IFBENCH = (
    "[{'instruction_id': ['punctuation:no_comma', 'keywords:existence'], "
    "'kwargs': [None, {'keywords': ['tea']}]}]"
)
NOTHING = [{"num_words": None}]


def only(path: Path) -> Any:
    (item,) = reasoning360.read(str(path))
    return item


def verdict(item: Any, text: str) -> str:
    """Of an answer to a row as the collector hands it on."""
    request = GradeRequest(
        item.grader, text, json_text(item.ground_truth), json_text(item.grader_args)
    )
    return registry.grade(request, GradingSettings()).verdict


def test_a_verifier_must_know_the_question(guru: Guru, row: Row) -> None:
    known = row(data_source="stem__web", truth="4", extra_info={"idx": 1, "question": "2 + 2?"})
    assert only(guru(known)).grader_args == {"question": "2 + 2?"}
    unknown = row(data_source="stem__web", truth="4", question="Think. 2 + 2?")
    assert only(guru(unknown)).grader_args == {"question": "Think. 2 + 2?"}


def test_cruxeval_completes_the_assertion_of_its_prompt(guru: Guru, row: Row) -> None:
    output = row(
        data_source="simulation__cruxeval-o",
        truth=CRUX,
        question=OUTPUT,
        extra_info={"reference": "5"},
    )
    item = only(guru(output))
    assert item.grader_args == {"assertion": "assert f(4) == ??", "output": "5"}
    assert verdict(item, "```python\nassert f(4) == 5\n```") == "correct"
    assert verdict(item, "```python\nassert f(4) == 6\n```") == "wrong"
    item = only(
        guru(
            row(
                data_source="simulation__cruxeval-i",
                truth=CRUX,
                question=INPUT,
                extra_info={"reference": "5"},
            )
        )
    )
    assert item.grader_args == {"assertion": "assert f(??) == 5"}


@pytest.mark.parametrize("prompt", ["What does it print?", "assert f(??) == ??\n```", "assert ??"])
def test_a_prompt_without_one_hole_is_a_reject(guru: Guru, row: Row, prompt: str) -> None:
    item = only(guru(row(data_source="simulation__cruxeval-o", truth=CRUX, question=prompt)))
    assert isinstance(item, Reject)
    assert item.reason == "malformed_ground_truth"


def test_ifeval_joins_names_and_arguments(guru: Guru, row: Row) -> None:
    arguments = [
        {"num_words": None, "relation": None},
        {"num_words": 3.0, "relation": "at least"},
    ]
    names = ["punctuation:no_comma", "length_constraints:number_words"]
    item = only(
        guru(
            row(
                data_source="ood__ifeval",
                truth=arguments,
                extra_info={"instruction_id_list": names},
            )
        )
    )
    assert item.ground_truth == [
        {"id": names[0], "kwargs": {}},
        {"id": names[1], "kwargs": {"num_words": 3.0, "relation": "at least"}},
    ]
    assert verdict(item, "One two three") == "correct"
    assert verdict(item, "One, two, three") == "wrong"


def test_ifbench_keeps_both_in_a_text(guru: Guru, row: Row) -> None:
    item = only(guru(row(data_source="ood__ifbench", truth=IFBENCH, extra_info=None)))
    assert [one["id"] for one in item.ground_truth] == [
        "punctuation:no_comma",
        "keywords:existence",
    ]
    assert verdict(item, "Some tea") == "correct"


def test_unknown_instructions_are_a_reject_that_names_them(guru: Guru, row: Row) -> None:
    extra = {"instruction_id_list": ["count:emoji"]}
    item = only(guru(row(data_source="ood__ifeval", truth=NOTHING, extra_info=extra)))
    assert (item.reason, item.detail) == ("unknown_instruction", "count:emoji")


@pytest.mark.parametrize("names", [None, [], ["punctuation:no_comma"] * 2])
def test_instructions_that_do_not_fit_their_arguments(guru: Guru, row: Row, names: Any) -> None:
    extra = {"index": 1} | ({} if names is None else {"instruction_id_list": names})
    for truth in (NOTHING, "[]", "{}", "[1]"):
        item = only(guru(row(data_source="ood__ifeval", truth=truth, extra_info=extra)))
        assert item.reason == "malformed_ground_truth"
