"""The Prefect flow, run in Prefect's own test harness against a real temporary server."""

import json
from pathlib import Path

import pytest

prefect = pytest.importorskip("prefect", reason="needs the extra `flows`")


def test_the_flow_builds_what_the_command_builds(server: None, built: Path, tmp_path: Path) -> None:
    from flows.build_dataset import build_dataset

    settings = {"out": str(tmp_path / "data"), "tiering": {"samples": 1}}
    result = build_dataset(settings)
    expected = json.loads((built / "stdout.json").read_text())
    assert result.manifest.content_hash == expected["content_hash"]


def test_a_run_leaves_tasks_and_artifacts(server: None, built: Path) -> None:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        runs = {run.name for run in client.read_task_runs()}
        artifacts = {artifact.key for artifact in client.read_artifacts()}
    assert {"sources", "tiering", "catalog", "dataset"} <= runs
    assert {"composition", "build"} <= artifacts
