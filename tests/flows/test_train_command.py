"""`xrouter train` and its flow, with a stand-in for verl's trainer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stubs import trainer

from pipeline.training.tiny.world import Sizes, write_world

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("world")
    write_world(root, 0, Sizes(train=30, validation=6, test=6, samples=2))
    return root


def arguments(tmp_path: Path, world: Path, *more: str) -> list[str]:
    return [
        "train", "--preset", "tiny", "--model", "weights", "--examples", str(world),
        "--pool", f"bank:{world}", "--python", str(trainer.install(tmp_path)),
        "--steps", "2", "--set", "save_every=1", "--name", "r", "--out", str(tmp_path), *more,
    ]  # fmt: skip


def test_training_ends_in_the_store(xrouter: Command, tmp_path: Path, world: Path) -> None:
    run = xrouter(*arguments(tmp_path, world, "--cost-weight", "3", "--json"), cwd=tmp_path)
    assert run.code == 0, run.err
    document = json.loads(run.out)
    assert (document["step"], document["episodes"]) == (2, 14)
    loaded = xrouter("load", "--out", str(tmp_path), "--json", cwd=tmp_path)
    assert loaded.json()["episodes"] == 14
    sql = "SELECT kind, count(*) AS n, min(cost_weight) AS w FROM episodes GROUP BY kind ORDER BY 1"
    store = tmp_path / "warehouse.duckdb"
    asked = xrouter("sql", sql, "--store", store, "--csv", cwd=tmp_path)
    assert asked.out.split() == ["kind,n,w", "train,8,3.0", "validate,6,3.0"]


def test_a_second_start_says_how_to_go_on(xrouter: Command, tmp_path: Path, world: Path) -> None:
    assert xrouter(*arguments(tmp_path, world), cwd=tmp_path).code == 0
    again = xrouter(*arguments(tmp_path, world), cwd=tmp_path)
    assert again.code == 2
    assert "--resume" in again.err
    assert xrouter(*arguments(tmp_path, world, "--resume"), cwd=tmp_path).code == 0


def test_the_command_is_shown_and_nothing_is_run(
    xrouter: Command, tmp_path: Path, world: Path
) -> None:
    run = xrouter(*arguments(tmp_path, world, "--print-command"), cwd=tmp_path)
    assert run.code == 0
    assert "-m verl.trainer.main_ppo" in run.out
    assert not (tmp_path / "training").exists()


@pytest.mark.parametrize("value", ["batch", "ba tch=3", "batch=-3", "nothing=3"])
def test_a_value_that_is_none_is_refused(
    value: str, xrouter: Command, tmp_path: Path, world: Path
) -> None:
    run = xrouter(*arguments(tmp_path, world, "--set", value), cwd=tmp_path)
    assert run.code == 2
    assert value.partition("=")[0] in run.err


def test_the_flow_goes_on_by_itself(
    server: None, tmp_path: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("prefect", reason="needs the extra `flows`")
    from flows.train_router import run_training, train_router

    monkeypatch.setattr(run_training, "retry_delay_seconds", 0)
    settings: dict[str, Any] = {
        "out": str(tmp_path),
        "workers": 1,
        "router": {"pool": f"bank:{world}"},
        "training": {
            "preset": "tiny", "model": "weights", "examples": str(world), "name": "r",
            "python": str(trainer.install(tmp_path)), "stop_seconds": 2.0,
            "values": {"steps": 2, "save_every": 1},
        },
    }  # fmt: skip
    assert train_router(settings).step == 2
    settings["training"]["values"]["steps"] = 3
    result = train_router(settings)
    assert (result.step, [step.step for step in result.steps]) == (3, [3])
