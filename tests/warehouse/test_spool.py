"""Loading a ledger: every episode once, whatever the files, their order and their state."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stubs.decisions import decisions, write

from pipeline.router.record import Episode
from warehouse import spoolfiles
from warehouse.check import run_checks
from warehouse.errors import StoreBusyError, StoreError
from warehouse.spool import SpoolReport, load_spool
from warehouse.store import query

TABLES = ("episodes", "calls", "menus", "menu_entries")
COUNT = 42


@pytest.fixture(scope="module")
def made() -> list[Episode]:
    return decisions(COUNT)


@pytest.fixture
def at(tmp_path: Path) -> tuple[Path, Path]:
    """A store that is not there yet, and a spool."""
    (tmp_path / "spool").mkdir()
    return tmp_path / "w.duckdb", tmp_path / "spool"


def tables(store: Path) -> dict[str, list[tuple[Any, ...]]]:
    return {table: query(store, f"FROM {table} ORDER BY ALL").rows() for table in TABLES}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_the_engine_wrote_is_in_the_store(at: tuple[Path, Path], made: list[Episode]) -> None:
    store, spool = at
    write(spool, made[:30])
    write(spool, made[30:], "later")
    report = load_spool(store, spool)
    calls = [call for episode in made for call in episode.calls]
    assert report[:6] == (4, 0, COUNT, 0, len(calls), 3)
    assert (report.set_aside, report.refused) == ([], [])
    frame = query(store, "FROM episodes")
    assert set(frame["mode"]) == {"direct", "synthesize", "select", "failed"}
    assert frame["total_cost_usd"].dtype == pl.Decimal(18, 9)
    wanted = sum(Decimal(str(round(e.row["total_cost_usd"], 9))) for e in made)
    assert frame["total_cost_usd"].sum() == wanted
    tokens = query(store, "SELECT sum(input_tokens)::INT, sum(output_tokens)::INT FROM calls").row(
        0
    )
    assert tokens == tuple(
        sum(call.get(name) or 0 for call in calls) for name in ("input_tokens", "output_tokens")
    )
    offered = "SELECT catalog_id, list(model_id ORDER BY position) FROM bridge_menu GROUP BY ALL"
    menus = dict(query(store, offered).rows())
    by_id = {episode.row["episode_id"]: episode for episode in made}
    for row in frame.iter_rows(named=True):
        episode = by_id[row["episode_id"]].row
        same = ("run_id", "policy", "mode", "turns", "started_at", "error", "simulated")
        assert [row[name] for name in same] == [episode[name] for name in same]
        assert menus[row["catalog_id"]] == episode["offered"]
    for call in query(store, "FROM calls").iter_rows(named=True):
        was = by_id[call["episode_id"]].calls[call["call_index"]]
        same = ("call_id", "tool_name", "model_id", "status", "error_type", "selected", "source")
        assert [call[name] for name in same] == [was[name] for name in same]
        assert float(call["cost_usd"]) == pytest.approx(was["cost_usd"], abs=1e-9)
    assert [check for check in run_checks(store) if not check.passed] == []


def test_loaded_files_go_to_a_folder_of_their_own(
    at: tuple[Path, Path], made: list[Episode]
) -> None:
    store, spool = at
    files = write(spool, made)
    (spool / "episodes-half.parquet.partial").write_bytes(b"PAR1")
    assert load_spool(store, spool).files == 2
    assert names(spool) == ["episodes-half.parquet.partial", "loaded"]
    assert names(spool / "loaded") == sorted(path.name for path in files)
    long_ago = time.time() - 2 * 86_400
    os.utime(spool / "loaded" / files[0].name, (long_ago, long_ago))
    os.utime(spool / "episodes-half.parquet.partial", (long_ago, long_ago))
    before = store.read_bytes()
    assert load_spool(store, spool, keep_days=1)[:6] == (0, 0, 0, 0, 0, 0)
    assert names(spool / "loaded") == [files[1].name]
    assert names(spool) == ["loaded"]
    assert store.read_bytes() == before


def test_a_file_that_comes_again_changes_nothing(
    at: tuple[Path, Path], made: list[Episode]
) -> None:
    store, spool = at
    files = write(spool, made)
    load_spool(store, spool)
    before = tables(store)
    for path in files:
        shutil.copy(spool / "loaded" / path.name, path)
        shutil.copy(path, path.with_name(path.name.replace("-run-", "-copy-")))
    report = load_spool(store, spool)
    assert (report.files, report.known, report.episodes) == (0, 4, 0)
    assert tables(store) == before
    # Other bytes, the same rows: half of them known.
    write(spool, made[20:] + decisions(5))
    report = load_spool(store, spool)
    assert (report.files, report.known, report.episodes, report.repeated) == (2, 0, 5, COUNT - 20)
    assert [row for row in tables(store)["episodes"] if row in before["episodes"]] == (
        before["episodes"]
    )
    new = query(
        store, "SELECT content, rows, new_rows FROM loaded_files ORDER BY loaded_at, content"
    )
    assert new.rows()[2:] == [("menus", 3, 0), ("episodes", COUNT - 15, 5)]
    assert [check for check in run_checks(store) if not check.passed] == []


@pytest.fixture(scope="module")
def whole(made: list[Episode], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The tables where all episodes come in one file."""
    root = tmp_path_factory.mktemp("whole")
    write(root / "spool", made, "a")
    load_spool(root / "w.duckdb", root / "spool")
    return tables(root / "w.duckdb")


