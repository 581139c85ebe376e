import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.errors import InputError
from pipeline.tiering.answers import Answer
from pipeline.tiering.questions import Question
from pipeline.tiering.recorded import Replay, load_replay
from pipeline.tiering.specs import Recorded
from schemas.problems import canonical_prompt

A, B = "a" * 16, "b" * 16
PROMPTS = {
    canonical_prompt([{"role": "user", "content": "2 + 2?"}]): [A],
    canonical_prompt([{"role": "user", "content": "3 + 3? Box it."}]): [B],
}


def question(problem_id: str) -> Question:
    return Question(problem_id, [], "math", "4", "{}", None, None)


def lines(path: Path, rows: Iterable[Any]) -> Path:
    texts = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def replay(path: Path, mapping: Path | None = None) -> Replay:
    return load_replay(Recorded(path, mapping), PROMPTS)


def answers(found: Replay) -> list[Answer]:
    return found.answer([question(A), question(B)])


def faults(found: Replay) -> list[tuple[str, str]]:
    return [(reject.key, reject.reason) for reject in found.rejects]


def own(problem_id: str = A, **more: Any) -> dict[str, Any]:
    return {"problem_id": problem_id, "reference": "m", "text": "4"} | more


def test_rows_of_our_own_contract_need_no_mapping(tmp_path: Path) -> None:
    full = own(
        sample=3,
        verdict="wrong",
        sampling='{"temperature":1}',
        completion_tokens=7,
        seconds=0.5,
        cost_usd=0.001,
        finish_reason="stop",
        engine="vllm",
        engine_version="0.32.0",
        dtype="fp8",
    )
    (answer,) = answers(replay(lines(tmp_path / "a.jsonl", [full])))
    assert answer == Answer(
        A,
        "m",
        3,
        "recorded",
        "4",
        '{"temperature":1}',
        engine_version="0.32.0",
        dtype="fp8",
        completion_tokens=7,
        finish_reason="stop",
        seconds=0.5,
        cost_usd=0.001,
        recorded_correct=False,
    )


def test_what_was_simulated_when_recorded_stays_simulated(tmp_path: Path) -> None:
    rows = [own(engine="simulated"), own(B, engine="endpoint")]
    assert [a.engine for a in answers(replay(lines(tmp_path / "a.jsonl", rows)))] == [
        "simulated",
        "recorded",
    ]


def test_a_recorded_fault_of_the_grader_is_no_recorded_verdict(tmp_path: Path) -> None:
    rows = [own(verdict=verdict) for verdict in ("ungraded", "truncated", "correct", None)]
    found = answers(replay(lines(tmp_path / "a.jsonl", rows)))
    assert [a.recorded_correct for a in found] == [None, False, True, None]


def test_answers_without_a_sample_number_are_counted_up(tmp_path: Path) -> None:
    rows = [own(), own(sample=5), own(), own(B)]
    found = answers(replay(lines(tmp_path / "a.jsonl", rows)))
    assert [(a.problem_id, a.sample) for a in found] == [(A, 0), (A, 5), (A, 6), (B, 0)]


def test_a_repeated_sample_is_a_reject(tmp_path: Path) -> None:
    rows = [own(sample=0), own(sample=0, text="5"), own(sample=0, reference="n")]
    found = replay(lines(tmp_path / "a.jsonl", rows))
    assert [(a.reference, a.text) for a in answers(found)] == [("m", "4"), ("n", "4")]
    assert faults(found) == [("a.jsonl:2", "duplicate_attempt")]


def test_malformed_lines_and_strangers_are_rejects_with_their_line(tmp_path: Path) -> None:
    rows: list[Any] = [
        own(),
        "{not json",
        "",
        "[1, 2]",
        own("c" * 16),
        own(7),  # type: ignore[arg-type]
        own(text=None),
        own(text=12),
        own(sample=-1),
        own(sample=2**31),
        own(verdict="perhaps"),
        own(cost_usd=-1),
        json.dumps(own()).replace('"4"', '"4", "seconds": 1e999'),
        own(reference=""),
        json.dumps(own(text="\ud800")),
        "[" * 100_000,
        own(text="末 🙂 \u0000"),
    ]
    found = replay(lines(tmp_path / "a.jsonl", rows))
    assert [a.text for a in answers(found)] == ["4", "末 🙂 \u0000"]
    assert Counter(reason for _, reason in faults(found)) == {"malformed": 13, "no_such_problem": 1}
    assert ("a.jsonl:5", "no_such_problem") in faults(found)
    assert {key for key, _ in faults(found)} == {f"a.jsonl:{n}" for n in (2, *range(4, 17))}


def test_a_file_that_is_not_utf8_rejects_its_bad_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = json.dumps(own()).encode()
    path.write_bytes(b"\xef\xbb\xbf" + good + b"\n\xff\xfe\n" + good + b"\n")
    found = replay(path)
    assert len(answers(found)) == 2
    assert faults(found) == [("a.jsonl:2", "malformed")]


