"""A ledger on a disk that really is full: a small tmpfs in a mount namespace of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from stubs.decisions import decisions, write

SCRIPT = """
import os, shutil, sys
from pathlib import Path
from warehouse.errors import WarehouseError
from warehouse.spool import load_spool
from warehouse.store import query
disk, source, fresh = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "fresh"
store, spool = disk / "w.duckdb", disk / "spool"
spool.mkdir()
if not fresh:
    load_spool(store, spool, 7)  # nothing to load: no store yet
    shutil.copytree(source / "first", spool, dirs_exist_ok=True)
    print(load_spool(store, spool).episodes)
shutil.copytree(source / "second", spool, dirs_exist_ok=True)
files = sorted(path.name for path in spool.glob("*.parquet"))
free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
(disk / "fill").write_bytes(bytes(free - 16_384))
try:
    load_spool(store, spool)
except WarehouseError as error:
    print(type(error).__name__, error)
left = {path.name for path in spool.rglob("*.parquet")}
print(left.issuperset(files), (spool / "rejected").exists())
(disk / "fill").unlink()
if not fresh:
    print(query(store, "SELECT count(*) FROM episodes").item())
print(load_spool(store, spool).episodes, query(store, "SELECT count(*) FROM episodes").item())
"""


@pytest.mark.parametrize("state", ["fresh", "existing"])
def test_nothing_is_lost_or_set_aside_on_a_full_disk(tmp_path: Path, state: str) -> None:
    write(tmp_path / "source" / "first", decisions(10))
    write(tmp_path / "source" / "second", decisions(200))
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = 'mount -t tmpfs -o size=16m none "$0" && exec "$@"'
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, str(disk)]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*unshare, "true"], check=False).returncode
    ):
        pytest.skip("no mount namespace can be had here: a full disk cannot be tried")
    python = [sys.executable, "-c", SCRIPT, str(disk), str(tmp_path / "source"), state]
    done = subprocess.run([*unshare, *python], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    if state == "existing":
        assert (lines.pop(0), lines.pop(2)) == ("10", "10")
    assert lines[0].startswith("StoreSpaceError")
    assert "no space left on the device" in lines[0]
    assert lines[1] == "True False"
    assert lines[2] == ("200 200" if state == "fresh" else "200 210")
