from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.problems import to_json

Row = Callable[..., dict[str, Any]]
Guru = Callable[..., Path]
Collect = Callable[..., Any]


def test_equal_prompts_collapse_to_the_first(guru: Guru, row: Row, collect: Collect) -> None:
    guru(row(question="Ä\r\nb "), name="1.parquet")
    again = row(question="A\u0308\nb", truth=" 42 ")
    other = row(question="Ä\nb", data_source="math__other")
    root = guru(again, other, name="2.parquet").parent
    done = collect([root])
    assert done.problems["origin"].struct.field("file").to_list() == ["1.parquet"]
    assert done.rejects.select("key", "reason").rows() == [
        ("2.parquet#0", "duplicate_prompt"),
        ("2.parquet#1", "duplicate_prompt"),
    ]
    assert done.problems["problem_id"][0] in done.rejects["detail"][0]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("42", "43", "conflicting_answer"),
        ("42", ["42", "forty-two"], "duplicate_prompt"),
        (["1/2", "0.5"], ["0.5", "50 %"], "duplicate_prompt"),
        (["1/2", "0.5"], ["2"], "conflicting_answer"),
    ],
)
def test_other_answers_to_the_same_prompt(
    guru: Guru, row: Row, collect: Collect, first: Any, second: Any, reason: str
) -> None:
    one = guru(row(truth=first), name="1.parquet")
    two = guru(row(truth=second), name="2.parquet")
    done = collect([one, two])
    assert done.rejects["reason"].to_list() == [reason]
    assert done.problems["ground_truth"].to_list() == [to_json(first)]


def test_order_of_the_settings_decides_who_is_first(guru: Guru, row: Row, collect: Collect) -> None:
    one = guru(row(truth="1"), name="1.parquet")
    two = guru(row(truth="2"), name="2.parquet")
    assert collect([one, two], out="a").problems["ground_truth"].to_list() == ['"1"']
    assert collect([two, one], out="b").problems["ground_truth"].to_list() == ['"2"']


def test_rates_of_copies_are_merged(guru: Guru, row: Row, collect: Collect) -> None:
    one = guru(row(a_pass_rate=0.1), name="1.parquet")
    two = guru(row(a_pass_rate=0.9, c_avg_reward=0.3), name="2.parquet")
    three = guru(row(c_pass_rate=0.7, b_pass_rate=0.2), name="3.parquet")
    wrong = guru(row(d_pass_rate=0.2, truth="another"), name="4.parquet")
    rates = collect([one, two, three, wrong]).problems["published_pass_rates"].to_list()
    assert [[(r["reference"], r["rate"]) for r in found] for found in rates] == [
        [("a", 0.1), ("b", 0.2), ("c", 0.3)]
    ]


def test_chat_voices_collapse_without_conflict(tmp_path: Path, collect: Collect) -> None:
    for voice in ("friendly", "professional"):
        text = f"# ? Hi\n- Hello\n\n```markdown\n{voice}\n```\n"
        (tmp_path / f"chitchat_english_{voice}.qna").write_text(text)
    done = collect(everyday=sorted(tmp_path.glob("*.qna")))
    assert done.rejects["reason"].to_list() == ["duplicate_prompt"] * 2
    assert done.references["solution"].to_list() == ["friendly"] * 2
    assert done.problems["kind"].to_list() == ["everyday"] * 2
    assert done.problems["ground_truth"].to_list() == ["null"] * 2
