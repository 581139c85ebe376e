"""Pages and the snapshot from end to end: the flows that make them, and their commands."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stubs.decisions import decisions, write

from pipeline.layout import Layout
from warehouse.spool import load_spool
from warehouse.store import query

pytest.importorskip("prefect", reason="needs the extra `flows`")


def test_pages_are_written_and_published(server: None, tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client

    from flows.report import report

    for kind in ("serve", "validate"):
        made = decisions(14, f"run-{kind}", kind)
        for episode in made:
            episode.row.update(policy_revision="3")
        write(tmp_path / "spool", made, kind)
    load_spool(Layout(tmp_path).store, tmp_path / "spool")
    pages = report({"out": str(tmp_path)})
    assert pages == {
        "routing": str(tmp_path / "report-routing.html"),
        "training": str(tmp_path / "report-training.html"),
    }
    with get_client(sync_client=True) as client:
        artifacts = {artifact.key: artifact for artifact in client.read_artifacts()}
    assert (tmp_path / "report-routing.html").as_uri() in str(artifacts["page-routing"].data)
    assert "| serve (simulated) | 11 | 2 | " in str(artifacts["routing"].data)
    rows = json.loads(str(artifacts["routing-failures"].data))
    assert {"unknown_tool", "server_error"} <= {row["error_type"] for row in rows}
    assert {"routing-policies", "routing-changes"} <= set(artifacts)


def test_the_load_flow_leaves_a_snapshot_when_asked(server: None, tmp_path: Path) -> None:
    from flows.load_warehouse import load_warehouse

    settings = {"out": str(tmp_path)}
    assert load_warehouse(settings, snapshot=True) is None
    write(tmp_path / "spool", decisions(5))
    load_warehouse(settings)
    assert not (tmp_path / "warehouse-read.duckdb").exists()
    load_warehouse(settings, snapshot=True)
    copy = tmp_path / "warehouse-read.duckdb"
    assert query(copy, "SELECT count(*) FROM episodes").item() == 5


def test_the_load_command_leaves_a_snapshot(xrouter: Callable[..., Any], tmp_path: Path) -> None:
    write(tmp_path / "data" / "spool", decisions(5))
    (tmp_path / "data" / "spool" / "menus-x.parquet").write_bytes(b"")
    run = xrouter("load", "--out", "data", "--snapshot", "--json", cwd=tmp_path)
    assert run.code == 2, run.err
    document = run.json()
    assert document["episodes"] == 5
    assert document["snapshot"]["copied"] is True
    options = ["--store", document["snapshot"]["path"], "--csv"]
    run = xrouter("sql", "--name", "router_overhead", *options, cwd=tmp_path)
    assert run.code == 0, run.err
    assert "scripted" in run.out
    run = xrouter("sql", "--name", "overhead", cwd=tmp_path)
    assert run.code == 2
    assert "no query overhead in the cookbook; the nearest are router_overhead" in run.err
