"""The ledger and the outcome bank from end to end: Prefect flows and commands, a real store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stubs.decisions import decisions, write

from pipeline.layout import Layout
from warehouse.errors import StoreError
from warehouse.store import query

pytest.importorskip("prefect", reason="needs the extra `flows`")
COUNT = 12


def count(root: Path, table: str) -> int:
    return int(query(Layout(root).store, f"SELECT count(*) FROM {table}").item())


def test_a_broken_file_fails_the_flow_and_keeps_nothing_else_out(
    server: None, tmp_path: Path
) -> None:
    from prefect.client.orchestration import get_client

    from flows.load_warehouse import load_warehouse

    settings = {"out": str(tmp_path)}
    assert load_warehouse(settings) is None
    spool = tmp_path / "spool"
    spool.mkdir()
    write(spool, decisions(COUNT))
    (spool / "episodes-broken.parquet").write_bytes(b"PAR1, and no more")
    with pytest.raises(StoreError, match=r"1 files .* episodes-broken.parquet: not a whole"):
        load_warehouse(settings)
    assert count(tmp_path, "episodes") == COUNT
    write(spool, decisions(COUNT))
    report = load_warehouse(settings)
    assert report is not None
    assert (report.episodes, count(tmp_path, "fct_episode")) == (COUNT, 2 * COUNT)
    with get_client(sync_client=True) as client:
        artifacts = [a for a in client.read_artifacts() if a.key == "ledger"]
    assert any("episodes-broken.parquet" in str(artifact.data) for artifact in artifacts)


def test_a_bank_is_collected_once_and_loaded(server: None, tmp_path: Path) -> None:
    from flows.collect_outcomes import collect_outcomes
    from flows.load_warehouse import load_warehouse

    bank = tmp_path / "bank"
    plan: dict[str, Any] = {
        "models": ["gpt-5-nano", "gpt-5-mini"],
        "budget_usd": 1.0,
        "pool": "simulated",
        "limit": 20,
    }
    settings = {"out": str(bank), "sources": {"everyday": []}, "workers": 1}
    result = collect_outcomes(plan, settings)
    assert (result.outcomes, result.ungraded, result.terminus.left) == (40, 0, 0)
    assert collect_outcomes(plan, settings).terminus.answered == 0
    load_warehouse({"out": str(tmp_path)}, outcomes=(str(bank),))
    assert count(tmp_path, "outcomes") == 40


def test_a_decision_can_be_asked_for_in_sql(xrouter: Callable[..., Any], tmp_path: Path) -> None:
    run = xrouter("chat", "Why?", "--out", "data", "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    episode_id = run.json()["xrouter"]["episode_id"]
    run = xrouter("load", "--out", "data", "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    assert (run.json()["episodes"], run.json()["calls"]) == (1, 1)
    sql = "SELECT episode_id, is_simulated FROM fct_episode"
    run = xrouter("sql", sql, "--store", "data/warehouse.duckdb", cwd=tmp_path)
    assert (run.code, episode_id in run.out, "True" in run.out) == (0, True, True)
    (tmp_path / "data" / "spool" / "menus-x.parquet").write_bytes(b"")
    run = xrouter("load", "--out", "data", cwd=tmp_path)
    assert run.code == 2
    assert "set aside: menus-x.parquet: not a whole parquet file" in run.err
