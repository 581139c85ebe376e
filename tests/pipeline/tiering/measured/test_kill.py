"""kill -9 at random moments: nothing is lost but what was on its way, and nothing counts twice."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from stubs import players
from stubs.players import Player, content, measure, rates, settings_for
from stubs.provider import Provider

from pipeline.layout import Layout

Problems = Callable[..., Layout]
MIXED = [0.0] * 8 + [1.0] * 12 + [0.2, 0.4, 0.6, 0.8] * 5
PILOT = 10
IN_FLIGHT = 8
NOWHERE = "http://127.0.0.1:9/v1"


def kill_again_and_again(layout: Layout, url: str, seed: int, kills: int, stop: str) -> int:
    """Runs of the stage in processes of their own; returns how many died before their end."""
    settings = settings_for(layout, url, stop=stop, pilot=PILOT, in_flight=IN_FLIGHT)
    order = layout.root / "settings.json"
    order.write_text(settings.model_dump_json(exclude_unset=True))
    done = subprocess.run(
        [sys.executable, players.__file__, str(order), str(seed), str(kills)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def counted(path: Path) -> tuple[int, int]:
    """Samples in a ledger, and different numbers of problems among them."""
    with sqlite3.connect(path) as ledger:
        sql = "SELECT count(*), count(DISTINCT hex(request) || '/' || sample) FROM samples"
        total, different = ledger.execute(sql).fetchone()
    ledger.close()
    return int(total), int(different)


def check_kills(problems: Problems, tmp_path: Path, seed: int, kills: int, stop: str) -> None:
    layout = problems(MIXED)
    with Provider(Player(0.03)) as provider:
        died = kill_again_and_again(layout, provider.url, seed, kills, stop)
        assert died >= min(kills, 3), "the runs are too short to be killed"
        kept, _ = counted(layout.ledger)
        # Lost is what was on its way when a run died, at most.
        assert len(provider.requests) - kept <= died * IN_FLIGHT
        assert kept > 0
        report = measure(layout, provider.url, stop=stop, pilot=PILOT, in_flight=IN_FLIGHT)
        asked = len(provider.requests)
    assert report.complete
    assert rates(layout).height == len(MIXED)
    total, different = counted(layout.ledger)
    assert total == different
    # What fills idle places may be on its way when the last problem settles, and is dropped.
    assert asked - total <= (died + 1) * IN_FLIGHT
    attempts = pl.read_parquet(layout.attempts)
    assert attempts.height == rates(layout)["n"].sum()
    assert attempts["text"].n_unique() == attempts.height
    assert attempts.filter(pl.col("verdict") == "ungraded").is_empty()
    undisturbed = Layout(tmp_path / "undisturbed")
    undisturbed.root.mkdir()
    for path in (layout.problems, layout.references, layout.ledger):
        shutil.copy(path, undisturbed.root / path.name)
    assert measure(undisturbed, NOWHERE, stop=stop, pilot=PILOT).complete
    assert content(undisturbed) == content(layout)


def test_a_killed_run_goes_on(problems: Problems, tmp_path: Path) -> None:
    check_kills(problems, tmp_path, seed=1, kills=2, stop="dp")


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "stop"), [(11, "dp"), (13, "curtail")])
def test_a_run_that_is_killed_many_times_goes_on(
    problems: Problems, tmp_path: Path, seed: int, stop: str
) -> None:
    """The last kills meet runs that have all samples, and are about to write tables."""
    check_kills(problems, tmp_path, seed, kills=7, stop=stop)
