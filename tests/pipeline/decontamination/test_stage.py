import json
from pathlib import Path

import polars as pl
import pytest
from stubs.decontamination_sets import items_of, problems_of

from pipeline.accounting import Silent
from pipeline.decontamination.find import find_contamination
from pipeline.decontamination.own import own_texts
from pipeline.decontamination.stage import write_decontamination
from pipeline.decontamination.study import study_thresholds
from pipeline.decontamination_settings import DecontaminationSettings
from pipeline.errors import InputError
from pipeline.io import write_parquet
from pipeline.layout import Layout
from pipeline.left_out import left_out
from pipeline.settings import Settings

TEXTS = [
    "A train of 270 metres passes a bridge of 120 metres at 15 metres a second. How long?",
    "How many ways are there to put 7 letters into 4 boxes, if no box stays empty at all?",
    "Write a haiku about the first snow of the year in the old harbour of a small town.",
]
ITEMS = items_of(*(f"Question: {text}" for text in TEXTS[:2]), suite="one")


def written(root: Path, **chosen: str) -> Layout:
    layout = Layout(root)
    settings = Settings.model_validate({"decontamination": chosen, "workers": 1})
    write_parquet(problems_of(TEXTS), layout.problems)
    items = pl.concat([ITEMS, items_of(TEXTS[0], "Nobody asked this.", suite="two")])
    report = write_decontamination(settings, layout, items, {"aime25": "no file"}, Silent())
    assert report.rows_in == report.rows_out + sum(report.rejected.values())
    return layout


def test_findings_rejects_and_counts_are_written(tmp_path: Path) -> None:
    layout = written(tmp_path)
    found = pl.read_parquet(layout.contamination)
    assert found.select("suite", "item").rows() == [("one", "0"), ("two", "0"), ("one", "1")]
    rejects = pl.read_parquet(layout.rejects("decontamination"))
    assert rejects["key"].to_list() == [f"{0:016x}", f"{1:016x}"]
    assert rejects["reason"].to_list() == ["contaminated"] * 2
    assert rejects["detail"][0] == "two item 0: exact 1.00, and 1 more"
    summary = json.loads(layout.decontamination.read_text())
    assert summary["suites"]["one"] == {"items": 2, "flagged": 2, "found": 2}
    assert summary["suites"]["two"] == {"items": 2, "flagged": 1, "found": 1}
    assert summary["missing"] == {"aime25": "no file"}
    assert left_out(layout) == frozenset(rejects["key"])


def test_keeping_reports_and_rejects_nothing(tmp_path: Path) -> None:
    layout = written(tmp_path, action="keep")
    assert pl.read_parquet(layout.contamination).height == 3
    assert left_out(layout) == frozenset()
    assert json.loads(layout.decontamination.read_text())["action"] == "keep"


def test_nothing_is_left_out_where_nothing_was_compared(tmp_path: Path) -> None:
    assert left_out(Layout(tmp_path)) == frozenset()


def test_a_study_counts_what_thresholds_flag_and_how_rightly() -> None:
    problems = problems_of(TEXTS)
    found = find_contamination(problems, ITEMS, DecontaminationSettings())
    table = study_thresholds(
        found.pairs, DecontaminationSettings(), problems["problem_id"][:2], (0.3, 0.9)
    )
    assert table["threshold"].to_list() == [0.3, 0.6, 0.9]
    assert table["recall"].to_list() == [1.0, 1.0, 1.0]
    assert table["precision"].to_list() == [1.0, 1.0, 1.0]
    assert table["flagged"].to_list() == [2, 2, 2]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_own_sets_are_read_from_every_kind_of_file(tmp_path: Path, suffix: str) -> None:
    frame = pl.DataFrame({"id": ["a", "b", "c"], "question": ["One?", "Two?", " "]})
    path = tmp_path / f"own.{suffix}"
    getattr(frame, {"jsonl": "write_ndjson"}.get(suffix, f"write_{suffix}"))(path)
    assert own_texts("own", path).rows() == [("own", "a", "One?"), ("own", "b", "Two?")]


def test_own_sets_may_hold_messages_or_turns(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps({"messages": [{"role": "user", "content": "Hello there"}]}))
    assert own_texts("own", path).rows() == [("own", "0", "Hello there")]
    path.write_text(json.dumps({"turns": ["One", "two"]}))
    assert own_texts("own", path)["text"].to_list() == ["One\ntwo"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("own.jsonl", '{"a": 1}', "no column of texts"),
        ("own.jsonl", '{"text": 1}', "texts are needed"),
        ("own.jsonl", '{"text": " "}', "would check nothing"),
        ("own.jsonl", "{", "cannot be read"),
        ("own.txt", "x", "use .jsonl, .csv or .parquet"),
        ("absent.csv", None, "no such file"),
        ("own.parquet", "x", "not a readable parquet file"),
    ],
)
def test_a_useless_own_set_is_refused(
    tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        own_texts("own", tmp_path / name)
