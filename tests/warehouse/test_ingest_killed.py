"""`kill -9` in the middle of a load: the store is as before, and the next load completes it."""

import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warehouse.check import run_checks
from warehouse.ingest import load_build
from warehouse.store import query

Build = Any  # TinyBuild of conftest.py, which cannot be imported by name

SCRIPT = """
import os, pickle, signal, sys
from pathlib import Path
from warehouse.ingest import load_build
store, files, manifest, last = pickle.load(open(sys.argv[1], "rb"))
print("begun", flush=True)
def on_table(table):
    if table == last:
        os.kill(os.getpid(), signal.SIGKILL)
load_build(store, files, manifest, on_table=on_table)
print("ended", flush=True)
"""


def _loader(
    store: Path, build: Build, last: str | None, scratch: Path
) -> "subprocess.Popen[bytes]":
    """Start a loader that kills itself after a table."""
    order = scratch / "order.pickle"
    order.write_bytes(pickle.dumps((store, build.files, build.manifest, last)))
    command = [sys.executable, "-c", SCRIPT, str(order)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def _content(store: Path) -> dict[str, Any]:
    """Rows per build in every table."""
    sql = "SELECT table_name FROM duckdb_columns() WHERE NOT internal AND column_name = 'build_id'"
    sql += " AND table_name IN (SELECT table_name FROM duckdb_tables())"
    return {
        table: query(store, f"SELECT build_id, count(*) FROM {table} GROUP BY 1 ORDER BY 1").rows()
        for table in query(store, sql)["table_name"]
    }


@pytest.mark.parametrize("last", ["problems", "catalog_entries", "rejects"])
def test_a_killed_first_load_leaves_no_store(build: Build, tmp_path: Path, last: str) -> None:
    store = tmp_path / "w.duckdb"
    loader = _loader(store, build, last, tmp_path)
    assert loader.communicate()[0] == b"begun\n"
    assert loader.returncode == -signal.SIGKILL
    assert not store.exists()
    assert load_build(store, build.files, build.manifest).rows["examples"] == 6
    assert [p.name for p in tmp_path.glob("w.duckdb*")] == ["w.duckdb"]


@pytest.mark.parametrize("last", ["problems", "catalog_entries", "rejects"])
def test_a_killed_second_load_leaves_the_store_as_before(
    store: Path, make_build: Callable[..., Build], tmp_path: Path, last: str
) -> None:
    before, other = _content(store), make_build(seed=1)
    loader = _loader(store, other, last, tmp_path)
    loader.communicate()
    assert loader.returncode == -signal.SIGKILL
    assert _content(store) == before
    assert not load_build(store, other.files, other.manifest).skipped
    assert all(check.passed for check in run_checks(store))


@pytest.mark.slow
def test_kills_at_any_moment_leave_all_or_nothing(
    store: Path, make_build: Callable[..., Build], tmp_path: Path
) -> None:
    rng = random.Random(5)
    for seed in range(1, 5):
        before, other = _content(store), make_build(seed=seed)
        loader = _loader(store, other, None, tmp_path)
        assert loader.stdout is not None
        loader.stdout.readline()
        time.sleep(rng.uniform(0, 0.4))
        loader.kill()
        loader.communicate()
        after = _content(store)
        if after != before:
            assert {table: len(rows) for table, rows in after.items()} == {
                table: len(rows) + 1 for table, rows in before.items()
            }
        load_build(store, other.files, other.manifest)
    assert query(store, "SELECT count(*) FROM builds").item() == 5
    assert all(check.passed for check in run_checks(store))
