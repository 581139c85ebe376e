"""Exports under fire: killed anywhere, two at once, full and read-only disks, strangers' files."""

import fcntl
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from stubs.weeks import MAKERS, weeks

from warehouse.build import open_current
from warehouse.errors import StoreBusyError, StoreError
from warehouse.export import target
from warehouse.export.manifest import read_manifest
from warehouse.export.run import export_store
from warehouse.store import query

DAYS = 3
NAMES = ("calls", "episodes", "menus")
FORMS: tuple[Any, ...] = ("parquet", "csv", "delta")
# Kills itself before or after the n-th call of a function.
SCRIPT = """
import importlib, os, signal, sys
from pathlib import Path
from warehouse.export.run import export_store
store, to, form, place, when, count = sys.argv[1:]
if place:
    module, _, name = place.rpartition(".")
    owner = importlib.import_module(module)
    real, left = getattr(owner, name), [int(count)]
    def killing(*arguments):
        left[0] -= 1
        if left[0] == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(owner, name, killing)
print("begun", flush=True)
try:
    export_store(Path(store), Path(to), form, ["calls", "episodes", "menus"])
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return weeks(tmp_path_factory.mktemp("made"), DAYS, MAKERS[:2], each=3)


@pytest.fixture(scope="module")
def whole(made: Path) -> dict[str, dict[str, Any]]:
    """The tables of an undisturbed export, by format."""
    for form in FORMS:
        export_store(made, made.parent / form, form, NAMES)
    return {form: tables(made.parent / form) for form in FORMS}


def tables(root: Path) -> dict[str, Any]:
    """What the manifest says, but for versions, which count commits."""
    document: dict[str, Any] = json.loads((root / "export.json").read_text())
    assert document["writing"] == []
    return {name: table | {"version": None} for name, table in document["tables"].items()}


def start(made: Path, to: Path, form: str, *kill: str) -> "subprocess.Popen[str]":
    arguments = [str(made), str(to), form, *(kill or ("", "", "0"))]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *arguments], stdout=subprocess.PIPE, text=True
    )


def complete(made: Path, to: Path, whole: dict[str, Any]) -> None:
    """The next run makes of it what an undisturbed one makes."""
    export_store(made, to, whole["form"], NAMES)
    assert tables(to) == whole["tables"]
    left = [path.name for path in to.iterdir() if path.name.startswith(".")]
    assert left == [target.LOCK]
    if whole["form"] == "delta":
        for name in NAMES:
            there = pl.read_delta(str(to / name)).height
            assert there == query(made, f"SELECT count(*) FROM {name}").item()


MOMENTS = [
    ("parquet", "warehouse.export.files._copy", "before", "1"),
    ("parquet", "warehouse.export.files._copy", "after", "5"),
    ("parquet", "warehouse.export.files.replace", "before", "1"),
    ("parquet", "warehouse.export.files.replace", "after", "2"),
    ("csv", "warehouse.export.files._copy", "after", "2"),
    ("delta", "warehouse.export.delta._replace", "before", "1"),
    ("delta", "warehouse.export.delta._replace", "after", "2"),
]


@pytest.mark.parametrize(
    ("form", "place", "when", "count"),
    [
        moment if i == 0 else pytest.param(*moment, marks=pytest.mark.slow)
        for i, moment in enumerate(MOMENTS)
    ],
)
def test_killed_at_a_moment(
    form: str, place: str, when: str, count: str, made: Path, tmp_path: Path, whole: dict[str, Any]
) -> None:
    process = start(made, tmp_path / "lake", form, place, when, count)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    complete(made, tmp_path / "lake", {"form": form, "tables": whole[form]})


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_killed_at_random(form: str, made: Path, tmp_path: Path, whole: dict[str, Any]) -> None:
    draw = random.Random(form)
    for _ in range(4):
        process = start(made, tmp_path / "lake", form)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(draw.random() * 0.4)
        process.kill()
        process.communicate()
    complete(made, tmp_path / "lake", {"form": form, "tables": whole[form]})


def test_a_second_export_is_refused(made: Path, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    with (tmp_path / "lake" / target.LOCK).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(StoreBusyError, match="another export is writing there; wait for it"):
            export_store(made, tmp_path / "lake", names=NAMES)
    assert export_store(made, tmp_path / "lake", names=["menus"]).tables


@pytest.mark.slow
def test_two_at_once(made: Path, tmp_path: Path, whole: dict[str, Any]) -> None:
    runs = [start(made, tmp_path / "lake", "parquet") for _ in range(2)]
    said = sorted(run.communicate()[0].splitlines()[-1][:14] for run in runs)
    assert said[-1] == "begun"
    assert said[0] in ("StoreBusyError", "begun")
    complete(made, tmp_path / "lake", {"form": "parquet", "tables": whole["parquet"]})


def test_a_table_is_there_at_every_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for exchange in (True, False):
        if not exchange:
            monkeypatch.setattr(target, "_exchange", lambda one, other: False)
        for name in ("new", "old"):
            (tmp_path / name).mkdir()
            (tmp_path / name / name).touch()
        target.replace(tmp_path / "new", tmp_path / "old")
        assert [path.name for path in tmp_path.iterdir()] == ["old"]
        assert [path.name for path in (tmp_path / "old").iterdir()] == ["new"]
        shutil.rmtree(tmp_path / "old")


def test_strangers_are_not_written_over(made: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(StoreError, match=r"holds 'thesis.txt', but no export .* empty directory"):
        export_store(made, tmp_path / "mine")
    with pytest.raises(StoreError, match="a file; name a directory"):
        export_store(made, tmp_path / "mine" / "thesis.txt")
    with pytest.raises(StoreError, match="cannot be made"):
        export_store(made, tmp_path / "mine" / "thesis.txt" / "below")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    export_store(made, tmp_path / "lake", names=["menus"])
    (tmp_path / "lake" / "calls").mkdir()
    with pytest.raises(StoreError, match=r"lake/calls: stands in the way, and is not of an export"):
        export_store(made, tmp_path / "lake", names=["menus", "calls"])
    with pytest.raises(StoreError, match="holds an export as parquet; name another directory"):
        export_store(made, tmp_path / "lake", "delta", names=["menus"])


@pytest.mark.parametrize("text", ["{}", "[", '{"made_by": "xrouter export", "layout": 2}'])
def test_a_strange_manifest_is_refused(text: str, made: Path, tmp_path: Path) -> None:
    (tmp_path / "export.json").write_text(text)
    with pytest.raises(StoreError, match=r"export\.json: no manifest of an export of this version"):
        export_store(made, tmp_path)


def test_an_empty_store_and_one_with_strange_marts(tmp_path: Path) -> None:
    store = tmp_path / "w.duckdb"
    with open_current(store):
        pass
    report = export_store(store, tmp_path / "lake", names=["tables", "cost_by_day"])
    assert {table.rows for table in report.tables} == {0}
    with duckdb.connect(str(store)) as con:
        con.execute("DROP VIEW fct_call; DELETE FROM _marts WHERE name = 'fct_call'")
    assert export_store(store, tmp_path / "tables").tables
    with pytest.raises(StoreError, match="its marts are of another version"):
        export_store(store, tmp_path / "marts", names=["cost_by_day"])
    with pytest.raises(StoreError, match="no store there; run `xrouter build`"):
        export_store(tmp_path / "none.duckdb", tmp_path / "none")


def test_a_store_that_is_written_is_waited_for(made: Path, tmp_path: Path) -> None:
    script = "import sys, duckdb; con = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    store = Path(shutil.copy(made, tmp_path / "w.duckdb"))
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(StoreBusyError, match="another process holds it"):
        export_store(store, tmp_path / "lake", wait_seconds=0.2)
    process.communicate(b"\n")
    assert export_store(store, tmp_path / "lake", names=["menus"]).tables


ON_DISK = """
import os, sys
from pathlib import Path
from warehouse.errors import WarehouseError
from warehouse.export.run import export_store
store, disk, form, room = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
if room >= 0:
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    (disk / "fill").write_bytes(bytes(free - room))
try:
    export_store(store, disk / "lake", form, ["calls", "episodes"])
