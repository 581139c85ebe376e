"""Runs of evaluations on their way into the store."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from schemas.evaluations import Evaluations, SuiteItems
from warehouse.errors import StoreError
from warehouse.evaluations import load_evaluations

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def write(folder: Path, run_id: str = "suite-1", items: int = 3, **values: Any) -> Path:
    """A run's folder."""
    row = {
        "run_id": run_id, "suite": "suite", "suite_revision": "r1", "items": items,
        "repetitions": 1, "metric": "accuracy", "metric_scale": 1.0, "policy": "cheapest",
        "pool": "bank", "seed": 0, "settings": "{}", "started_at": START,
        "finished_at": START + timedelta(minutes=1), "episodes": items, "failed": 0,
        "ungraded": 0, "cost_usd": 0.25, "simulated": False,
    } | values  # fmt: skip
    root = folder / run_id
    root.mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame([row], schema=Evaluations.create_empty().schema)
    Evaluations.validate(frame).write_parquet(root / "evaluations.parquet")
    asked = [
        {"suite": "suite", "suite_revision": "r1", "item_id": str(n), "problem_id": f"{n:016x}",
         "data_source": "suite/suite", "domain": "math", "grader": "math", "licence": "MIT"}
        for n in range(items)
    ]  # fmt: skip
    table = pl.DataFrame(asked, schema=SuiteItems.create_empty().schema)
    SuiteItems.validate(table).write_parquet(root / "suite_items.parquet")
    return root


def rows(store: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(store, read_only=True) as con:
        return con.execute(query).fetchall()


def test_each_run_is_loaded_once(tmp_path: Path) -> None:
    store, folder = tmp_path / "w.duckdb", tmp_path / "evaluation"
    write(folder)
    write(folder, "suite-2", items=5)
    found = load_evaluations(store, folder)
    assert found[:5] == (2, 2, 0, 5, [])
    assert load_evaluations(store, folder)[:5] == (2, 0, 0, 0, [])
    assert rows(store, "SELECT run_id, items, cost_usd FROM evaluations ORDER BY 1") == [
        ("suite-1", 3, Decimal("0.25")), ("suite-2", 5, Decimal("0.25")),
    ]  # fmt: skip
    assert rows(store, "SELECT count(*), count(DISTINCT problem_id) FROM suite_items") == [(5, 5)]


def test_what_was_started_again_since_replaces_and_an_older_file_does_not(tmp_path: Path) -> None:
    store, folder, old = tmp_path / "w.duckdb", tmp_path / "evaluation", tmp_path / "old"
    stopped = {"episodes": 2, "stopped": "budget"}
    write(folder, **stopped)
    write(old, **stopped)
    load_evaluations(store, folder)
    write(folder, finished_at=START + timedelta(hours=1))
    assert load_evaluations(store, folder)[1:4] == (0, 1, 0)
    assert load_evaluations(store, old)[1:4] == (0, 0, 0)
    assert rows(store, "SELECT episodes, stopped FROM evaluations") == [(3, None)]


def test_a_broken_file_keeps_no_other_from_being_loaded(tmp_path: Path) -> None:
    store, folder = tmp_path / "w.duckdb", tmp_path / "evaluation"
    write(folder)
    (write(folder, "suite-2") / "evaluations.parquet").write_bytes(b"PAR1 no more")
    strange = write(folder, "suite-3") / "evaluations.parquet"
    pl.read_parquet(strange).drop("policy").write_parquet(strange)
    empty = write(folder, "suite-4") / "evaluations.parquet"
    nothing = pl.lit(None, pl.String).alias("policy")
    pl.read_parquet(empty).with_columns(nothing).write_parquet(empty)
    twice = write(folder, "suite-5") / "suite_items.parquet"
    pl.concat([pl.read_parquet(twice)] * 2).write_parquet(twice)
    found = load_evaluations(store, folder)
    assert (found.runs, found.new, found.items) == (5, 2, 3)
    why = {left.path.parent.name: left.reason for left in found.refused}
    for run_id, reason in (
        ("suite-2", "not a whole parquet"), ("suite-3", "lacks policy"),
        ("suite-4", "rows without policy"), ("suite-5", "3 rows repeat"),
    ):  # fmt: skip
        assert reason in why[run_id]


def test_without_a_folder_it_says_who_writes_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="xrouter evaluate"):
        load_evaluations(tmp_path / "w.duckdb", tmp_path / "nowhere")
