"""Loading a build: all of it once, or none of it with a clear word."""

import json
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from warehouse.errors import StoreBusyError, StoreError
from warehouse.ingest import LoadReport, load_build
from warehouse.store import query

Build = Any  # TinyBuild of conftest.py, which cannot be imported by name
MakeBuild = Callable[..., Build]

ROWS = {
    "problems": 5,
    "worked_solutions": 1,
    "attempts": 27,
    "pass_rates": 7,
    "disagreements": 1,
    "models": 3,
    "prices": 3,
    "catalogs": 3,
    "catalog_entries": 6,
    "examples": 6,
    "rejects": 3,
}


def load(store: Path, build: Build, **options: float) -> LoadReport:
    return load_build(store, build.files, build.manifest, **options)


def test_a_fresh_store_holds_the_rows_of_the_files(build: Build, tmp_path: Path) -> None:
    seen: list[str] = []
    store = tmp_path / "deep" / "down" / "w.duckdb"
    report = load_build(store, build.files, build.manifest, on_table=seen.append)
    assert report[:3] == (build.build_id, False, ROWS)
    assert seen == list(ROWS)
    for table, rows in ROWS.items():
        assert query(store, f"SELECT count(*) FROM {table}").item() == rows
    assert [path.name for path in store.parent.iterdir() if not path.name.startswith(".")] == [
        "w.duckdb"
    ]


def test_the_manifest_is_kept_whole(store: Path, build: Build) -> None:
    row = query(store, "SELECT * FROM builds").row(0, named=True)
    assert json.loads(row["manifest"]) == json.loads(build.manifest.read_text())
    assert (row["build_id"], row["seed"], row["law"]) == (build.build_id, 0, "historical")
    assert (row["hard_below"], row["easy_from"], row["base_date"]) == (0.15, 0.65, "2026-11-01")


def test_values_arrive_unchanged(store: Path, build: Build) -> None:
    files = pl.read_parquet(build.files["catalogs"]).explode("entries").unnest("entries")
    columns = ["catalog_id", "tool_name", "output_per_million", "price_factor", "description"]
    casts = pl.col("output_per_million").cast(pl.Float64)
    sql = "SELECT * FROM catalog_entries ORDER BY catalog_id, position"
    loaded = query(store, sql).with_columns(casts).select(columns)
    assert loaded.equals(files.select(columns).sort("catalog_id", maintain_order=True))
    problems = pl.read_parquet(build.files["problems"]).sort("problem_id")
    texts = query(store, "SELECT messages FROM problems ORDER BY problem_id")["messages"]
    assert [json.loads(text) for text in texts] == problems["messages"].to_list()


def test_loading_twice_changes_no_byte(store: Path, build: Build) -> None:
    before = store.read_bytes()
    report = load(store, build)
    assert report[:3] == (build.build_id, True, ROWS)
    assert store.read_bytes() == before


def test_two_builds_stand_side_by_side(store: Path, make_build: MakeBuild) -> None:
    other = make_build(seed=1)
    assert not load(store, other).skipped
    builds = query(store, "SELECT load_order, seed FROM builds ORDER BY load_order")
    assert builds.rows() == [(1, 0), (2, 1)]
    for table, rows in ROWS.items():
        counts = query(store, f"SELECT count(*) AS n FROM {table} GROUP BY build_id")["n"]
        assert counts.to_list() == [rows, rows]


def test_an_outdated_mart_is_refreshed_by_loading_again(store: Path, build: Build) -> None:
    with duckdb.connect(str(store)) as con:
        con.execute("CREATE OR REPLACE VIEW composition AS SELECT 1 AS one; DELETE FROM _marts")
    assert load(store, build).skipped
    assert query(store, "SELECT sum(examples)::INT FROM composition").item() == 6


def _tables(store: Path) -> dict[str, int]:
    return {t: query(store, f"SELECT count(*) FROM {t}").item() for t in ("builds", *ROWS)}


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _drop_column(path: Path) -> None:
    pl.read_parquet(path).drop(pl.nth(1)).write_parquet(path)


def _wrong_type(path: Path) -> None:
    frame = pl.read_parquet(path)
    name = "input_per_million" if "input_per_million" in frame.columns else frame.columns[-1]
    frame.with_columns(pl.lit("not a number").alias(name)).write_parquet(path)


def _nulls(path: Path) -> None:
    frame = pl.read_parquet(path)
    frame.with_columns(pl.lit(None, pl.String).alias(frame.columns[0])).write_parquet(path)


def _another_format(path: Path) -> None:
    path.write_text("problem_id,reference\n")


def _unhashed(build: Build) -> None:
    """Rewrite the manifest so that it names no file, and only reading can find the fault."""
    manifest = json.loads(build.manifest.read_text()) | {"files": [], "content_hash": "f" * 64}
    build.manifest.write_text(json.dumps(manifest))


