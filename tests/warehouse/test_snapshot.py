"""Snapshots: all that is committed, whole or not at all, and readable while a loader is at work."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from stubs.decisions import decisions, write

from warehouse import snapshot as snapshots
from warehouse.check import run_checks
from warehouse.errors import StoreBusyError, StoreError, StoreSpaceError
from warehouse.snapshot import snapshot_path, write_snapshot
from warehouse.spool import load_spool
from warehouse.store import query

HOLD = """
import sys, time
from pathlib import Path
from warehouse.store import open_store
with open_store(Path(sys.argv[1])) as con:
    con.execute("SET checkpoint_threshold = '1TB'; PRAGMA disable_checkpoint_on_shutdown")
    con.execute("UPDATE builds SET law = 'changed'")
    print("held", flush=True)
    time.sleep(600)
"""


def hold(store: Path) -> "subprocess.Popen[bytes]":
    """A process that has written to a store, and holds it."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(store)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def end(process: "subprocess.Popen[bytes]") -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def law(store: Path) -> str:
    return str(query(store, "SELECT law FROM builds").item())


def test_a_snapshot_holds_what_the_store_holds(store: Path, tmp_path: Path) -> None:
    write(tmp_path / "spool", decisions(12))
    load_spool(store, tmp_path / "spool")
    made = write_snapshot(store)
    assert (made.path, made.copied) == (tmp_path / "warehouse-read.duckdb", True)
    assert made.path.read_bytes() == store.read_bytes()
    assert [check for check in run_checks(made.path) if not check.passed] == []
    assert not write_snapshot(store).copied
    write(tmp_path / "spool", decisions(3))
    load_spool(store, tmp_path / "spool")
    assert write_snapshot(store).copied
    assert query(made.path, "SELECT count(*) FROM episodes").item() == 15
    assert sorted(p.name for p in tmp_path.glob("w*.duckdb*")) == [
        "warehouse-read.duckdb",
        "warehouse.duckdb",
    ]


def test_it_is_read_while_a_loader_holds_the_store(store: Path) -> None:
    before = law(store)
    copy = write_snapshot(store).path
    process = hold(store)
    try:
        assert law(copy) == before
        with pytest.raises(StoreBusyError):
            query(store, "SELECT 1")
        with pytest.raises(StoreBusyError, match="another process holds it"):
            write_snapshot(store, wait_seconds=0.2)
        assert law(copy) == before
    finally:
        end(process)


def test_what_a_killed_loader_committed_is_in_it(store: Path) -> None:
    end(hold(store))
    assert store.with_name(store.name + ".wal").exists()
    assert law(write_snapshot(store).path) == "changed"


def test_a_reader_keeps_the_copy_it_opened(store: Path) -> None:
    copy = write_snapshot(store).path
    before = law(copy)
    with duckdb.connect(str(copy), read_only=True) as reader:
        end(hold(store))
        assert write_snapshot(store).copied
        assert reader.execute("SELECT law FROM builds").fetchall() == [(before,)]
    assert law(copy) == "changed"


@pytest.mark.parametrize("way", ["share", "kernel", "by hand"])
def test_every_way_of_copying_gives_the_same_bytes(
    way: str, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "CHUNK_BYTES", 100_003)
    if way != "share":
        monkeypatch.setattr(snapshots, "_share", lambda read, write: False)
    if way == "by hand":
        monkeypatch.delattr(os, "copy_file_range", raising=False)
    copy = write_snapshot(store, tmp_path / "elsewhere" / "copy.duckdb").path
    assert copy.read_bytes() == store.read_bytes()


def test_a_copy_that_fails_leaves_the_one_before(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = write_snapshot(store).path
    before = law(copy)
    end(hold(store))

    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(snapshots, "_copy_bytes", full)
        with pytest.raises(StoreSpaceError, match="no space left"):
            write_snapshot(store)
    assert law(copy) == before
    assert not list(store.parent.glob("*.partial*"))
    copy.with_name(copy.name + ".partial").write_bytes(b"left by one that was killed")
    assert law(write_snapshot(store).path) == "changed"


def test_mistakes_are_named(store: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store there"):
        write_snapshot(tmp_path / "none.duckdb")
    with pytest.raises(StoreError, match="a file of its own"):
        write_snapshot(store, store)
    broken = Path(shutil.copy(__file__, tmp_path / "no.duckdb"))
    with pytest.raises(StoreError, match="cannot be opened"):
        write_snapshot(broken)
    assert snapshot_path(broken) == tmp_path / "no-read.duckdb"
    assert not snapshot_path(broken).exists()
