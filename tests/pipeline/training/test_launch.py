"""Runs from beginning to end, killed and resumed, with a stand-in for verl's trainer."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from stubs import trainer

from pipeline.accounting import Silent
from pipeline.errors import BusyError, MachineError, SettingsError
from pipeline.interpreters import find_interpreter
from pipeline.io import exclusive
from pipeline.settings import Settings
from pipeline.training.environment import HOW, PACKAGE, check_python, own_variables
from pipeline.training.launch import TrainResult, train
from pipeline.training.presets import PRESETS
from pipeline.training.tiny.world import world_settings


def settings(out: Path, world: Path, **more: Any) -> Settings:
    training = {
        "preset": "tiny", "model": "weights", "examples": world, "name": "r",
        "python": trainer.install(out), "stop_seconds": 2.0,
        "values": {"steps": 4, "save_every": 2},
    }  # fmt: skip
    given = {"out": out, "workers": 1, "training": training | more}
    return world_settings(world, Settings.model_validate(given))


def go(out: Path, world: Path, resume: bool = False, **more: Any) -> TrainResult:
    return train(settings(out, world, **more), Silent(), resume)


def ledger(out: Path) -> list[dict[str, Any]]:
    paths = sorted((out / "spool").glob("episodes-*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def steps_of(out: Path) -> dict[str, int]:
    """Episodes by file of the spool."""
    paths = sorted((out / "spool").glob("episodes-*.parquet"))
    return {"-".join(path.stem.split("-")[-2:]): pq.read_metadata(path).num_rows for path in paths}


WHOLE = {"000000-validate": 6} | {f"{step:06d}-train": 4 for step in (1, 2, 3, 4)}


def test_a_run_leaves_a_checkpoint_weights_and_a_ledger_and_is_not_run_again(
    tmp_path: Path, world: Path
) -> None:
    result = go(tmp_path, world)
    assert (result.step, result.episodes) == (4, 22)
    assert result.router == tmp_path / "training" / "r" / "router-000004"
    assert (result.router / "model.safetensors").exists()
    assert [step.step for step in result.steps] == [0, 1, 2, 3, 4]
    assert steps_of(tmp_path) == WHOLE
    rows = ledger(tmp_path)
    assert {row["run_id"] for row in rows} == {result.run_id}
    assert Counter(row["kind"] for row in rows) == {"train": 16, "validate": 6}
    with pytest.raises(SettingsError, match="--resume"):
        go(tmp_path, world)
    again = go(tmp_path, world, resume=True)
    assert (again.steps, again.episodes, again.router) == ([], 0, result.router)
    assert steps_of(tmp_path) == WHOLE
    longer = go(tmp_path, world, resume=True, values={"steps": 6, "save_every": 2})
    assert (longer.step, longer.episodes) == (6, 8)
    assert [step.step for step in longer.steps if step.trained] == [5, 6]


@pytest.mark.parametrize("step", [1, 3])
def test_a_killed_run_goes_on_and_counts_no_episode_twice(
    step: int, tmp_path: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(trainer.DIE, str(step))
    with pytest.raises(MachineError, match="SIGKILL"):
        go(tmp_path, world)
    monkeypatch.delenv(trainer.DIE)
    result = go(tmp_path, world, resume=True)
    assert result.step == 4
    assert steps_of(tmp_path) == WHOLE
    rows = ledger(tmp_path)
    assert max(Counter(row["episode_id"] for row in rows).values()) == 1
    assert {row["run_id"] for row in rows} == {result.run_id}


def test_what_verl_says_last_is_told(
    tmp_path: Path, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(trainer.FAIL, "RuntimeError: dynamic sampling: 82 more prompts")
    with pytest.raises(MachineError, match="exit code 1: RuntimeError: dynamic sampling: 82 more"):
        go(tmp_path, world)


def test_two_starts_of_one_run_at_a_time_are_refused(tmp_path: Path, world: Path) -> None:
    with exclusive(tmp_path / "training" / "r"), pytest.raises(BusyError):
        go(tmp_path, world)


def test_an_environment_without_verl_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"verl is not in this environment.*xrouter\[train\]"):
        find_interpreter(None, PACKAGE, HOW)
    with pytest.raises(MachineError, match="is no program"):
        find_interpreter(tmp_path / "python", PACKAGE, HOW)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('[["vllm"], "0.9.1"]', "has no vllm"),
        ('[[], "0.8.0"]', "has verl 0.8.0, and 0.9.1 is needed"),
        ("nothing", "does not run"),
    ],
)
def test_what_an_environment_lacks_is_named(answer: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    preset = PRESETS["qwen2.5-7b"]
    with pytest.raises(MachineError, match=said):
        check_python(str(path), own_variables(preset, tmp_path, tmp_path), preset)
