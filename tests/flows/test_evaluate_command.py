"""`xrouter evaluate` as a user sees it: tables, JSON, kills, refusals, and the real GSM8K bank."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stubs import evaluating as world
from stubs.provider import Provider

Command = Callable[..., Any]
IN_FLIGHT = 4
DATA = (
    Path(os.environ.get("XROUTER_SHARED", Path(__file__).resolve().parents[2] / ".." / "shared"))
    / "data"
)
PAGE = Path(__file__).resolve().parents[2] / "pipeline" / "evaluation" / "README.md"
WEAK, STRONG = "mixtral-8x7b-instruct-v0.1", "gpt-4-1106-preview"


def arguments(tmp_path: Path, count: int, pool: str, *more: str) -> list[str]:
    prices = world.write_prices(tmp_path / "models.toml")
    where = world.write_suite(tmp_path / "suite", count)
    return [
        "evaluate", "--suite", world.SUITE, "--suites-from", str(where), "--pool", pool,
        "--catalog", str(prices), "--out", str(tmp_path / "out"), "--workers", "1", *more,
    ]  # fmt: skip


def bank_of(tmp_path: Path) -> str:
    marks = {"small": [True, False, False, False], "large": [True, True, True, False]}
    return f"bank:{world.write_outcomes(tmp_path / 'bank', marks)}"


def test_a_run_ends_in_the_store(xrouter: Command, tmp_path: Path) -> None:
    given = arguments(tmp_path, 4, bank_of(tmp_path), "--policy", "always:small")
    run = xrouter(*given, cwd=tmp_path)
    assert run.code == 0, run.err
    for text in ("always:small", "0.2500", "0.7500", "less best-single", "model is large"):
        assert text in run.out
    again = xrouter(*given, "--json", cwd=tmp_path).json()
    for _ in range(2):
        loaded = xrouter("load", "--out", "out", "--json", cwd=tmp_path)
        assert loaded.code == 0, loaded.err
    document = loaded.json()
    assert document["evaluations"] == document["evaluations"] | {"runs": 5, "new": 0, "items": 0}
    sql = """
        SELECT policy, count(*) AS asked, avg((verdict = 'correct')::INT) AS accuracy
        FROM evaluations AS r
        JOIN suite_items AS i USING (suite, suite_revision)
        JOIN episodes AS e USING (run_id, problem_id, policy)
        WHERE e.kind = 'evaluate' AND r.stopped IS NULL
        GROUP BY policy ORDER BY policy
    """
    asked = xrouter("sql", sql, "--store", "out/warehouse.duckdb", "--csv", cwd=tmp_path)
    found = {row["policy"]: row["accuracy"] for row in again["results"]}
    lines = [f"{policy},4,{accuracy}" for policy, accuracy in sorted(found.items())]
    assert asked.out.split() == ["policy,asked,accuracy", *lines]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--policy", "nonsense"), "unknown policy 'nonsense'"),
        (("--policy", "cheapest", "--in-flight", "0"), "--in-flight"),
        (("--policy", "cheapest", "--catalog", "nowhere"), "routellm"),
        (("--policy", "threshold:x.csv?weak=small&strong=large&below=1"), "no such table"),
    ],
)
def test_a_slip_is_one_line_and_code_2(
    xrouter: Command, tmp_path: Path, more: tuple[str, ...], message: str
) -> None:
    run = xrouter(*arguments(tmp_path, 2, bank_of(tmp_path), *more, "--json"), cwd=tmp_path)
    assert run.code == 2
    assert message in run.json()["error"]["message"]


def test_the_alarm_is_loud(xrouter: Command, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    wrong = world.write_outcomes(tmp_path / "bank", {"small": [False] * 2, "large": [False] * 2})
    adder = world.adder()
    with Provider(lambda body: adder(body | {"messages": body["messages"][1:]})) as provider:
        config.write_text(f'[router]\npolicy_model = "seer"\npolicy_url = "{provider.url}"\n')
        more = ("--policy", "model", "--config", str(config))
        run = xrouter(*arguments(tmp_path, 2, f"bank:{wrong}", *more), cwd=tmp_path)
    assert run.code == 0, run.err
    assert "ALARM: gsm8k, seer: accuracy 1.0000 is above the measured oracle" in run.err
    assert "seer (!)" in run.out


def start(tmp_path: Path, provider: Provider, count: int) -> "subprocess.Popen[bytes]":
    config = tmp_path / "settings.toml"
    places = "".join(
        f'[router.deployments.{name}]\nurl = "{provider.url}"\nmodel = "{name}"\n'
        for name in world.MODELS
    )
    config.write_text(f"[router]\ntries = 1\n{places}")
    more = ["--policy", "always:small", "--policy", "always:large", "--budget-usd", "1000"]
    more += ["--config", str(config), "--in-flight", str(IN_FLIGHT), "--json"]
    command = [sys.executable, "-c", "from flows.cli import main; main()"]
    return subprocess.Popen(
        [*command, *arguments(tmp_path, count, "live", *more)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def killed_again_and_again(tmp_path: Path, count: int, kills: int) -> None:
    """Kill it after some of its questions, each time; then let it end."""
    with Provider(world.adder(delay=0.02)) as provider:
        for kill in range(kills):
            process = start(tmp_path, provider, count)
            wanted = len(provider.requests) + 7 + 5 * kill
            until = time.monotonic() + 120
            while len(provider.requests) < wanted and process.poll() is None:
                assert time.monotonic() < until, "it asks nothing"
                time.sleep(0.002)
            assert process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.communicate()
        last = start(tmp_path, provider, count)
        out, err = last.communicate(timeout=240)
        assert last.returncode == 0, err.decode()
        text = Counter((r["model"], r["messages"][-1]["content"]) for r in provider.requests)
    document = json.loads(out)
    rows = world.decisions(tmp_path / "out")
    assert len(rows) == len(text) == 2 * count
    assert len({(row["run_id"], row["problem_id"]) for row in rows}) == len(rows)
    assert len({row["episode_id"] for row in rows}) == len(rows)
    # Only what was in flight at a kill was asked once more, and the ledger knows of each.
    assert sum(text.values()) - len(text) <= document["in_doubt"][0] <= kills * IN_FLIGHT
    found = {row["policy"]: (row["n"], row["accuracy"]) for row in document["results"]}
    assert found == {"always:small": (count, 0.5), "always:large": (count, 1.0)}


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    killed_again_and_again(tmp_path, 12, kills=1)


@pytest.mark.slow
def test_many_kills_change_nothing(tmp_path: Path) -> None:
    killed_again_and_again(tmp_path, 40, kills=3)


def the_real_run() -> list[list[str]]:
    """Commands of the page, in order."""
    block = PAGE.read_text().partition("## The real run")[2].split("```")[1]
    return [shlex.split(line)[1:] for line in block.strip().splitlines()]


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="needs the shared data (XROUTER_SHARED)")
def test_the_known_figures_of_gsm8k_come_out(xrouter: Command, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(DATA, target_is_directory=True)
    for words in the_real_run():
        # How hard the training problems are changes no figure below: one sample of each will do.
        run = xrouter(*words, cwd=tmp_path, XROUTER_TIERING__SAMPLES="1")
        assert run.code == 0, f"{words}: {run.err}"
    # Again, for the numbers: everything is in the ledger.
    (evaluated,) = [words for words in the_real_run() if words[0] == "evaluate"]
    document = xrouter(*evaluated, "--json", cwd=tmp_path).json()
    found = {row["policy"]: row for row in document["results"]}
    assert {row["n"] for row in found.values()} == {1319}
    assert (document["unknown"], document["skipped"]) == ({}, {})
    known = {f"always:{STRONG}": 0.8567, f"always:{WEAK}": 0.6384, "oracle": 0.9287}
    known |= {"best-single": 0.8567, "cheapest": 0.6384}
    for policy, accuracy in known.items():
        assert found[policy]["accuracy"] == pytest.approx(accuracy, abs=5e-4), policy
        assert f"{found[policy]['accuracy']:.4f}" in PAGE.read_text()
    assert found["best-single"]["model"] == STRONG
    assert 0.72 < found["random"]["accuracy"] < 0.77
    curve = [row for policy, row in found.items() if policy.startswith("threshold:pass_rate<")]
    # From all to the weak model to all to the strong one, dearer at every cut.
    assert curve[0]["accuracy"] == pytest.approx(0.6384, abs=5e-4)
    assert curve[-1]["accuracy"] == pytest.approx(0.8567, abs=5e-4)
    costs = [row["mean_cost_usd"] for row in curve]
    assert costs == sorted(costs)
    assert {row["alarm"] for row in found.values()} == {None}
    assert (tmp_path / "runs" / "report-evaluation.html").exists()
    sql = "SELECT count(*) AS n, count(DISTINCT (run_id, problem_id)) AS d FROM episodes"
    asked = xrouter("sql", sql, "--store", "runs/warehouse.duckdb", "--csv", cwd=tmp_path)
    assert asked.out.split() == ["n,d", f"{12 * 1319},{12 * 1319}"]
    # The store finds the suite's problems in the bank, which has ids of its own.
    sql = (
        "SELECT baseline, source, problems, round(value, 4) AS value FROM evaluation_baselines "
        "WHERE baseline IN ('oracle', 'random', 'best_single') ORDER BY ALL"
    )
    asked = xrouter("sql", sql, "--store", "runs/warehouse.duckdb", "--csv", cwd=tmp_path)
    assert asked.out.split()[1:] == [
        "best_single,bank,1319,0.8567", "oracle,bank,1319,0.9287", "random,bank,1319,0.7475"
    ]  # fmt: skip
