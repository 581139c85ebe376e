"""Opening a store and asking it: what is refused, and how it is said."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from warehouse.errors import StoreBusyError, StoreError
from warehouse.store import open_store, query

HOLD = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"


def test_a_missing_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere\.duckdb: no store there; run `xrouter build`"):
        query(tmp_path / "nowhere.duckdb", "SELECT 1")


def test_a_directory_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store there"):
        query(tmp_path, "SELECT 1")


@pytest.mark.parametrize("content", [b"PAR1" + b"x" * 20_000, b"x"])
def test_another_file_is_no_store(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be opened as a DuckDB store"):
        query(path, "SELECT 1")
    assert path.read_bytes() == content


def test_a_truncated_store_is_refused(store: Path) -> None:
    store.write_bytes(store.read_bytes()[:5000])
    with pytest.raises(StoreError, match="cannot be opened"):
        query(store, "SELECT 1")


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "foreign.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE t (x INTEGER)")
    for read_only in (True, False):
        with (
            pytest.raises(StoreError, match="not a store of xrouter"),
            open_store(path, read_only=read_only),
        ):
            pass


def test_a_newer_store_is_refused(store: Path) -> None:
    with duckdb.connect(str(store)) as con:
        con.execute("INSERT INTO _migrations VALUES (99, '0099_future', 'x')")
    with pytest.raises(StoreError, match=r"warehouse\.duckdb.*0099_future.*upgrade xrouter"):
        query(store, "SELECT 1")


def test_an_older_store_says_what_to_do(store: Path) -> None:
    with duckdb.connect(str(store)) as con:
        con.execute("DELETE FROM _migrations WHERE position > 5")
    with pytest.raises(StoreError, match=r"lacks \d+ migrations, from 0006_rejects on"):
        query(store, "SELECT 1")


def test_a_store_held_by_another_process_is_busy(store: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreBusyError, match="another process holds it") as caught:
            query(store, "SELECT 1")
        assert caught.value.exit_code == 4
        holder.communicate(b"\n")
    assert query(store, "SELECT count(*) AS n FROM builds").item() == 1


def test_waiting_for_a_store_ends_when_it_is_free(store: Path) -> None:
    script = HOLD.replace("input()", "import time; time.sleep(1)")
    command = [sys.executable, "-c", script, str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with open_store(store, wait_seconds=30) as con:
            assert con.execute("SELECT count(*) FROM builds").fetchone() == (1,)


def test_time_is_utc_and_memory_bounded(store: Path) -> None:
    settings = query(
        store,
        "SELECT current_setting('TimeZone') AS zone, current_setting('memory_limit') AS memory",
    )
    assert settings.row(0) == ("UTC", "953.6 MiB")


def test_a_query_gives_a_typed_frame(store: Path) -> None:
    frame = query(
        store, "SELECT DISTINCT base_output_per_million AS p FROM catalog_entries ORDER BY p"
    )
    assert frame["p"].to_list() == [Decimal(0), Decimal(4), Decimal(10)]
    assert frame.schema["p"] == pl.Decimal(18, 9)


@pytest.mark.parametrize(
    "sql", ["INSERT INTO rejects SELECT * FROM rejects", "DROP TABLE builds", "DELETE FROM builds"]
)
def test_a_query_cannot_change_the_store(store: Path, sql: str) -> None:
    before = store.read_bytes()
    with pytest.raises(StoreError, match="read-only"):
        query(store, sql)
    assert store.read_bytes() == before


@pytest.mark.parametrize(
    ("sql", "message"),
    [("SELEC 1", "syntax error"), ("SELECT nope FROM builds", "nope"), ("FROM nowhere", "nowhere")],
)
def test_a_mistyped_query_says_where(store: Path, sql: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        query(store, sql)


def test_a_query_without_result_gives_an_empty_frame(store: Path) -> None:
    assert query(store, "-- nothing").is_empty()
    assert query(store, "SET threads = 1").is_empty()


def test_a_query_prints_no_progress(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    query(store, "SELECT sum(sqrt(range)) AS s FROM range(30_000_000)")
    assert capfd.readouterr() == ("", "")