@settings(max_examples=8, database=None)
@given(data=st.data())
def test_any_split_and_any_order_give_the_same_tables(
    data: st.DataObject,
    made: list[Episode],
    whole: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("any")
    order = data.draw(st.permutations(range(COUNT)))
    cuts = sorted(data.draw(st.sets(st.integers(1, COUNT - 1), max_size=5)))
    middle = data.draw(st.integers(0, len(cuts)))
    for number, (a, b) in enumerate(zip([0, *cuts], [*cuts, COUNT], strict=True)):
        part = [made[i] for i in order[a:b]]
        again = data.draw(st.sets(st.integers(0, COUNT - 1), max_size=4)) - set(order[a:b])
        run_id = data.draw(st.sampled_from("abc"))  # files are loaded in order of name
        write(root / "spool", part + [made[i] for i in sorted(again)], run_id)
        if number == middle:
            load_spool(root / "w.duckdb", root / "spool")
    load_spool(root / "w.duckdb", root / "spool")
    cut = tables(root / "w.duckdb")
    for table in ("episodes", "calls", "menu_entries"):
        assert cut[table] == whole[table]
    # When a menu was first seen is of the writer, not of the split.
    assert [row[0] for row in cut["menus"]] == [row[0] for row in whole["menus"]]


def test_the_first_use_of_a_menu_counts_in_any_order(
    at: tuple[Path, Path], made: list[Episode], tmp_path: Path
) -> None:
    store, spool = at
    for run in ("first", "second"):
        write(tmp_path / run, made[:3], run)
    for run in ("second", "first", "second"):
        for path in (tmp_path / run).glob("*.parquet"):
            shutil.copy(path, spool)
        load_spool(store, spool)
    assert query(store, "SELECT DISTINCT run_id FROM menus").rows() == [("first",)]
    assert query(store, "SELECT count(*) FROM menu_entries").item() == 9


def test_many_files_are_loaded_in_bounded_batches(
    at: tuple[Path, Path], made: list[Episode], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, spool = at
    for episode in made[:9]:
        write(spool, [episode])
    monkeypatch.setattr(spoolfiles, "BATCH_ROWS", 4)
    moments: list[str] = []
    report = load_spool(store, spool, on_batch=moments.append)
    assert (report.files, report.episodes) == (18, 9)
    # Nine files of menus and nine of episodes, four rows at once.
    assert moments == ["staged", "merged", "committed"] * 6


def test_a_file_that_polars_rewrote_can_be_loaded(
    at: tuple[Path, Path], made: list[Episode]
) -> None:
    store, spool = at
    for path in write(spool, made):
        table = pq.read_table(path)
        pq.write_table(table.replace_schema_metadata(None), path, use_compliant_nested_type=False)
    assert load_spool(store, spool).episodes == COUNT


def test_strange_names_and_places(at: tuple[Path, Path], made: list[Episode]) -> None:
    store, spool = at
    spool = spool.rename(spool.with_name("it's [a-z]* spool?"))
    write(spool, made, "run [0-9]*'")
    (spool / "notes.parquet").write_text("mine")
    report = load_spool(store, spool)
    assert report.episodes == COUNT
    assert [(left.path.name, left.reason[:16]) for left in report.refused] == [
        ("notes.parquet", "no name of the s")
    ]
    with pytest.raises(StoreError, match="no spool there; `xrouter serve"):
        load_spool(store, spool / "nowhere")


def test_a_store_of_a_build_takes_a_ledger_too(
    store: Path, at: tuple[Path, Path], made: list[Episode]
) -> None:
    builds = query(store, "FROM builds").rows()
    write(at[1], made)
    assert load_spool(store, at[1]).episodes == COUNT
    assert query(store, "FROM builds").rows() == builds
    assert [check for check in run_checks(store) if not check.passed] == []


def test_an_older_store_is_brought_up_to_date(at: tuple[Path, Path], made: list[Episode]) -> None:
    from warehouse.migrate import available, migrate

    store, spool = at
    old = store.parent / "old"
    old.mkdir()
    for migration in available()[:8]:
        (old / f"{migration.name}.sql").write_text(migration.sql)
    with duckdb.connect(str(store)) as con:
        migrate(con, old)
    write(spool, made)
    assert load_spool(store, spool).episodes == COUNT
    assert query(store, "SELECT count(*) FROM fct_episode").item() == COUNT


def _hold(spool: Path, ready: Any, release: Any) -> None:
    from warehouse.locks import loader_lock

    with loader_lock(spool, 0):
        ready.set()
        release.wait(60)


@pytest.mark.parametrize("held", [0, 1], ids=["store", "spool"])
def test_a_second_loader_waits_and_gives_up(
    held: int, at: tuple[Path, Path], made: list[Episode]
) -> None:
    store, spool = at
    write(spool, made)
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    ready, release = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(at[held], ready, release))
    process.start()
    try:
        assert ready.wait(60)
        with pytest.raises(StoreBusyError, match="another process loads into it"):
            load_spool(store, spool, wait_seconds=0.2)
        assert not store.exists()
    finally:
        release.set()
        process.join()
    assert load_spool(store, spool).episodes == COUNT


def test_two_loaders_at_once_load_everything_once(
    at: tuple[Path, Path], made: list[Episode]
) -> None:
    store, spool = at
    for start in range(0, COUNT, 6):
        write(spool, made[start : start + 6])
    script = (
        "import sys; from pathlib import Path; from warehouse.spool import load_spool\n"
        "print(load_spool(Path(sys.argv[1]), Path(sys.argv[2])).episodes)"
    )
    command = [sys.executable, "-c", script, str(store), str(spool)]
    loaders = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    said = sorted(int(loader.communicate()[0]) for loader in loaders)
    assert said == [0, COUNT]
    assert query(store, "SELECT count(DISTINCT episode_id) FROM episodes").item() == COUNT
    report: SpoolReport = load_spool(store, spool)
    assert report[:3] == (0, 0, 0)
