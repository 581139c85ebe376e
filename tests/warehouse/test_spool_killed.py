"""`kill -9` in the middle of loading a ledger: each batch is in the store whole, or not at all."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stubs.decisions import decisions, write

from warehouse.check import run_checks
from warehouse.spool import load_spool
from warehouse.store import query

COUNT = 24
SCRIPT = """
import os, signal, sys
from pathlib import Path
from warehouse import spoolfiles
from warehouse.spool import load_spool
store, spool, moment, after = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
spoolfiles.BATCH_ROWS = 8
print("begun", flush=True)
seen = []
def on_batch(name):
    seen.append(name)
    if seen.count(moment) == after:
        os.kill(os.getpid(), signal.SIGKILL)
load_spool(store, spool, on_batch=on_batch)
"""


def loader(root: Path, moment: str, after: int) -> "subprocess.Popen[bytes]":
    arguments = [str(root / "w.duckdb"), str(root / "spool"), moment, str(after)]
    return subprocess.Popen([sys.executable, "-c", SCRIPT, *arguments], stdout=subprocess.PIPE)


def fill(root: Path) -> None:
    made = decisions(COUNT)
    for start in range(0, COUNT, 6):
        write(root / "spool", made[start : start + 6])


def count(root: Path, what: str = "count(*) FROM episodes") -> int:
    return int(query(root / "w.duckdb", f"SELECT {what}").item())


def complete(root: Path) -> None:
    """The next load brings in all that is left, and everything is there once."""
    report = load_spool(root / "w.duckdb", root / "spool")
    assert report.set_aside == report.refused == []
    assert count(root) == count(root, "count(DISTINCT episode_id) FROM episodes") == COUNT
    assert sorted(path.name for path in (root / "spool").iterdir()) == ["loaded"]
    assert count(root, "count(*) FROM loaded_files") == 8
    assert [check for check in run_checks(root / "w.duckdb") if not check.passed] == []


# Four files of menus, twelve rows: two batches; then four of episodes, one batch each.
@pytest.mark.parametrize(
    ("moment", "after", "there", "known"),
    [("staged", 3, 0, 0), ("merged", 4, 6, 0), ("committed", 4, 12, 1), ("committed", 6, 24, 1)],
)
def test_a_killed_loader_leaves_whole_batches(
    tmp_path: Path, moment: str, after: int, there: int, known: int
) -> None:
    fill(tmp_path)
    process = loader(tmp_path, moment, after)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert count(tmp_path) == there
    calls = query(tmp_path / "w.duckdb", "FROM calls ANTI JOIN episodes USING (episode_id)")
    assert calls.is_empty()
    complete(tmp_path)


@pytest.mark.slow
def test_kills_at_any_moment_lose_and_repeat_nothing(tmp_path: Path) -> None:
    rng = random.Random(11)
    for attempt in range(5):
        root = tmp_path / str(attempt)
        fill(root)
        process = loader(root, "never", 1)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.8))
        process.kill()
        process.communicate()
        complete(root)
