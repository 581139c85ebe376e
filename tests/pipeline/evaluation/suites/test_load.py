import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.errors import InputError, SettingsError
from pipeline.evaluation.suites.load import load_suite, local_suites
from pipeline.evaluation.suites.texts import reference_texts
from schemas.problems import Problems, References, problem_id


def aime(number: int, **changes: Any) -> dict[str, Any]:
    row = {"id": number, "problem": f"What is {number} + 1?", "answer": str(number + 1)}
    return row | {"solution": f"Add: $\\boxed{{{number + 1}}}$"} | changes


def test_a_directory_of_files(write: Any) -> None:
    where = write("aime24.jsonl", *map(aime, range(5)))
    suite = load_suite("aime24", where)
    problems = Problems.validate(suite.problems)
    assert References.validate(suite.references).height == 5
    assert suite.skipped == {}
    assert suite.suite.name == "aime24"
    assert problems["problem_id"].is_sorted()
    for row in problems.iter_rows(named=True):
        assert row["data_source"] == "suite/aime24"
        assert (row["kind"], row["domain"], row["grader"]) == ("reasoning", "math", "math")
        assert row["problem_id"] == problem_id("suite/aime24", row["messages"])
        assert row["messages"][0]["content"].endswith("in \\boxed{}.")
        origin = row["origin"]
        number = origin["row"]
        assert row["ground_truth"] == f'"{number + 1}"'
        assert f"What is {number} + 1?" in row["messages"][0]["content"]
        assert (origin["file"], origin["revision"]) == ("aime24.jsonl", suite.revision)
        assert origin["dataset"] == "HuggingFaceH4/aime_2024"
        assert origin["licence"] == "unknown"


def test_the_revision_is_that_of_the_bytes(write: Any, tmp_path: Path) -> None:
    where = write("aime24.jsonl", aime(1))
    first = load_suite("aime24", where).revision
    assert first.startswith("sha256:")
    assert len(first) == len("sha256:") + 16
    assert load_suite("aime24", where / "aime24.jsonl").revision == first
    write("aime24.jsonl", aime(2))
    assert load_suite("aime24", where).revision != first


def test_a_folder_further_down_and_a_folder_as_the_hub_has_it(write: Any) -> None:
    where = write("deep/aime24.jsonl", aime(1))
    write("math500/test.jsonl", {"problem": "1?", "answer": "1", "unique_id": "a/1"})
    assert local_suites(where) == ["math500", "aime24"]
    assert load_suite("math500", where).problems.height == 1
    assert load_suite("aime24", where / "deep").problems.height == 1
    with pytest.raises(InputError, match=r"no file of suite amc23; it may be named amc23.jsonl"):
        load_suite("amc23", where)


def test_a_limit_takes_the_same_problems_in_any_order(write: Any) -> None:
    rows = [aime(n) for n in range(20)]
    whole = load_suite("aime24", write("aime24.jsonl", *rows))
    some = load_suite("aime24", write("aime24.jsonl", *reversed(rows)), limit=3)
    assert some.problems["problem_id"].to_list() == whole.problems["problem_id"][:3].to_list()
    assert some.references.height == 3


def test_a_gzipped_file(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "HumanEval.jsonl.gz", "wt") as handle:
        row = {"task_id": "x/0", "prompt": "def f():\n", "entry_point": "f", "test": "def check"}
        handle.write(json.dumps(row | {"canonical_solution": "    return 1\n"}) + "\n\n")
    assert load_suite("humaneval", tmp_path).problems.height == 1


def test_nothing_is_left_out_in_silence(write: Any) -> None:
    rows = [aime(1), aime(1, id=7), aime(2, answer=None, solution="no end"), aime(3, problem=None)]
    suite = load_suite("aime24", write("aime24.jsonl", *rows))
    assert suite.problems.height == 1
    assert suite.skipped == {"equal_prompt": 1, "no_final_answer": 1, "empty_field": 1}


def test_another_format_is_refused(write: Any, tmp_path: Path) -> None:
    where = write("aime24.jsonl", {"text": "x", "label": 1})
    with pytest.raises(InputError, match=r"row 0 has no field 'problem'.*only 'label', 'text'"):
        load_suite("aime24", where)
    (where / "aime24.jsonl").write_text('{"problem": ')
    with pytest.raises(InputError, match=r"aime24.jsonl: cannot be read .*fetch it again"):
        load_suite("aime24", where)
    (where / "aime24.jsonl").write_text("[1]\n")
    with pytest.raises(InputError, match="row 0 is no object"):
        load_suite("aime24", where)
    (where / "aime24.jsonl").write_text("")
    with pytest.raises(InputError, match="hold no row"):
        load_suite("aime24", where)
    (tmp_path / "aime24.txt").write_text("x")
    with pytest.raises(InputError, match=r"aime24.txt: not one of .jsonl"):
        load_suite("aime24", tmp_path / "aime24.txt")
    with pytest.raises(SettingsError, match="unknown suite"):
        load_suite("aime23", where)


def test_reference_texts_are_bare_and_include_what_is_not_asked(write: Any) -> None:
    where = write("aime24.jsonl", aime(1), aime(2))
    turns = ["Write a poem.", "Now without the letter e."]
    write("mt_bench.jsonl", {"question_id": 81, "category": "writing", "turns": turns})
    texts = reference_texts(where)
    assert texts.schema == {"suite": pl.String, "item": pl.String, "text": pl.String}
    assert texts.rows() == [
        ("aime24", "1", "What is 1 + 1?"),
        ("aime24", "2", "What is 2 + 1?"),
        ("mt_bench", "81", turns[0]),
        ("mt_bench", "81#2", turns[1]),
    ]
    assert reference_texts(where, ["aime24"]).height == 2
    with pytest.raises(InputError, match="no file of suite gsm8k"):
        reference_texts(where, ["gsm8k"])
