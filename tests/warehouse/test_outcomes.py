"""Loading an outcome bank: once, graded again, and stand-ins that never hide a model's answer."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.bank.tables import write_bank
from warehouse.check import run_checks
from warehouse.errors import StoreError
from warehouse.outcomes import load_outcomes
from warehouse.store import query

Row = dict[str, Any]


def outcome(problem: int, model: str = "a", **more: Any) -> Row:
    score = more.pop("score", 1.0)
    return {
        "problem_id": f"{problem:016x}",
        "model_id": model,
        "sample": 0,
        "verdict": None if score is None else "correct" if score == 1 else "wrong",
        "score": score,
        "input_tokens": 10,
        "output_tokens": 20,
        "cost_usd": 0.000001,
        "source": "live",
        "data_source": "set",
    } | more


def bank(root: Path, rows: list[Row]) -> Path:
    ids = sorted({row["problem_id"] for row in rows})
    write_bank(root, rows, [{"problem_id": key, "data_source": "set"} for key in ids])
    return root


ROWS = [
    outcome(1),
    outcome(2, score=0.0),
    outcome(3, score=None),
    outcome(1, "b", source="simulated"),
]


def test_a_bank_is_loaded_once(tmp_path: Path) -> None:
    store, source = tmp_path / "w.duckdb", bank(tmp_path / "bank", ROWS)
    assert load_outcomes(store, source)[:5] == (4, 4, 0, 0, 1)
    before = query(store, "FROM outcomes ORDER BY ALL")
    assert load_outcomes(store, source / "outcomes.parquet")[:5] == (4, 0, 0, 0, 1)
    assert query(store, "FROM outcomes ORDER BY ALL").equals(before)
    assert query(store, "SELECT sum(cost_usd) FROM outcomes").item() == Decimal("0.000004")
    sql = (
        "SELECT model_id, is_simulated, outcomes, judged, accuracy FROM outcome_accuracy ORDER BY 1"
    )
    assert query(store, sql).rows() == [("a", False, 3, 2, 0.5), ("b", True, 1, 1, 1.0)]
    assert query(store, "SELECT content, rows FROM loaded_files").rows() == [("outcomes", 4)]
    assert [check for check in run_checks(store) if not check.passed] == []


def test_what_is_graded_again_replaces_what_was_there(tmp_path: Path) -> None:
    store = tmp_path / "w.duckdb"
    load_outcomes(store, bank(tmp_path / "one", ROWS))
    again = [outcome(1), outcome(3, score=1.0), outcome(4), outcome(1, "b")]
    assert load_outcomes(store, bank(tmp_path / "two", again))[:5] == (4, 1, 2, 0, 0)
    scores = query(store, "SELECT score FROM outcomes WHERE model_id = 'a' ORDER BY problem_id")
    assert scores["score"].to_list() == [1.0, 0.0, 1.0, 1.0]
    # A stand-in gave way to a model; no model gives way to a stand-in.
    stood_in = [outcome(1, "b", source="simulated", score=0.0), outcome(9, source="simulated")]
    assert load_outcomes(store, bank(tmp_path / "three", stood_in))[:5] == (2, 1, 0, 1, 2)
    sql = "SELECT source, score FROM outcomes WHERE model_id = 'b'"
    assert query(store, sql).rows() == [("live", 1.0)]


def test_mistakes_are_named_and_nothing_is_kept(tmp_path: Path) -> None:
    store = tmp_path / "w.duckdb"
    with pytest.raises(StoreError, match=r"outcomes\.parquet: no such file"):
        load_outcomes(store, tmp_path / "outcomes.parquet")
    file = bank(tmp_path / "bank", ROWS) / "outcomes.parquet"
    frame = pl.read_parquet(file)
    frame.drop("score").with_columns(mood=pl.lit("fine")).write_parquet(file)
    with pytest.raises(StoreError, match=r"lacks \['score'\], it has the unknown \['mood'\]"):
        load_outcomes(store, file)
    pl.concat([frame, frame]).write_parquet(file)
    with pytest.raises(StoreError, match="8 rows, but 4 keys"):
        load_outcomes(store, file)
    frame.with_columns(pl.lit("much").alias("cost_usd")).write_parquet(file)
    with pytest.raises(StoreError, match="cannot be loaded as outcomes, the store is as before"):
        load_outcomes(store, file)
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(StoreError, match="not a whole parquet file"):
        load_outcomes(store, file)
    assert query(store, "SELECT count(*) FROM outcomes").item() == 0
