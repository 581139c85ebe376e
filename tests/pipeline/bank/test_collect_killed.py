"""`xrouter collect` killed at random moments: the provider's own count shows what is paid twice."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
from stubs.provider import Provider

from .conftest import adder

IN_FLIGHT = 6


def start(problems: Path, out: Path, catalog: Path, url: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", "from flows.cli import main; main()", "collect"]
    options = {
        "problems": problems,
        "models": "small,large",
        "budget-usd": 1000,
        "pool": f"endpoint:{url}",
        "out": out,
        "catalog": catalog,
        "in-flight": IN_FLIGHT,
    }
    arguments = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    return subprocess.Popen(
        [*command, *arguments, "--json"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"XROUTER_WORKERS": "1"},
    )


def kill_once(process: "subprocess.Popen[bytes]", provider: Provider, draw: random.Random) -> bool:
    """Kill a run somewhere in its questions; returns whether it was still at them."""
    before, until = len(provider.requests), time.monotonic() + 60
    wanted = before + draw.randrange(1, 12)
    while len(provider.requests) < wanted and process.poll() is None:
        assert time.monotonic() < until, "the run asks nothing"
        time.sleep(0.001)
    time.sleep(draw.random() * 0.05)
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return alive


def in_doubt(out: Path) -> int:
    with sqlite3.connect(out / "collect.sqlite") as db:
        found = db.execute("SELECT count(*) FROM sent WHERE cost_usd IS NULL").fetchone()
    db.close()
    return int(found[0])


def killed_again_and_again(root: Path, problems: Path, catalog: Path, kills: int) -> None:
    out, draw, count = root / "bank", random.Random(kills), pl.read_parquet(problems / "*.parquet")
    with Provider(adder(delay=0.03)) as provider:
        landed = 0
        for _ in range(kills):
            landed += kill_once(start(problems, out, catalog, provider.url), provider, draw)
            assert in_doubt(out) <= IN_FLIGHT * landed
        last = start(problems, out, catalog, provider.url)
        assert last.wait(120) == 0, last.stderr.read().decode() if last.stderr else ""
        assert last.stderr is not None
        last.stderr.close()
        asked = Counter((r["model"], r["messages"][-1]["content"]) for r in provider.requests)
    assert landed == kills
    bank = pl.read_parquet(out / "outcomes.parquet")
    assert bank.height == len(asked) == 2 * count.height
    twice = sum(asked.values()) - len(asked)
    # Only what was in flight at a kill was asked once more, and the ledger knows of each.
    assert twice <= in_doubt(out) <= kills * IN_FLIGHT
    assert in_doubt(out) > 0
    assert bank.filter(pl.col("model_id") == "large")["score"].to_list() == [1.0] * count.height


def test_nothing_is_paid_twice_but_what_was_in_flight(
    tmp_path: Path, built: Callable[[int], Path], catalog: Path
) -> None:
    killed_again_and_again(tmp_path, built(60), catalog, kills=2)
