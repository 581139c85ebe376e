"""A disk that really is full: a small tmpfs in a mount namespace of its own."""

import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warehouse.store import query

SCRIPT = """
import os, pickle, shutil, sys
from pathlib import Path
from warehouse.errors import WarehouseError
from warehouse.ingest import load_build
from warehouse.report import write_report
disk, (files, manifest, existing) = Path(sys.argv[1]), pickle.load(open(sys.argv[2], "rb"))
store = disk / "w.duckdb"
if existing:
    shutil.copy(existing, store)
free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
(disk / "fill").write_bytes(bytes(free - 16_384))
calls = [(load_build, store, files, manifest), (write_report, store, disk / "r.html")]
for call, *arguments in calls:
    try:
        call(*arguments)
    except WarehouseError as error:
        print(type(error).__name__, error)
print(sorted(path.name for path in disk.iterdir() if not path.name.startswith(".")))
os.unlink(disk / "fill")
if existing:
    shutil.copy(store, sys.argv[3])
"""


def on_full_disk(scratch: Path, order: Any) -> list[str]:
    """Run the script on a tmpfs that is full but for 16 KiB; returns what it printed."""
    disk = scratch / "disk"
    disk.mkdir()
    (scratch / "order").write_bytes(pickle.dumps(order))
    python = [
        sys.executable,
        "-c",
        SCRIPT,
        str(disk),
        str(scratch / "order"),
        str(scratch / "after"),
    ]
    mount = 'mount -t tmpfs -o size=8m none "$0" && exec "$@"'
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    if shutil.which("unshare") is None or _fails([*unshare, mount, str(disk), "true"]):
        pytest.skip("no mount namespace can be had here: a full disk cannot be tried")
    command = [*unshare, mount, str(disk), *python]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def _fails(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_a_fresh_store_on_a_full_disk(build: Any, tmp_path: Path) -> None:
    load, report, files = on_full_disk(tmp_path, (build.files, build.manifest, None))
    assert load.startswith("StoreSpaceError")
    assert "no space left on the device" in load
    assert report.startswith("StoreError")
    assert files == "['fill']"


def test_an_existing_store_on_a_full_disk(
    store: Path, make_build: Callable[..., Any], tmp_path: Path
) -> None:
    other = make_build(seed=1)
    load, report, files = on_full_disk(tmp_path, (other.files, other.manifest, store))
    assert load.startswith("StoreSpaceError")
    assert report.startswith("StoreSpaceError")
    assert files in ("['fill', 'w.duckdb']", "['fill', 'w.duckdb', 'w.duckdb.wal']")
    assert query(tmp_path / "after", "SELECT seed FROM builds")["seed"].to_list() == [0]
