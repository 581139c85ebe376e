"""Delta tables: read by others, renewed day by day, and never twice the same rows."""

import datetime
import json
import shutil
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable
from stubs.weeks import FIRST_DAY, MAKERS, weeks

from warehouse.errors import StoreError
from warehouse.export import delta
from warehouse.export.run import export_store
from warehouse.store import query

DAYS = [FIRST_DAY.date() + datetime.timedelta(days=n) for n in range(4)]
FACTS = ("episodes", "calls")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days of decisions, and a bank."""
    return weeks(tmp_path_factory.mktemp("made"), len(DAYS), MAKERS[:3], each=2)


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "w.duckdb"))


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def renew(store: Path, lake: Path, *names: str, **more: Any) -> dict[str, int]:
    """Export, and say how many days were written."""
    report = export_store(store, lake, "delta", names=names or FACTS, **more)
    return {table.name: table.written for table in report.tables}


def change(store: Path, sql: str) -> None:
    with duckdb.connect(str(store)) as con:
        con.execute(sql)


def same(store: Path, lake: Path, *names: str) -> None:
    for name in names or FACTS:
        wanted = query(store, f"FROM {name}")
        there = pl.read_delta(str(lake / name)).select(wanted.columns)
        keys = [c for c in wanted.columns if not wanted[c].dtype.is_nested()]
        assert there.sort(keys).equals(wanted.sort(keys)), name


def days_written(lake: Path, name: str, version: int) -> set[str]:
    """Days that one commit added files to."""
    log = lake / name / "_delta_log" / f"{version:020}.json"
    lines = map(json.loads, log.read_text().splitlines())
    return {line["add"]["partitionValues"]["day"] for line in lines if "add" in line}


def test_another_reader_finds_every_row(made: Path, lake: Path) -> None:
    renew(made, lake, "tables")
    held = query(made, "SELECT table_name FROM duckdb_tables() ORDER BY 1")["table_name"]
    names = [name for name in held if not name.startswith("_") and name != "stale_days"]
    same(made, lake, *names)
    table = DeltaTable(str(lake / "calls"))
    assert table.metadata().partition_columns == ["day"]
    assert (
        table.metadata().description
        == query(made, "SELECT comment FROM duckdb_tables() WHERE table_name = 'calls'").item()
    )
    kinds = {field.name: str(field.type) for field in table.schema().fields}
    assert (kinds["cost_usd"], kinds["day"]) == (
        'PrimitiveType("decimal(18,9)")',
        'PrimitiveType("date")',
    )
    total = pl.scan_delta(str(lake / "calls")).select(pl.col("cost_usd").sum()).collect().item()
    assert total == query(made, "SELECT sum(cost_usd) FROM calls").item() > Decimal(0)


def test_a_second_export_adds_nothing(made: Path, lake: Path) -> None:
    assert renew(made, lake) == dict.fromkeys(FACTS, len(DAYS))
    before = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()}
    assert renew(made, lake) == dict.fromkeys(FACTS, 0)
    assert {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()} == before


def test_only_touched_days_are_written(store: Path, lake: Path) -> None:
    renew(store, lake)
    version = DeltaTable(str(lake / "episodes")).version()
    change(store, f"UPDATE episodes SET reward = 0.25 WHERE day = '{DAYS[1]}'")
    change(
        store, "INSERT INTO episodes BY NAME SELECT * REPLACE ('2027-01-01' AS day) FROM episodes"
    )
    assert renew(store, lake) == {"episodes": 2, "calls": 0}
    assert DeltaTable(str(lake / "episodes")).version() == version + 1
    assert days_written(lake, "episodes", version + 1) == {str(DAYS[1]), "2027-01-01"}
    same(store, lake)
    change(store, f"DELETE FROM episodes WHERE day = '{DAYS[0]}'")
    assert renew(store, lake) == {"episodes": 0, "calls": 0}
    same(store, lake)
    assert renew(store, lake) == {"episodes": 0, "calls": 0}


def test_days_before_since_are_left_alone(store: Path, lake: Path) -> None:
    assert renew(store, lake, since=DAYS[2]) == dict.fromkeys(FACTS, 2)
    assert renew(store, lake) == dict.fromkeys(FACTS, 2)
    same(store, lake)
    change(store, f"DELETE FROM calls WHERE day IN ('{DAYS[0]}', '{DAYS[3]}')")
    assert renew(store, lake, since=DAYS[1])["calls"] == 0
    assert set(pl.read_delta(str(lake / "calls"))["day"]) == set(DAYS[:3])


def test_a_commit_holds_a_bounded_number_of_rows(
    made: Path, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta, "COMMIT_ROWS", 1)
    renew(made, lake)
    assert DeltaTable(str(lake / "episodes")).version() == len(DAYS)
    same(made, lake)


def test_rows_without_a_day_and_tables_without_rows(store: Path, lake: Path) -> None:
    change(store, f"UPDATE calls SET day = NULL WHERE day = '{DAYS[0]}'; DELETE FROM episodes")
    assert renew(store, lake) == {"episodes": 0, "calls": len(DAYS)}
    assert renew(store, lake) == {"episodes": 0, "calls": 0}
    assert pl.read_delta(str(lake / "calls"))["day"].null_count() > 0
    assert pl.read_delta(str(lake / "episodes")).columns == query(store, "FROM episodes").columns
    change(store, "DELETE FROM calls WHERE day IS NULL")
    assert renew(store, lake) == {"episodes": 0, "calls": 0}
    same(store, lake)


def test_new_columns_replace_the_table(store: Path, lake: Path) -> None:
    renew(store, lake)
    change(store, "ALTER TABLE calls ADD COLUMN more INTEGER DEFAULT 3")
    assert renew(store, lake) == {"episodes": 0, "calls": len(DAYS)}
    assert set(pl.read_delta(str(lake / "calls"))["more"]) == {3}
    same(store, lake)


def test_what_the_manifest_lost_is_written_again_once(store: Path, lake: Path) -> None:
    renew(store, lake)
    kept = (lake / "export.json").read_text()
    change(store, f"UPDATE episodes SET reward = 0.25 WHERE day = '{DAYS[1]}'")
    renew(store, lake)
    (lake / "export.json").write_text(kept)  # as if killed between the commit and this
    assert renew(store, lake) == {"episodes": 1, "calls": 0}
    same(store, lake)


def test_what_others_deleted_comes_back(made: Path, lake: Path) -> None:
    renew(made, lake)
    DeltaTable(str(lake / "calls")).delete(f"day = '{DAYS[0]}'")
    assert renew(made, lake) == {"episodes": 0, "calls": 1}
    shutil.rmtree(lake / "episodes")
    assert renew(made, lake)["episodes"] == len(DAYS)
    same(made, lake)


@pytest.mark.parametrize(
    ("package", "wish"), [("deltalake", {}), ("sqlglot", {"dialect": "spark"})]
)
def test_a_missing_package_is_named(
    package: str, wish: dict[str, Any], made: Path, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(StoreError, match=rf"package {package}; install it with .*xrouter\[lake\]"):
        renew(made, lake, **wish)
    assert not lake.exists()
