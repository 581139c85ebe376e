"""The notebook runs headless as a script, and its figures are the SQL's."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from warehouse.snapshot import write_snapshot
from warehouse.sqlfiles import ROOT
from warehouse.store import query

pytest.importorskip("marimo", reason="needs the extra `notebook`")
NOTEBOOK = ROOT / "notebooks" / "routing.py"
# Runs it as `python routing.py --store PATH` does, and prints what its cells defined.
RUN = """
import sys, importlib.util, json
spec = importlib.util.spec_from_file_location("routing_notebook", sys.argv[1])
notebook = importlib.util.module_from_spec(spec)
spec.loader.exec_module(notebook)
sys.argv = [sys.argv[1], "--store", sys.argv[2]]
outputs, defined = notebook.app.run()
frames = {name: defined[name].to_dicts() for name in ("kinds", "points", "regret", "over", "cost")}
print(json.dumps(frames, default=str))
"""


@pytest.fixture(scope="module")
def figures(routed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    copy = write_snapshot(routed, tmp_path_factory.mktemp("read") / "copy.duckdb").path
    command = [sys.executable, "-c", RUN, str(NOTEBOOK), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_costs_are_those_of_the_store(figures: dict[str, Any], routed: Path) -> None:
    sql = """
        SELECT kind, is_simulated, count(*), sum(total_cost_usd)::DECIMAL(18, 9)::VARCHAR
        FROM fct_episode GROUP BY ALL ORDER BY ALL"""
    found = [(r["kind"], r["is_simulated"], r["episodes"], r["usd"]) for r in figures["kinds"]]
    assert found == query(routed, sql).rows()
    whole = """
        SELECT sum(total_cost_usd)::DOUBLE FROM fct_episode
        WHERE kind = 'evaluate' AND NOT is_simulated"""
    days = sum(float(row["usd"]) for row in figures["cost"])
    assert days == pytest.approx(query(routed, whole).item())


def test_frontier_and_regret_are_those_of_the_marts(figures: dict[str, Any], routed: Path) -> None:
    points = {row["who"]: row for row in figures["points"] if row["what"] == "policy"}
    sql = """
        SELECT policy, count(*) FILTER (WHERE is_correct) / count(*),
            sum(total_cost_usd)::DOUBLE / count(*)
        FROM fct_episode
        WHERE kind = 'evaluate' AND NOT is_simulated AND problem_id IS NOT NULL
            AND (verdict IS NOT NULL OR is_failed)
        GROUP BY ALL"""
    for policy, accuracy, usd in query(routed, sql).rows():
        assert points[policy]["accuracy"] == pytest.approx(accuracy)
        assert points[policy]["usd"] == pytest.approx(usd)
    assert {"oracle", "best_single", "random"} <= {row["what"] for row in figures["points"]}
    sql = """
        SELECT count(*), avg(regret) FROM decision_regret()
        WHERE judged_by = 'bank' AND kind = 'evaluate' AND NOT is_simulated"""
    decisions, mean = query(routed, sql).row(0)
    rows = figures["regret"]
    assert sum(row["decisions"] for row in rows) == decisions
    total = sum(row["regret"] * row["decisions"] for row in rows)
    assert total / decisions == pytest.approx(mean)
    assert sum(row["decisions"] for row in figures["over"]) == decisions
