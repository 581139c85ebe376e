"""The same seed gives the same bytes: for any workers, any shard size, and after any kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

KILLS = 10
COMMAND = [sys.executable, "-c", "from flows.cli import main; main()", "build", "--json"]


def contract_bytes(root: Path) -> dict[str, bytes]:
    """Every file of the contract, and the manifest; records and the store hold times."""
    paths = [*root.rglob("*.parquet"), root / "manifest.json"]
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(paths)}


def build(xrouter: Callable[..., Any], root: Path, *options: str) -> str:
    run = xrouter("build", "--config", "../small.toml", "--json", *options, cwd=root)
    assert run.code == 0, run.err
    return str(run.json()["content_hash"])


@pytest.mark.slow
def test_workers_and_shards_change_nothing_and_the_seed_does(
    xrouter: Callable[..., Any], built: Path, tmp_path: Path
) -> None:
    (tmp_path / "small.toml").write_text((built / "small.toml").read_text())
    expected = json.loads((built / "stdout.json").read_text())["content_hash"]
    for name in ("one", "seed"):
        (tmp_path / name).mkdir()
    assert build(xrouter, tmp_path / "one", "--workers", "1", "--shard-size", "1000") == expected
    assert build(xrouter, tmp_path / "seed", "--seed", "1") != expected


def kill_at(command: list[str], cwd: Path, seconds: float) -> bool:
    """Run a command and kill -9 it after `seconds`; false if it was done by then."""
    with subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            return True
    return False


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_kills_leave_no_trace(built: Path, tmp_path: Path) -> None:
    expected = contract_bytes(built / "xrouter-data")
    command = [*COMMAND, "--config", "small.toml"]
    other = tmp_path / "killed"
    other.mkdir()
    (other / "small.toml").write_text((built / "small.toml").read_text())
    # Each run goes on where the one before was killed, so that even the last stages are reached.
    undisturbed = float((built / "seconds.txt").read_text())
    moments = np.random.default_rng().uniform(0.5, undisturbed / 2, KILLS)
    killed = 0
    for seconds in moments:
        if kill_at(command, other, seconds):
            killed += 1
            continue
        # Done before its kill: there is nothing left to disturb, so the next one begins anew.
        assert contract_bytes(other / "xrouter-data") == expected, f"killed at {moments} s"
        shutil.rmtree(other / "xrouter-data")
    assert killed, f"every run was done before its kill: {moments} s"
    final = subprocess.run(command, cwd=other, capture_output=True, text=True, check=False)
    assert final.returncode == 0, final.stderr
    assert contract_bytes(other / "xrouter-data") == expected, f"killed at {moments} s"
    assert not list((other / "xrouter-data").rglob("*.partial"))
