"""Migrations: order, record, checksum, failure without trace; and the shipped ones."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import StoreError, StoreIntegrityError
from warehouse.migrate import applied, available, migrate, pending


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def _folder(root: Path, **files: str) -> Path:
    for name, sql in files.items():
        (root / f"{name}.sql").write_text(sql)
    return root


def _names(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
    return [name for (name,) in rows]


def test_migrations_apply_once_and_in_order(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    files = {
        "_0002_more": "ALTER TABLE a ADD COLUMN y INTEGER;",
        "_0001_first": "CREATE TABLE a (x INTEGER);",
    }
    folder = _folder(tmp_path, **{name[1:]: sql for name, sql in files.items()})
    assert migrate(con, folder) == ["0001_first", "0002_more"]
    assert migrate(con, folder) == []
    assert [name for name, _ in applied(con)] == ["0001_first", "0002_more"]
    assert con.execute("SELECT x, y FROM a").fetchall() == []


def test_a_failing_migration_leaves_no_trace(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    good, bad = (
        "CREATE TABLE a (x INTEGER);",
        "CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1);",
    )
    folder = _folder(tmp_path, **{"0001_good": good, "0002_bad": bad})
    with pytest.raises(StoreError, match=r"0002_bad failed and was undone.*nowhere"):
        migrate(con, folder)
    assert _names(con) == ["_migrations", "a"]
    assert [name for name, _ in applied(con)] == ["0001_good"]
    (folder / "0002_bad.sql").write_text("CREATE TABLE b (x INTEGER);")
    assert migrate(con, folder) == ["0002_bad"]


def test_a_failing_first_migration_leaves_an_empty_file(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match="0001_bad"):
        migrate(con, _folder(tmp_path, **{"0001_bad": "CREATE TABLE a (x INTEGER); SELEC 1;"}))
    assert _names(con) == []


def test_a_migration_must_not_end_its_transaction(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = _folder(tmp_path, **{"0001_sly": "CREATE TABLE a (x INTEGER); COMMIT; SELECT 1;"})
    with pytest.raises(StoreError, match="begins or ends a transaction"):
        migrate(con, folder)
    assert _names(con) == []


def test_a_changed_migration_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folder = _folder(tmp_path, **{"0001_a": "CREATE TABLE a (x INTEGER);"})
    migrate(con, folder)
    (folder / "0001_a.sql").write_text("CREATE TABLE a (x BIGINT);")
    with pytest.raises(StoreError, match="0001_a differs"):
        migrate(con, folder)


def test_a_renamed_migration_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folder = _folder(tmp_path, **{"0001_a": "CREATE TABLE a (x INTEGER);"})
    migrate(con, folder)
    (folder / "0001_a.sql").rename(folder / "0001_b.sql")
    with pytest.raises(StoreError, match="0001_b differs from 0001_a"):
        migrate(con, folder)


def test_line_endings_do_not_change_a_migration(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = _folder(tmp_path, **{"0001_a": "CREATE TABLE a (\n x INTEGER);\n"})
    migrate(con, folder)
    (folder / "0001_a.sql").write_bytes(b"CREATE TABLE a (\r\n x INTEGER);\r\n")
    assert migrate(con, folder) == []


def test_a_newer_store_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    folder = _folder(tmp_path, **{"0001_a": "CREATE TABLE a (x INTEGER);", "0002_b": "SELECT 1;"})
    migrate(con, folder)
    (folder / "0002_b.sql").unlink()
    with pytest.raises(StoreError, match="upgrade xrouter"):
        pending(con, available(folder))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["0001_a", "0001_b"], r"\[1, 1\]"),
        (["0001_a", "0003_b"], r"\[1, 3\]"),
        (["0002_a"], r"\[2\]"),
        ([], r"\[\]"),
        (["first"], "NNNN_name"),
        (["0001-A"], "NNNN_name"),
    ],
)
def test_numbers_must_be_gapless(tmp_path: Path, names: list[str], message: str) -> None:
    with pytest.raises(StoreIntegrityError, match=message):
        available(_folder(tmp_path, **dict.fromkeys(names, "SELECT 1;")))


def test_every_shipped_table_and_column_is_described(con: duckdb.DuckDBPyConnection) -> None:
    migrate(con)
    bare = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL UNION ALL "
        "SELECT table_name || '.' || column_name FROM duckdb_columns() "
        "WHERE comment IS NULL AND NOT internal AND table_name <> '_migrations'"
    ).fetchall()
    assert bare == []


# Of the ledger and the outcome bank: no build made them.
NO_BUILD = (
    "call_sums",
    "calls",
    "episode_sums",
    "episodes",
    "evaluations",
    "latency_sums",
    "loaded_files",
    "menu_entries",
    "menus",
    "outcomes",
    "price_events",
    "stale_days",
    "suite_items",
)


def test_every_other_table_is_keyed_by_build(con: duckdb.DuckDBPyConnection) -> None:
    migrate(con)
    without = con.execute(
        "SELECT table_name FROM duckdb_columns() WHERE NOT internal GROUP BY ALL "
        "HAVING NOT bool_or(column_name = 'build_id') ORDER BY ALL"
    ).fetchall()
    assert without == [(name,) for name in ("_marts", "_migrations", *NO_BUILD)]


def test_money_is_decimal(con: duckdb.DuckDBPyConnection) -> None:
    migrate(con)
    rows = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE NOT internal"
    ).fetchall()
    money = {kind for name, kind in rows if re.search("per_million|_usd", name)}
    assert money == {"DECIMAL(18,9)"}


def test_a_ledger_of_an_earlier_version_keeps_its_rows(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "earlier"
    folder.mkdir()
    for each in available()[:12]:
        (folder / f"{each.name}.sql").write_text(each.sql)
    migrate(con, folder)
    for source in ("simulated", "bank"):
        con.execute(
            "INSERT INTO calls BY NAME SELECT 'e' AS episode_id, 0 AS call_index, 'c1' AS call_id,"
            " 0 AS turn, 't' AS tool_name, 0 AS cost_usd, 0 AS list_cost_usd, 'ok' AS status,"
            " 1 AS attempts, 1.0 AS seconds, false AS selected, $source AS source",
            {"source": source},
        )
    assert migrate(con) == [each.name for each in available()[12:]]
    found = con.execute("SELECT source, simulated FROM calls ORDER BY source").fetchall()
    assert found == [("bank", False), ("simulated", True)]
