"""The tiering flow in Prefect's harness, against a scripted provider on the loopback device."""

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stubs.provider import Provider, Reply, share_of

from pipeline.layout import Layout

prefect = pytest.importorskip("prefect", reason="needs the extra `flows`")
PROBLEMS = 450


def problems(folder: Path) -> Path:
    rows = [
        {
            "data_source": "math__flow",
            "prompt": [{"role": "user", "content": f"problem {index}"}],
            "ability": "math",
            "reward_model": {"style": "rule", "ground_truth": "7"},
            "extra_info": {"index": index},
        }
        for index in range(PROBLEMS)
    ]
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(rows), folder / "train.parquet")
    return folder


def right_sometimes(body: dict[str, Any]) -> Reply:
    return Reply("\\boxed{7}" if random.random() < share_of(body) else "\\boxed{8}")


def test_shards_are_tasks_and_nothing_is_paid_twice(server: None, tmp_path: Path) -> None:
    from prefect.client.orchestration import get_client

    from flows.tier_problems import tier_problems

    source = problems(tmp_path / "source")
    with Provider(right_sometimes) as provider:
        settings = {
            "out": str(tmp_path / "out"),
            "sources": {"problems": [str(source)], "everyday": []},
            "tiering": {"references": [f"endpoint:{provider.url}?model=stub"]},
        }
        result = tier_problems(settings)
        asked = len(provider.requests)
        assert tier_problems(settings, return_state=True).name == "NothingNew"
        assert len(provider.requests) == asked
    assert sum(row.problems for row in result.tiers) == PROBLEMS
    assert all(row.problems > 0 for row in result.tiers)
    attempts = pq.read_table(Layout(tmp_path / "out").attempts)
    assert attempts.num_rows <= asked < 16 * PROBLEMS
    with get_client(sync_client=True) as client:
        runs = {run.name for run in client.read_task_runs(limit=200)}
        artifacts = {artifact.key for artifact in client.read_artifacts()}
    assert {"pilot", "problems 0", "problems 1", "problems 2"} <= runs
    assert {"tiering-cost", "pass-rate-histogram"} <= artifacts
