"""Kill -9 in the middle, then the same command: finished shards are reused, bytes are the same."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.accounting import Silent
from pipeline.io import PARTIAL_SUFFIX, read_parquet, write_parquet
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.tiering.stage import tier_problems
from schemas.problems import problem_id

Build = Callable[..., Layout]
MakeRow = Callable[..., dict[str, Any]]

SCRIPT = """
import sys
from pathlib import Path
from pipeline.accounting import Silent
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.tiering.stage import tier_problems
tier_problems(Settings.model_validate_json(sys.argv[1]), Layout(Path(sys.argv[2])), Silent())
"""
PROBLEMS = 64


@pytest.fixture
def rows(row: MakeRow) -> list[dict[str, Any]]:
    return [row(f"What is {n} + {n}?", str(2 * n)) for n in range(PROBLEMS)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "recorded.jsonl"
    lines = [
        {
            "problem_id": problem_id(
                "math__test", [{"role": "user", "content": f"What is {n} + {n}?"}]
            ),
            "reference": "m",
            "sample": s,
            "text": f"\\boxed{{{2 * n + s % 2}}}",
        }
        for n in range(PROBLEMS)
        for s in range(2)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return Settings.model_validate(
        {"shard_size": 2, "workers": 1, "tiering": {"references": [f"recorded:{path}"]}}
    )


def content(layout: Layout) -> list[bytes]:
    paths = (layout.attempts, layout.pass_rates, layout.disagreements, layout.rejects("tiering"))
    return [path.read_bytes() for path in paths]


def finished(layout: Layout) -> list[Path]:
    return sorted(layout.work("tiering").glob("*/*.parquet"))


def kill_in_the_middle(layout: Layout, settings: Settings, shards: int) -> None:
    command = [sys.executable, "-c", SCRIPT, settings.model_dump_json(), str(layout.root)]
    process = subprocess.Popen(command)
    try:
        until = time.monotonic() + 200
        while len(finished(layout)) < shards:
            assert process.poll() is None, "ended before it could be killed"
            assert time.monotonic() < until
            time.sleep(0.001)
    finally:
        process.kill()
        process.wait()
    assert not layout.pass_rates.exists()


def rerun(layout: Layout, settings: Settings) -> list[bytes]:
    tier_problems(settings, layout, Silent())
    assert not layout.work("tiering").exists()
    return content(layout)


@pytest.mark.slow
@pytest.mark.parametrize("shards", [1, 20])
def test_a_killed_run_ends_like_an_undisturbed_one(
    build: Build, rows: list[dict[str, Any]], settings: Settings, shards: int
) -> None:
    expected = rerun(build(rows, "undisturbed"), settings)
    layout = build(rows, "killed")
    kill_in_the_middle(layout, settings, shards)
    assert rerun(layout, settings) == expected
    kill = build(rows, "killed-again")
    kill_in_the_middle(kill, settings, shards)
    other = settings.model_copy(update={"shard_size": 7, "workers": 2})
    assert rerun(kill, other) == expected


def test_finished_shards_are_reused_and_damaged_ones_are_made_again(
    build: Build, rows: list[dict[str, Any]], settings: Settings
) -> None:
    expected = rerun(build(rows, "undisturbed"), settings)
    layout = build(rows, "killed")
    kill_in_the_middle(layout, settings, 4)
    for path in finished(layout)[2:]:
        path.write_bytes(path.read_bytes()[:-20])
    write_parquet(pl.DataFrame({"other": [1]}), finished(layout)[1])
    (layout.work("tiering") / f"x.parquet{PARTIAL_SUFFIX}").write_text("left behind")
    first = finished(layout)[0]
    marked = read_parquet(first).with_columns(seconds=pl.lit(123.0))
    write_parquet(marked, first)
    assert rerun(layout, settings)[1:] == expected[1:]
    seconds = read_parquet(layout.attempts)["seconds"]
    assert (seconds == 123.0).sum() == marked.height == 4


@pytest.mark.slow
def test_shards_of_other_settings_or_problems_are_not_mixed_in(
    build: Build, rows: list[dict[str, Any]], settings: Settings, row: MakeRow
) -> None:
    layout = build(rows, "killed")
    kill_in_the_middle(layout, settings, 4)
    for path in finished(layout):
        write_parquet(read_parquet(path).with_columns(seconds=pl.lit(123.0)), path)
    stricter = settings.grading.model_copy(update={"math_seconds": 4.0})
    changed = [row(f"What is {n} + {n}?", "0") for n in range(PROBLEMS)]
    for problems, used in (
        (rows, settings.model_copy(update={"grading": stricter})),
        (rows, settings.model_copy(update={"shard_size": 3})),
        (changed, settings),
    ):
        kept = {path: path.read_bytes() for path in finished(layout)}
        build(problems, "killed")
        rerun(layout, used)
        assert read_parquet(layout.attempts)["seconds"].is_null().all()
        for path, data in kept.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
