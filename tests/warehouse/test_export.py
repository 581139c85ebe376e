"""Exports as files: what the store holds is in them, to the digit; only what changed is written."""

import csv
import datetime
import json
import shutil
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from stubs.weeks import FIRST_DAY, MAKERS, weeks

from warehouse.errors import StoreError
from warehouse.export.run import ExportReport, export_store
from warehouse.store import query

DAYS = [str(FIRST_DAY.date() + datetime.timedelta(days=n)) for n in range(4)]
FACTS = ("episodes", "calls")


@pytest.fixture(scope="module")
def made(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build, four days of decisions, and a bank."""
    root = tmp_path_factory.mktemp("made")
    shutil.copy(loaded, root / "w.duckdb")
    return weeks(root, len(DAYS), MAKERS[:3], each=2)


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "w.duckdb"))


def change(store: Path, sql: str) -> None:
    with duckdb.connect(str(store)) as con:
        con.execute(sql)


def written(report: ExportReport) -> dict[str, int]:
    return {table.name: table.written for table in report.tables if table.written}


def manifest(root: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((root / "export.json").read_text())
    return document


def files(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != ".export.lock"
    }


def same(root: Path, store: Path, name: str) -> None:
    """A table of an export is the store's, whatever the order of rows and columns."""
    wanted = query(store, f"FROM {name}")
    there = pl.scan_parquet(root / name, hive_partitioning=True, try_parse_hive_dates=True)
    there = there.collect().select(wanted.columns).cast(wanted.schema)  # type: ignore[assignment]
    keys = [c for c in wanted.columns if not wanted[c].dtype.is_nested()]
    assert there.sort(keys, nulls_last=True).equals(wanted.sort(keys, nulls_last=True)), name


def test_every_table_is_in_it(made: Path, tmp_path: Path) -> None:
    report = export_store(made, tmp_path / "lake")
    held = {row[0] for row in query(made, "SELECT table_name FROM duckdb_tables()").rows()}
    assert {table.name for table in report.tables} == {
        name for name in held if not name.startswith("_") and name != "stale_days"
    }
    for table in report.tables:
        same(tmp_path / "lake", made, table.name)
        assert table.rows == query(made, f"SELECT count(*) FROM {table.name}").item()
    assert not list((tmp_path / "lake").glob("*partial*"))


def test_facts_are_files_by_day_sorted_by_key(made: Path, tmp_path: Path) -> None:
    export_store(made, tmp_path / "lake", names=["calls"])
    found = sorted((tmp_path / "lake" / "calls").iterdir())
    assert [path.name for path in found] == [f"day={day}" for day in DAYS]
    file = pq.ParquetFile(found[0] / "part-0.parquet")
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert str(file.schema_arrow.field("cost_usd").type) == "decimal128(18, 9)"
    assert "day" not in file.schema_arrow.names
    keys = file.read(["episode_id", "call_index"]).to_pylist()
    assert keys == sorted(keys, key=lambda row: tuple(row.values()))


def test_the_manifest_counts_and_hashes_every_file(made: Path, tmp_path: Path) -> None:
    export_store(made, tmp_path / "lake", names=["calls", "models"])
    tables = manifest(tmp_path / "lake")["tables"]
    assert list(tables) == ["calls", "models"]
    listed = {
        f"{name}/{part['file']}": part
        for name, table in tables.items()
        for part in table["parts"].values()
    }
    there = files(tmp_path / "lake")
    assert {name: part["sha256"] for name, part in listed.items()} | {
        "export.json": there["export.json"]
    } == there
    for name, part in listed.items():
        assert pq.read_metadata(tmp_path / "lake" / name).num_rows == part["rows"]
        assert (tmp_path / "lake" / name).stat().st_size == part["bytes"]


def test_two_exports_are_the_same_bytes(made: Path, tmp_path: Path) -> None:
    export_store(made, tmp_path / "one", names=FACTS)
    export_store(made, tmp_path / "two", names=FACTS)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_only_what_changed_is_written(store: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    first = export_store(store, lake)
    assert {name: written(first)[name] for name in FACTS} == dict.fromkeys(FACTS, len(DAYS))
    before = files(lake)
    assert written(export_store(store, lake)) == {}
    assert files(lake) == before
    change(store, f"UPDATE episodes SET reward = 0.25 WHERE day = '{DAYS[1]}'")
    change(store, f"DELETE FROM calls WHERE day = '{DAYS[2]}'")
    change(store, "INSERT INTO calls BY NAME SELECT * REPLACE ('2027-01-01' AS day) FROM calls")
    assert written(export_store(store, lake)) == {"episodes": 1, "calls": 1}
    changed = {name for name, mark in files(lake).items() if before.get(name) != mark}
    assert changed == {
        "export.json",
        f"episodes/day={DAYS[1]}/part-0.parquet",
        "calls/day=2027-01-01/part-0.parquet",
    }
    assert not (lake / "calls" / f"day={DAYS[2]}").exists()
    for name in FACTS:
        same(lake, store, name)


def test_days_before_since_are_left_alone(store: Path, tmp_path: Path) -> None:
    lake, day = tmp_path / "lake", datetime.date.fromisoformat(DAYS[2])
    report = export_store(store, lake, names=FACTS, since=day)
    assert written(report) == {"episodes": 2, "calls": 2}
    export_store(store, lake, names=FACTS)
    change(store, f"DELETE FROM episodes WHERE day IN ('{DAYS[0]}', '{DAYS[3]}')")
    (report,) = export_store(store, lake, names=["episodes"], since=day).tables
    assert (report.parts, report.written) == (3, 0)
    there = {path.name for path in (lake / "episodes").iterdir()}
    assert there == {f"day={day}" for day in DAYS[:3]}
    next((lake / "episodes" / f"day={DAYS[0]}").iterdir()).write_bytes(b"damaged")
    with pytest.raises(StoreError, match="not as it was exported; run again without --since"):
        export_store(store, lake, names=["episodes"], since=day)


def test_a_damaged_file_is_written_anew(made: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    export_store(made, lake, names=FACTS)
    (lake / "calls" / f"day={DAYS[0]}" / "part-0.parquet").write_bytes(b"damaged")
    shutil.rmtree(lake / "episodes" / f"day={DAYS[1]}")
    assert written(export_store(made, lake, names=FACTS)) == {"episodes": 1, "calls": 1}
    for name in FACTS:
        same(lake, made, name)


def test_rows_without_a_day_and_tables_without_rows(store: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    change(store, f"UPDATE calls SET day = NULL WHERE day = '{DAYS[0]}'; DELETE FROM episodes")
    export_store(store, lake, names=FACTS)
    assert (lake / "calls" / "day=__HIVE_DEFAULT_PARTITION__").is_dir()
    wanted = query(store, "SELECT count(*) FROM calls WHERE day IS NULL").item()
    sql = f"SELECT count(*) FROM read_parquet('{lake}/calls/**/*.parquet') WHERE day IS NULL"
    with duckdb.connect() as con:
        assert con.execute(sql).fetchall() == [(wanted,)]
    empty = pq.read_table(lake / "episodes" / "part-0.parquet")
    assert (empty.num_rows, "day" in empty.column_names) == (0, True)
    assert written(export_store(store, lake, names=FACTS)) == {}


def test_marts_and_answers(made: Path, tmp_path: Path) -> None:
    queries = {
        "query": "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 0, NULL; -- done",
        "two": "FROM models",
    }
    report = export_store(
        made, tmp_path / "lake", names=["fct_call", "cost_by_day"], queries=queries
    )
    assert [table.name for table in report.tables] == ["fct_call", "cost_by_day", "query", "two"]
    assert (tmp_path / "lake" / "fct_call" / f"day={DAYS[0]}").is_dir()
    answer = pl.read_parquet(tmp_path / "lake" / "query" / "part-0.parquet")
    assert answer.rows() == [(1, "x"), (0, None)]  # in the order of the query
    days = pl.read_parquet(tmp_path / "lake" / "cost_by_day" / "part-0.parquet")
    assert (
        days["total_cost_usd"].sum()
        == query(made, "SELECT sum(total_cost_usd) FROM episodes").item()
    )


ODD = """
SELECT
    99999999999999999999999999999999999999::HUGEINT AS huge,
    18446744073709551615::UBIGINT AS long, 255::UTINYINT AS tiny, uuid() AS id,
    '{"a": 1}'::JSON AS json, [1::HUGEINT, 2] AS list, {'a': 3::UBIGINT, 'b': 'x'} AS struct,
    'm'::ENUM('m', 'n') AS enum, INTERVAL 3 DAY AS span, TIME '01:02:03' AS clock, NULL AS nothing,
    0.1::DECIMAL(18, 9) AS money, 'inf'::DOUBLE AS infinite,
    TIMESTAMPTZ '2026-01-01 00:00:00Z' AS moment,
    MAP {'k': 1::UINTEGER} AS map, 'a,"b"' || chr(13) || chr(10) || 'c' AS text, '' AS blank
"""


@pytest.mark.parametrize("form", ["parquet", "delta", "csv"])
def test_types_that_others_lack_lose_nothing(form: Any, made: Path, tmp_path: Path) -> None:
    export_store(made, tmp_path / "lake", form, names=[], queries={"odd": ODD})
    kinds = manifest(tmp_path / "lake")["tables"]["odd"]["columns"]
    assert (kinds["huge"], kinds["list"]) == ("DECIMAL(38,0)", "DECIMAL(38,0)[]")
    if form == "csv":
        with (tmp_path / "lake" / "odd.csv").open(newline="") as file:
            (row,) = csv.DictReader(file, strict=True)
        assert (row["text"], row["blank"], row["nothing"]) == ('a,"b"\r\nc', "", "")
        assert (row["money"], row["moment"]) == ("0.100000000", "2026-01-01T00:00:00.000000Z")
        assert (json.loads(row["list"]), json.loads(row["struct"])) == ([1, 2], {"a": 3, "b": "x"})
        return
    read = pl.read_delta if form == "delta" else pl.read_parquet
    row = read(str(tmp_path / "lake" / "odd")).row(0, named=True)
    assert row["long"] == Decimal(18446744073709551615)
    assert (row["money"], row["tiny"], row["infinite"]) == (Decimal("0.1"), 255, float("inf"))
    assert (row["list"], row["struct"]["a"]) == ([Decimal(1), Decimal(2)], Decimal(3))
    assert (row["enum"], row["span"], row["clock"]) == ("m", "3 days", "01:02:03")
    assert row["moment"] == datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def test_csv_is_one_file_a_table(made: Path, tmp_path: Path) -> None:
    export_store(made, tmp_path / "lake", "csv", names=["episodes", "problems"])
    raw = (tmp_path / "lake" / "episodes.csv").read_bytes()
    assert raw.endswith(b"\r\n")
    with (tmp_path / "lake" / "episodes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    wanted = query(made, "FROM episodes ORDER BY day, episode_id")
    assert [row["episode_id"] for row in rows] == wanted["episode_id"].to_list()
    assert [Decimal(row["total_cost_usd"]) for row in rows] == wanted["total_cost_usd"].to_list()
    assert {row["policy"] for row in rows} == set(wanted["policy"])
    with (tmp_path / "lake" / "problems.csv").open(newline="") as file:
        prompts = {row["problem_id"]: json.loads(row["messages"]) for row in csv.DictReader(file)}
    for key, messages in query(made, "SELECT problem_id, messages FROM problems").rows():
        assert prompts[key] == json.loads(messages)


REFUSED: Sequence[tuple[dict[str, Any], str]] = (
    ({"names": ["episode"]}, "'episode': the store has no such table or mart; did you mean episo"),
    ({"names": ["stale_days"]}, "no such table or mart"),
    ({"names": [], "queries": {"query": "SELEC 1"}}, "the SQL of 'query' failed: Parser Error"),
    ({"names": [], "queries": {"query": "DROP TABLE calls"}}, "is not one query"),
    ({"names": [], "queries": {"query": "SELECT 1; SELECT 2"}}, "is not one query"),
    ({"names": ["calls"], "queries": {"calls": "SELECT 1"}}, "names of a query and of a table"),
    ({"names": []}, "nothing to export"),
    ({"dialect": "cobol"}, "'cobol' is no dialect"),
    ({"form": "csv", "dialect": "spark"}, "Spark would read CSV as texts"),
)


@pytest.mark.parametrize(("wish", "said"), REFUSED, ids=[said[:20] for _, said in REFUSED])
def test_what_cannot_be_exported_is_refused_before_anything_is_written(
    wish: dict[str, Any], said: str, made: Path, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match=said):
        export_store(made, tmp_path / "lake", **wish)
    assert not (tmp_path / "lake").exists()