@pytest.mark.parametrize("existing", [False, True], ids=["fresh", "existing"])
@pytest.mark.parametrize(
    ("key", "spoil"),
    [
        ("problems", _truncate),
        ("attempts", _drop_column),
        ("prices", _wrong_type),
        ("models", _nulls),
        ("pass_rates", _another_format),
        ("catalogs", _truncate),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_kept(
    existing: bool, key: str, spoil: Callable[[Path], None], make_build: MakeBuild, tmp_path: Path
) -> None:
    store = tmp_path / "w.duckdb"
    if existing:
        load(store, make_build(seed=0))
        before = _tables(store)
    bad = make_build(seed=1)
    spoil(bad.files[key])
    _unhashed(bad)
    with pytest.raises(StoreError, match=rf"{key}\.parquet: cannot be loaded as ") as caught:
        load(store, bad)
    assert caught.value.exit_code == 2
    if existing:
        assert _tables(store) == before
    else:
        assert list(tmp_path.glob("w.duckdb*")) == []


def test_a_missing_file_is_named(build: Build, tmp_path: Path) -> None:
    build.files["examples"][1].unlink()
    with pytest.raises(StoreError, match=r"validation\.parquet: no such file"):
        load(tmp_path / "w.duckdb", build)
    assert list(tmp_path.glob("w.duckdb*")) == []


def test_a_file_changed_after_the_build_is_named(build: Build, tmp_path: Path) -> None:
    path = build.files["rejects"][0]
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(StoreError, match=r"parquet: its SHA-256 is .*changed\s+after the build"):
        load(tmp_path / "w.duckdb", build)


def test_a_required_table_cannot_be_left_out(build: Build, tmp_path: Path) -> None:
    files = {key: value for key, value in build.files.items() if key != "catalogs"}
    with pytest.raises(StoreError, match=r"no file for \['catalogs'\]"):
        load_build(tmp_path / "w.duckdb", files, build.manifest)


def test_an_unknown_table_is_refused(build: Build, tmp_path: Path) -> None:
    files = build.files | {"atempts": build.files["attempts"]}
    with pytest.raises(StoreError, match=r"atempts.*no such table"):
        load_build(tmp_path / "w.duckdb", files, build.manifest)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"seed": 1}', "\udcff"])
def test_a_broken_manifest_is_named(build: Build, tmp_path: Path, text: str) -> None:
    build.manifest.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(StoreError, match=r"manifest\.json: not a readable manifest"):
        load(tmp_path / "w.duckdb", build)


def test_an_optional_table_may_be_missing(build: Build, tmp_path: Path) -> None:
    files = {key: value for key, value in build.files.items() if key != "attempts"}
    report = load_build(tmp_path / "w.duckdb", files, build.manifest)
    assert report.rows["attempts"] == 0


def test_wildcards_in_a_path_are_letters(make_build: MakeBuild, tmp_path: Path) -> None:
    build = make_build(seed="[a-z]*?")
    store = tmp_path / "it's [1] *.duckdb"
    assert load_build(store, build.files, build.manifest).rows == ROWS


def test_another_store_stands_where_the_store_should(build: Build, tmp_path: Path) -> None:
    store = tmp_path / "w.duckdb"
    store.write_text("my notes")
    with pytest.raises(StoreError, match="cannot be opened"):
        load(store, build)
    assert store.read_text() == "my notes"


def test_leftovers_of_a_killed_loader_are_swept(build: Build, tmp_path: Path) -> None:
    store = tmp_path / "w.duckdb"
    store.with_name("w.duckdb.partial").write_bytes(b"half")
    store.with_name("w.duckdb.partial.wal").write_bytes(b"half")
    load(store, build)
    assert [p.name for p in tmp_path.glob("w.duckdb*")] == ["w.duckdb"]


def test_a_reader_makes_the_loader_wait_and_give_up(store: Path, make_build: MakeBuild) -> None:
    opened = "duckdb.connect(sys.argv[1], read_only=True)"
    script = f"import duckdb, sys; con = {opened}; print(1, flush=True); input()"
    other = make_build(seed=1)
    command = [sys.executable, "-c", script, str(store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        with pytest.raises(StoreBusyError, match=r"did for 0\.3 s"):
            load(store, other, wait_seconds=0.3)
        reader.communicate(b"\n")
    assert not load(store, other).skipped


def _hold(lock: Path, ready: Any, release: Any) -> None:
    from warehouse.locks import loader_lock

    with loader_lock(lock, 0):
        ready.set()
        release.wait(60)


def test_a_second_loader_waits_and_gives_up(build: Build, tmp_path: Path) -> None:
    store, context = tmp_path / "w.duckdb", multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(store, ready, release))
    process.start()
    try:
        assert ready.wait(60)
        with pytest.raises(StoreBusyError, match="another process loads into it") as caught:
            load(store, build, wait_seconds=0.3)
        assert caught.value.exit_code == 4
        assert not store.exists()
    finally:
        release.set()
        process.join()
    assert not load(store, build).skipped


def test_two_loaders_of_one_build_load_it_once(build: Build, tmp_path: Path) -> None:
    script = (
        "import sys, pickle; from pathlib import Path; from warehouse.ingest import load_build\n"
        "files, manifest = pickle.load(open(sys.argv[2], 'rb'))\n"
        "print(load_build(Path(sys.argv[1]), files, manifest).skipped)"
    )
    order = tmp_path / "order"
    order.write_bytes(pickle.dumps((build.files, build.manifest)))
    command = [sys.executable, "-c", script, str(tmp_path / "w.duckdb"), str(order)]
    loaders = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    said = sorted(loader.communicate()[0].strip() for loader in loaders)
    assert said == [b"False", b"True"]
