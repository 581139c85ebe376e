"""Plans: what a start will do, which run it goes on with, and what it refuses."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError, SettingsError
from pipeline.settings import Settings
from pipeline.training.beginnings import completed, home
from pipeline.training.plan import TRACKER, Plan, newest_checkpoint, plan


def settings(out: Path, world: Path, **more: Any) -> Settings:
    training = {"preset": "tiny", "model": "weights", "examples": world}
    given: dict[str, Any] = {"out": out, "training": training | more.pop("training", {})} | more
    return Settings.model_validate(given)


def begun(start: Plan, step: int = 0) -> None:
    """Leave what a start of this plan would leave."""
    start.run.write(start.record)
    if step:
        (start.checkpoints / f"global_step_{step}").mkdir(parents=True)
        (start.checkpoints / TRACKER).write_text(str(step))


def test_a_run_is_named_after_what_makes_it_another(tmp_path: Path, world: Path) -> None:
    made = settings(tmp_path, world, seed=3, reward={"cost_weight": 1.5})
    start = plan(made, resume=False)
    assert start.run.folder == tmp_path / "training" / "tiny-w1.5-s3"
    assert start.run.run_id.startswith("train-tiny-w1.5-s3-")
    assert (start.resume, start.checkpoint) == (False, 0)


def test_limits_of_episodes_are_those_of_the_preset(tmp_path: Path, world: Path) -> None:
    made = settings(tmp_path, world, training={"values": {"turns": 2, "seconds": 60}})
    limits = plan(made, resume=False).run.settings.router.limits
    assert (limits.turns, limits.seconds) == (2, 60)


def test_the_examples_of_a_build_or_its_folder_of_examples(tmp_path: Path, world: Path) -> None:
    given = settings(tmp_path, world, training={"examples": world / "examples"})
    assert plan(given, False).run.train == plan(settings(tmp_path, world), False).run.train


def test_what_is_no_build_is_refused(tmp_path: Path, world: Path) -> None:
    with pytest.raises(InputError, match="name its directory with --examples"):
        plan(settings(tmp_path, tmp_path / "nothing"), resume=False)
    few = settings(tmp_path, world, training={"values": {"batch": 64}})
    with pytest.raises(InputError, match=r"30 rows, and a step needs 64 \(batch\)"):
        plan(few, resume=False)


def test_a_run_goes_on_only_where_it_is_meant_to(tmp_path: Path, world: Path) -> None:
    first = plan(settings(tmp_path, world), resume=False)
    begun(first, step=5)
    with pytest.raises(SettingsError, match="--resume"):
        plan(settings(tmp_path, world), resume=False)
    later = plan(settings(tmp_path, world), resume=True)
    assert (later.resume, later.checkpoint) == (True, 5)
    assert later.run.run_id == first.run.run_id
    assert "trainer.resume_mode=auto" in later.command("python")


def test_resuming_what_is_not_there_begins_it(tmp_path: Path, world: Path) -> None:
    start = plan(settings(tmp_path, world), resume=True)
    assert "trainer.resume_mode=disable" in start.command("python")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"training": {"values": {"lr": 0.5}}}, r"lr \(0.0015 to 0.5\)"),
        ({"training": {"model": "other"}}, r"model \(weights to other\)"),
        ({"reward": {"cap": 0.5}}, "reward"),
        ({"router": {"pool": "bank:x"}}, "router"),
    ],
)
def test_a_run_does_not_go_on_as_another(
    more: dict[str, Any], said: str, tmp_path: Path, world: Path
) -> None:
    begun(plan(settings(tmp_path, world, training={"name": "r"}), resume=False))
    more = more | {"training": {"name": "r"} | more.get("training", {})}
    with pytest.raises(SettingsError, match=f"cannot go on with other settings: {said}"):
        plan(settings(tmp_path, world, **more), resume=True)


def test_a_run_may_go_on_for_longer(tmp_path: Path, world: Path) -> None:
    begun(plan(settings(tmp_path, world), resume=False))
    longer = settings(tmp_path, world, training={"values": {"steps": 500, "save_every": 7}})
    assert plan(longer, resume=True).run.preset.steps == 500


def test_live_models_need_a_bound(tmp_path: Path, world: Path) -> None:
    live = settings(tmp_path, world, router={"pool": "live"})
    with pytest.raises(SettingsError, match="--spend-usd"):
        plan(live, resume=False)


def test_a_checkpoint_counts_when_it_is_whole(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path) == 0
    (tmp_path / TRACKER).write_text("5")
    assert newest_checkpoint(tmp_path) == 0
    (tmp_path / "global_step_5").mkdir()
    assert newest_checkpoint(tmp_path) == 5


def test_the_command_is_one_for_a_shell(tmp_path: Path, world: Path) -> None:
    text = plan(settings(tmp_path, world), resume=False).shell("/opt/verl/bin/python")
    assert text.startswith(f"cd {tmp_path}/training/tiny-w2-s0 && ")
    assert "VERL_PLATFORM=cpu" in text
    assert "/opt/verl/bin/python -m verl.trainer.main_ppo trainer.use_v1=True" in text


def test_the_tiny_preset_needs_to_be_given_nothing(tmp_path: Path) -> None:
    bare = Settings.model_validate({"out": tmp_path, "training": {"preset": "tiny"}})
    made = completed(bare)
    assert made.training.examples == home(bare) / "world"
    assert made.training.model == str(home(bare) / "warm")
    assert made.router.pool == f"bank:{home(bare) / 'world'}"
    given = {"preset": "tiny", "model": "m", "examples": tmp_path}
    own = Settings.model_validate({"out": tmp_path, "training": given})
    assert completed(own) == own
