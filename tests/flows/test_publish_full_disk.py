"""`xrouter publish` on a disk that really is full: a small tmpfs in a mount namespace."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from stubs.publications import run, write_build

from pipeline.io import sha256_file

# Free KiB at each try: none at all, none for the second table, for a later one, for the hashes.
FREE = (0, 48, 72, 96)
SCRIPT = """
import contextlib, io, json, shutil, sys, tempfile
from pathlib import Path
from flows.cli import main
disk, built, order, back = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), sys.argv[4]
fill, to = disk / "fill", disk / "to"

def leave(free):
    fill.unlink(missing_ok=True)
    with fill.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 12))
    with fill.open("r+b") as file:
        file.truncate(max(0, fill.stat().st_size - (free << 10)))

def publish(*more):
    error = io.StringIO()
    with contextlib.redirect_stderr(error), contextlib.redirect_stdout(io.StringIO()):
        sys.argv = ["xrouter", "publish", "--out", built, *more]
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
    names = sorted(p.relative_to(to).as_posix() for p in to.rglob("*") if p.is_file())
    return {"code": code, "error": error.getvalue(), "files": names}

tries = []
for free in order:
    leave(free)
    tries.append(publish("--to", str(to)))
fill.unlink()
last = publish("--to", str(to))
leave(8)
tempfile.tempdir = str(disk)
dry = publish("--to", str(to), "--dry-run")
shutil.copytree(to, back)
print(json.dumps([tries, dry, last]))
"""


def on_small_disk(disk: Path, built: Path, order: Any, back: Path) -> Any:
    """Run the script on a tmpfs; returns what it printed."""
    disk.mkdir()
    mount = 'mount -t tmpfs -o size=8m none "$0" && exec "$@"'
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    if shutil.which("unshare") is None or _fails([*unshare, mount, str(disk), "true"]):
        pytest.skip("no mount namespace can be had here: a full disk cannot be tried")
    python = [sys.executable, "-c", SCRIPT, str(disk), str(built), json.dumps(order), str(back)]
    environment = os.environ | {"COLUMNS": "400"}
    ended = subprocess.run(
        [*unshare, mount, str(disk), *python],
        capture_output=True, text=True, timeout=300, check=False, env=environment,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def _fails(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def hashes(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): sha256_file(path)
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_a_full_disk_is_named_and_the_next_run_finishes(tmp_path: Path) -> None:
    layout = write_build(tmp_path / "small", {"free": "CC0-1.0"})
    disk, back = tmp_path / "disk", tmp_path / "back"
    tries, dry, last = on_small_disk(disk, layout.root, FREE, back)
    run(layout, to=tmp_path / "roomy")
    expected = hashes(tmp_path / "roomy")
    assert (last["code"], last["files"]) == (0, sorted(expected))
    for failed in tries:
        assert failed["code"] == 3, failed
        assert failed["error"].strip().count("\n") == 0, failed
        assert f"{disk / 'to'}/" in failed["error"]
        assert "no space left on the device; free some" in failed["error"]
        # Nothing that a reader, or the next run, could take for a whole repository.
        assert ".unfinished" in failed["files"]
        assert "publication.json" not in failed["files"]
        assert not [name for name in failed["files"] if name.endswith(".partial")]
    assert len({failed["error"] for failed in tries}) >= 3
    # A dry run needs room, too, and leaves the finished repository alone.
    assert (dry["code"], dry["files"]) == (3, last["files"])
    assert f"{disk}/xrouter-publish-" in dry["error"]
    assert "TMPDIR" in dry["error"]
    assert hashes(back) == expected
