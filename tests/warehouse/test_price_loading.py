"""Loading a price history: each event once, broken files refused with their reason."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stubs.prices import EVENTS

from pipeline.catalog.history.refresh import Sources, refresh
from warehouse.check import run_checks
from warehouse.errors import StoreError
from warehouse.prices import load_prices
from warehouse.store import query


def rows(store: Path, sql: str) -> list[tuple[Any, ...]]:
    return query(store, sql).rows()


def test_each_event_is_loaded_once(tmp_path: Path) -> None:
    store, folder = tmp_path / "w.duckdb", tmp_path / "prices"
    (path,) = refresh(folder, Sources(events=(EVENTS,))).files
    assert load_prices(store, folder)[:5] == (1, 14, 14, 2, [])
    before = query(store, "FROM price_events ORDER BY ALL")
    assert load_prices(store, path)[:5] == (1, 14, 0, 0, [])
    assert query(store, "FROM price_events ORDER BY ALL").equals(before)
    assert rows(store, "SELECT content, rows, new_rows FROM loaded_files") == [("prices", 14, 14)]
    assert [check for check in run_checks(store) if not check.passed] == []
    assert before.filter(model="cut")["input_per_million"].dtype == pl.Decimal(18, 9)


def test_files_that_are_none_are_refused_and_the_rest_is_loaded(tmp_path: Path) -> None:
    store, folder = tmp_path / "w.duckdb", tmp_path / "prices"
    (good,) = refresh(folder, Sources(events=(EVENTS,))).files
    whole = good.read_bytes()
    frame = pl.read_parquet(good)
    (folder / "a.parquet").write_bytes(whole[:-100])
    damaged = bytearray(whole)
    damaged[len(damaged) // 3] ^= 0xFF
    (folder / "b.parquet").write_bytes(damaged)
    pl.DataFrame({"model": ["x"]}).write_parquet(folder / "c.parquet")
    frame.with_columns(pl.lit(-1.0).alias("input_per_million")).write_parquet(folder / "d.parquet")
    pl.concat([frame, frame]).write_parquet(folder / "e.parquet")
    report = load_prices(store, folder)
    reasons = {path.stem: reason for path, reason in report.refused}
    assert "not a whole parquet file" in reasons["a"]
    assert "price_list, model" not in reasons["b"]
    assert "it lacks event_id" in reasons["c"]
    assert "price below zero" in reasons["d"]
    assert "is there twice" in reasons["e"]
    assert (report.new, len(report.refused)) == (14, 5)
    otherwise = frame.with_columns(status=pl.lit("quarantined"))
    otherwise.write_parquet(folder / "z.parquet")
    assert (
        "stands in the store otherwise"
        in load_prices(store, folder / "z.parquet").refused[0].reason
    )
    assert rows(store, "SELECT count(*) FROM price_events") == [(14,)]


def test_no_history_is_said(tmp_path: Path) -> None:
    for source in (tmp_path, tmp_path / "nothing.parquet"):
        with pytest.raises(StoreError, match="no price history there"):
            load_prices(tmp_path / "w.duckdb", source)