def test_a_prompt_may_be_text_or_messages(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        'form = "long"\n[columns]\nprompt = "p"\nreference = "m"\ntext = "t"\n'
        'recorded_correct = "ok"\n'
    )
    rows = [
        {"p": "  2 + 2?\r\n", "m": "x", "t": "4", "ok": 1},
        {"p": [{"role": "user", "content": "2 + 2?"}], "m": "x", "t": "4", "ok": False},
        {"p": [{"role": "user"}], "m": "x", "t": "4", "ok": None},
        {"p": ["2 + 2?"], "m": "x", "t": "4", "ok": None},
        {"p": [{"role": "user", "content": 4}], "m": "x", "t": "4", "ok": None},
        {"p": "2 + 3?", "m": "x", "t": "4", "ok": None},
        {"p": "2 + 2?", "m": "x", "t": "4", "ok": "maybe"},
    ]
    found = replay(lines(tmp_path / "a.jsonl", rows), mapping)
    assert [a.recorded_correct for a in answers(found)] == [True, False]
    assert [reason for _, reason in faults(found)] == [
        "malformed",
        "malformed",
        "malformed",
        "no_such_problem",
        "malformed",
    ]


def wide_mapping(tmp_path: Path) -> Path:
    mapping = tmp_path / "wide.toml"
    mapping.write_text(
        'form = "wide"\nprompt_template = "{question} Box it."\n[columns]\nquestion = "q"\n'
        '[references]\nbig = "b"\nsmall = "s"\n[fields]\ntext = "t"\nrecorded_correct = "ok"\n'
    )
    return mapping


def test_a_wide_row_holds_an_answer_per_reference(tmp_path: Path) -> None:
    rows = [
        {"q": "3 + 3?", "b": {"t": "6", "ok": True}, "s": {"t": "7", "ok": True}},
        {"q": "3 + 3?", "b": None, "s": {"t": "8", "ok": False}},
        {"q": "3 + 3?", "b": "6", "s": {"ok": False}},
        {"q": "4 + 4?", "b": {"t": "8", "ok": True}, "s": None},
    ]
    found = replay(lines(tmp_path / "w.jsonl", rows), wide_mapping(tmp_path))
    assert [(a.reference, a.sample, a.text, a.recorded_correct) for a in answers(found)] == [
        ("big", 0, "6", True),
        ("small", 0, "7", True),
        ("small", 1, "8", False),
    ]
    assert faults(found) == [
        ("w.jsonl:3", "malformed"),
        ("w.jsonl:3", "malformed"),
        ("w.jsonl:4", "no_such_problem"),
    ]


def test_parquet_gives_the_same_answers_as_jsonl(tmp_path: Path) -> None:
    rows = [{"q": "3 + 3?", "b": {"t": "6", "ok": True}, "s": {"t": "7", "ok": None}}]
    pl.DataFrame(rows).write_parquet(tmp_path / "w.parquet")
    mapping = wide_mapping(tmp_path)
    from_lines = replay(lines(tmp_path / "w.jsonl", rows), mapping)
    from_parquet = replay(tmp_path / "w.parquet", mapping)
    assert answers(from_parquet) == answers(from_lines)
    assert len(answers(from_lines)) == 2


def test_one_prompt_in_two_sources_gives_both_problems_the_answer(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('form = "long"\n[columns]\nprompt = "p"\nreference = "m"\ntext = "t"\n')
    path = lines(tmp_path / "a.jsonl", [{"p": "2 + 2?", "m": "x", "t": "4"}])
    prompts = {canonical_prompt([{"role": "user", "content": "2 + 2?"}]): [A, B]}
    found = load_replay(Recorded(path, mapping), prompts)
    assert [a.problem_id for a in answers(found)] == [A, B]


def test_identity_is_the_content_and_not_the_path(tmp_path: Path) -> None:
    first, moved = lines(tmp_path / "a.jsonl", [own()]), lines(tmp_path / "b.jsonl", [own()])
    changed = lines(tmp_path / "c.jsonl", [own(text="5")])
    assert replay(first).identity == replay(moved).identity != replay(changed).identity
    assert str(tmp_path) not in replay(first).identity


def test_files_that_cannot_be_used_are_input_errors(tmp_path: Path) -> None:
    truncated = tmp_path / "t.parquet"
    pl.DataFrame([own()]).write_parquet(truncated)
    truncated.write_bytes(truncated.read_bytes()[:-9])
    renamed = tmp_path / "t.data"
    renamed.write_bytes(truncated.read_bytes())
    (tmp_path / "empty.jsonl").touch()
    for path in (truncated, renamed, tmp_path, tmp_path / "none", tmp_path / "empty.jsonl"):
        with pytest.raises(InputError, match=path.name):
            replay(path)
