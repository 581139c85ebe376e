"""Prices from end to end: the commands as users run them, and the scheduled flow."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stubs.prices import EVENTS, litellm_map
from typer.testing import CliRunner

from flows.cli.app import app
from pipeline.errors import InputError
from pipeline.layout import Layout
from warehouse.store import query


def test_a_refresh_prints_every_decision(xrouter: Callable[..., Any], tmp_path: Path) -> None:
    run = xrouter("catalog", "refresh", "--events", EVENTS, "--out", "data", cwd=tmp_path)
    assert run.code == 0, run.err
    for words in ("quarantined", "accepted", "a factor over 100", "within a factor of 100"):
        assert words in run.out
    assert "2 changed quarantined" in run.out
    run = xrouter("catalog", "refresh", "--events", EVENTS, "--out", "data", "--json", cwd=tmp_path)
    assert (run.json()["known"], run.json()["decisions"]) == (14, [])
    run = ask("load", "--prices", str(tmp_path / "data/prices"), "--out", str(tmp_path / "data"))
    assert run.exit_code == 0, run.output
    sql = "SELECT output_per_million::DOUBLE FROM price_asof('cut', DATE '2025-01-05')"
    assert query(tmp_path / "data" / "warehouse.duckdb", sql).item() == 40


def ask(*arguments: str) -> Any:
    """The command within this process; its exit code and what it printed."""
    return CliRunner().invoke(app, arguments)


def test_events_can_be_loaded_at_once(tmp_path: Path) -> None:
    data, prices = str(tmp_path / "data"), tmp_path / "data" / "prices"
    run = ask("load", "--prices", str(EVENTS), "--out", data, "--json")
    assert (run.exit_code, json.loads(run.stdout)["prices"][0]["new"]) == (0, 14)
    (broken,) = prices.glob("*.parquet")
    broken.write_bytes(b"PAR1")
    run = ask("load", "--prices", str(prices), "--out", data)
    assert run.exit_code == 2
    assert f"refused: {broken.name}: not a whole parquet file" in run.stderr


def test_the_document_has_every_decision(tmp_path: Path) -> None:
    prices, data = tmp_path / "map.json", str(tmp_path / "data")
    prices.write_bytes(litellm_map(a=(1, 2), b=(0, 0)))
    arguments = ["catalog", "refresh", "--out", data, "--litellm", str(prices), "--json"]
    run = ask(*arguments, "--at", "2026-01-02")
    decisions = json.loads(run.stdout)["decisions"]
    assert [(d["model"], d["status"], d["effective_at"]) for d in decisions] == [
        ("a", "accepted", "2026-01-02T00:00:00+00:00"),
        ("b", "accepted", "2026-01-02T00:00:00+00:00"),
    ]
    assert "nothing new" in ask(*arguments[:-1]).stdout
    assert "no time; write it like" in str(ask(*arguments, "--at", "tomorrow").exception)
    wrong = ask("catalog", "refresh", "--out", data, "--openrouter", str(prices))
    assert "goes with --litellm" in str(wrong.exception)


def test_the_flow_refreshes_and_loads(server: None, tmp_path: Path) -> None:
    pytest.importorskip("prefect", reason="needs the extra `flows`")
    from prefect.client.orchestration import get_client

    from flows.load_warehouse import load_warehouse
    from flows.refresh_catalog import refresh_catalog

    settings, current = {"out": str(tmp_path)}, tmp_path / "map.json"
    current.write_bytes(litellm_map(a=(1, 2)))
    reports = refresh_catalog(settings, str(current), events=(str(EVENTS),))
    assert [len(report.events) for report in reports] == [14, 6]
    store = Layout(tmp_path).store
    count = "SELECT count(*) FROM price_events"
    assert query(store, count).item() == 20
    assert [report.events for report in refresh_catalog(settings, str(current))] == [()]
    load_warehouse(settings, prices=(str(tmp_path / "prices"),))
    assert query(store, count).item() == 20
    with get_client(sync_client=True) as client:
        artifacts = [a for a in client.read_artifacts() if a.key == "prices"]
    assert any("a factor over 100" in str(artifact.data) for artifact in artifacts)
    # One list that cannot be read keeps no other out, and the flow fails all the same.
    current.write_bytes(litellm_map(a=(1, 2), b=(3, 4)))
    with pytest.raises(InputError, match="nothing"):
        refresh_catalog(settings, str(current), openrouter=str(tmp_path / "nothing"))
    assert query(store, count).item() == 21