except WarehouseError as error:
    print(type(error).__name__, str(error).replace(str(disk), "DISK"))
if room >= 0:
    (disk / "fill").unlink()
    report = export_store(store, disk / "lake", form, ["calls", "episodes"])
    print(sum(table.rows for table in report.tables))
    print(sorted(path.name for path in (disk / "lake").iterdir() if path.name.startswith(".")))
"""


def on_disk(made: Path, disk: Path, form: str, options: str, room: int) -> list[str]:
    """Run the script with a file system of its own at `disk`."""
    disk.mkdir()
    python = [sys.executable, "-c", ON_DISK, str(made), str(disk), form, str(room)]
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = f'mount -t tmpfs -o {options} none "$0" && exec "$@"'
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            [*unshare, mount, str(disk), "true"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no mount namespace can be had here: a full disk cannot be tried")
    done = subprocess.run(
        [*unshare, mount, str(disk), *python], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 16_384])
@pytest.mark.parametrize("form", FORMS)
def test_a_full_disk_is_named_and_the_next_run_goes_on(
    form: str, room: int, made: Path, tmp_path: Path
) -> None:
    said, rows, left = on_disk(made, tmp_path / "disk", form, "size=4m", room)
    assert said.startswith("StoreSpaceError DISK/lake: no space left on the device")
    wanted = query(made, "SELECT (SELECT count(*) FROM calls) + (SELECT count(*) FROM episodes)")
    assert int(rows) == wanted.item()
    assert left == str([target.LOCK])


def test_a_read_only_disk_is_named(made: Path, tmp_path: Path) -> None:
    (said,) = on_disk(made, tmp_path / "disk", "parquet", "ro", -1)
    assert said.startswith("StoreError DISK/lake: cannot be made")
    assert "Read-only file system" in said


def test_the_manifest_of_nothing_is_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
