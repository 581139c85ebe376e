"""Foreign sets in every form and format, and what is wrong with them."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.accounting import Silent, StageReport
from pipeline.bank.importing import import_outcomes
from pipeline.bank.mapping import Mapping
from pipeline.bank.tables import read_outcomes, read_questions
from pipeline.errors import InputError
from schemas.problems import problem_id

WIDE: dict[str, Any] = {
    "form": "wide",
    "data_source": "set",
    "licence": "MIT",
    "problem": {"prompt": "q"},
    "models": {"a": "A", "b": "B"},
    "cells": {"score": "{model}", "cost_usd": "{model}|cost"},
}
LONG: dict[str, Any] = {
    "form": "long",
    "data_source": "set",
    "licence": "MIT",
    "problem": {"prompt": "q", "model": "m"},
    "cells": {"correct": "ok", "output_tokens": "out", "input_tokens": "in"},
}
TABLE = [
    {"q": "one", "A": 1.0, "A|cost": 0.5, "B": 0.25, "B|cost": None},
    {"q": "two", "A": None, "A|cost": 0.1, "B": 1.0, "B|cost": 0.2},
]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
    elif path.suffix == ".csv":
        pl.DataFrame(rows).write_csv(path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def load(
    tmp_path: Path, rows: list[dict[str, Any]], mapping: dict[str, Any], suffix: str = ".jsonl"
) -> tuple[StageReport, pl.DataFrame]:
    file = write(tmp_path / f"set{suffix}", rows)
    report = import_outcomes([file], Mapping.model_validate(mapping), tmp_path / "bank", Silent())
    return report, read_outcomes(tmp_path / "bank")


@pytest.mark.parametrize("suffix", [".csv", ".json", ".jsonl", ".parquet"])
def test_a_wide_set_gives_the_same_bank_in_every_format(tmp_path: Path, suffix: str) -> None:
    report, found = load(tmp_path, TABLE, WIDE, suffix)
    one, two = (problem_id("set", [{"role": "user", "content": q}]) for q in ("one", "two"))
    rows = found.select("problem_id", "model_id", "verdict", "score", "cost_usd", "source").rows()
    assert sorted(rows) == sorted(
        [
            (one, "a", "correct", 1.0, 0.5, "imported"),
            (one, "b", "wrong", 0.25, None, "imported"),
            (two, "b", "correct", 1.0, 0.2, "imported"),
        ]
    )
    assert report.rejected == {"missing_cell": 1}
    rejects = pl.read_parquet(tmp_path / "bank" / "rejects" / "import.parquet")
    assert rejects.select("key", "detail").rows() == [(f"set{suffix}#2", "a")]


def test_a_bank_has_the_same_bytes_whatever_the_order_of_rows(tmp_path: Path) -> None:
    load(tmp_path, TABLE, WIDE)
    files = [tmp_path / "bank" / name for name in ("outcomes.parquet", "questions.parquet")]
    first = [file.read_bytes() for file in files]
    load(tmp_path, TABLE[::-1], WIDE)
    assert [file.read_bytes() for file in files] == first


def test_a_long_set_with_booleans_and_tokens(tmp_path: Path) -> None:
    rows = [
        {"q": "one", "m": "x", "ok": True, "in": 5, "out": 7},
        {"q": "one", "m": "y", "ok": False, "in": 5, "out": None},
    ]
    _, found = load(tmp_path, rows, LONG)
    columns = ("model_id", "verdict", "score", "input_tokens", "output_tokens")
    assert found.select(columns).rows() == [
        ("x", "correct", 1.0, 5, 7),
        ("y", "wrong", 0.0, 5, None),
    ]


def test_a_set_of_costs_alone_has_no_verdicts(tmp_path: Path) -> None:
    mapping = WIDE | {"cells": {"cost_usd": "{model}"}}
    _, found = load(tmp_path, [{"q": "one", "A": 0.3, "B": 0.0}], mapping)
    assert found.select("verdict", "score", "cost_usd").rows() == [
        (None, None, 0.3),
        (None, None, 0.0),
    ]


def test_costs_of_another_currency_become_dollars_at_a_recorded_rate(tmp_path: Path) -> None:
    report, found = load(tmp_path, TABLE, WIDE | {"currency": "EUR", "usd_per_unit": 1.1})
    assert sorted(found["cost_usd"].drop_nulls()) == [0.22, 0.55]
    assert report.notes["USD per EUR"] == 1.1
    record = json.loads((tmp_path / "bank" / "import.json").read_text())
    assert (record["mapping"]["currency"], record["mapping"]["usd_per_unit"]) == ("EUR", 1.1)
    assert [file["file"] for file in record["files"]] == ["set.jsonl"]


def test_a_declared_full_score_decides_what_is_correct(tmp_path: Path) -> None:
    mapping = WIDE | {"full_score": 10, "cells": {"score": "{model}"}}
    _, found = load(tmp_path, [{"q": "one", "A": 10, "B": 9.9}], mapping)
    assert found.select("verdict", "score").rows() == [("correct", 1.0), ("wrong", 0.99)]


def test_values_inside_objects_even_ones_written_as_text(tmp_path: Path) -> None:
    mapping = WIDE | {"cells": {"score": ["scores", "{model}"]}}
    rows = [{"q": "one", "scores": '{"A": 1, "B": 0}'}, {"q": "two", "scores": '{"A": 1}'}]
    report, found = load(tmp_path, rows, mapping, ".csv")
    assert (found.height, report.rejected) == (3, {"missing_cell": 1})


@pytest.mark.parametrize(
    ("second", "reason"),
    [(True, "duplicate_outcome"), (False, "conflicting_outcome")],
)
def test_repeats_are_dropped_and_counted(tmp_path: Path, second: bool, reason: str) -> None:
    rows = [{"q": "one", "m": "x", "ok": ok, "in": 1, "out": 1} for ok in (True, second)]
    report, found = load(tmp_path, rows, LONG)
    assert report.rejected == {reason: 1}
    assert found["verdict"].to_list() == ["correct"]


def test_repeats_are_samples_where_the_mapping_says_so(tmp_path: Path) -> None:
    rows = [{"q": "one", "m": "x", "ok": ok, "in": 1, "out": 1} for ok in (True, False, True)]
    report, found = load(tmp_path, rows, LONG | {"repeats": "sample"})
    assert found.select("sample", "verdict").rows() == [
        (0, "correct"),
        (1, "wrong"),
        (2, "correct"),
    ]
    assert report.notes["repeated outcomes kept as samples"] == 2


def test_joined_files_bring_truth_and_task(tmp_path: Path) -> None:
    write(tmp_path / "truths.jsonl", [{"question": "one ", "truth": "4", "task": "sums"}])
    places = {"data_source": ["join", "task"], "ground_truth": ["join", "truth"]}
    mapping = WIDE | {
        "problem": WIDE["problem"] | places,
        "join": {"files": ["truths.jsonl"], "on": "q", "key": "question"},
    }
    report, _ = load(tmp_path, TABLE, mapping)
    questions = read_questions(tmp_path / "bank")
    assert questions is not None
    found = {row["messages"][0]["content"]: row for row in questions.iter_rows(named=True)}
    assert (found["one"]["data_source"], found["one"]["ground_truth"]) == ("set/sums", '"4"')
    assert (found["two"]["data_source"], found["two"]["ground_truth"]) == ("set", None)
    assert report.notes["rows without a joined row"] == 1


def test_a_bank_can_be_imported_into_another(tmp_path: Path) -> None:
    from pipeline.bank.mapping import read_mapping

    _, first = load(tmp_path, TABLE, WIDE)
    file = tmp_path / "bank" / "outcomes.parquet"
    import_outcomes([file], read_mapping(Path("outcomes")), tmp_path / "other", Silent())
    assert read_outcomes(tmp_path / "other").equals(first)


def test_what_was_simulated_stays_so_when_it_is_imported(tmp_path: Path) -> None:
    rows = [{"q": "one", "m": "x", "ok": 1, "in": 1, "out": 1, "from": "simulated"}]
    _, found = load(tmp_path, rows, LONG | {"problem": LONG["problem"] | {"source": "from"}})
    assert found["source"].to_list() == ["simulated"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"q": "one", "A": "much", "A|cost": 1, "B": 0, "B|cost": 1}, "row 2, column A: 'much'"),
        ({"q": "one", "A": 1.5, "A|cost": 1, "B": 0, "B|cost": 1}, "row 2, column A: 1.5 is no"),
        ({"q": "one", "A": 1, "A|cost": -1, "B": 0, "B|cost": 1}, "row 2, column A|cost: -1"),
        ({"q": " ", "A": 1, "A|cost": 1, "B": 0, "B|cost": 1}, "row 2, column q: the question"),
        ({"q": "one", "A": 1, "A|cost": 1}, "row 2, column B: not there; the row has q, A"),
    ],
)
def test_errors_name_file_row_and_column(tmp_path: Path, row: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, [TABLE[0], row], WIDE)
    assert f"set.jsonl: {says}" in str(caught.value)
    assert not (tmp_path / "bank").exists()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("set.xls", "", "cannot read .xls; give one of .csv"),
        ("set.jsonl", '\n{"q": ', "row 1: not JSON"),
        ("set.jsonl", "[1]\n", "row 1: '[1]' is no JSON object"),
        ("set.json", '{"q": 1}', "a dict, not a list of objects"),
        ("set.csv", "q,A,A|cost,B,B|cost\n1,2\n", "row 1 has not the header's 5 columns"),
        ("set.csv", "q,A,A\n1,2,3\n", "the columns ['A'] stand there twice"),
        ("set.parquet", "no parquet", "not a readable parquet file"),
        ("set.jsonl", "", "no outcome in there"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, name: str, text: str, says: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(InputError, match=r"set\.") as caught:
        import_outcomes([file], Mapping.model_validate(WIDE), tmp_path / "bank", Silent())
    assert says in str(caught.value)
