"""Overrides: DAPO as published, the row's own paths, and whose word is the last."""

from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.training.overrides import METRIC, Start, overrides
from pipeline.training.presets import PRESETS, preset_of
from schemas.examples import AGENT_NAMES

START = Start("run", (Path("/a b/train.parquet"),), (Path("/v.parquet"),), Path("/ck"), 5)


def made(name: str = "qwen2.5-7b", *own: str, start: Start = START) -> dict[str, str]:
    texts = overrides(preset_of(name, {}, "folder"), start, own)
    pairs = [text.partition("=") for text in texts]
    found = {key: value for key, _, value in pairs}
    assert len(found) == len(texts), "a key is set twice"
    return found


@pytest.mark.parametrize("name", PRESETS)
def test_dapo_is_as_published(name: str) -> None:
    found = made(name)
    actor = "actor_rollout_ref.actor"
    assert found["algorithm.adv_estimator"] == "grpo"
    assert found[f"{actor}.loss_agg_mode"] == "token-mean"
    assert found[f"{actor}.use_kl_loss"] == found["algorithm.use_kl_in_reward"] == "False"
    assert found[f"{actor}.clip_ratio_low"] == "0.2"
    assert found[f"{actor}.clip_ratio_high"] == "0.28"
    assert found[f"{actor}.clip_ratio_c"] == "10.0"
    assert found["algorithm.filter_groups.enable"] == "True"
    sampler = "+trainer.v1.sampler.sampler_kwargs"
    assert found["algorithm.filter_groups.metric"] == found[f"{sampler}.metric"] == METRIC
    assert found[f"{sampler}.generation_batches"] == "10"


def test_paths_with_spaces_stay_one_value() -> None:
    assert made()["data.train_files"] == '["/a b/train.parquet"]'


def test_only_the_tiny_preset_leaves_the_gpu() -> None:
    assert made("tiny")["trainer.device"] == "cpu"
    assert "trainer.device" not in made("qwen2.5-7b")
    assert made("qwen3-8b")["+data.apply_chat_template_kwargs.enable_thinking"] == "False"


def test_own_values_have_the_last_word() -> None:
    found = made("tiny", "trainer.test_freq=7", "ray_kwargs.ray_init.num_gpus=2", "+a.b=1")
    assert found["trainer.test_freq"] == "7"
    assert found["+ray_kwargs.ray_init.num_gpus"] == "2"
    assert found["+a.b"] == "1"


@pytest.mark.parametrize("text", ["trainer.test_freq", "=3", "+=3"])
def test_what_is_no_override_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is not KEY=VALUE"):
        made("tiny", text)


def test_a_later_start_goes_on() -> None:
    first = made()
    assert first["trainer.resume_mode"] == "disable"
    assert first["trainer.val_before_train"] == "True"
    later = made(start=START._replace(resume=True, validate_first=False))
    assert later["trainer.resume_mode"] == "auto"
    assert later["trainer.val_before_train"] == "False"


def test_every_name_of_a_row_has_its_loop() -> None:
    text = Path(made()["actor_rollout_ref.rollout.agent.agent_loop_config_path"].strip('"'))
    named = [line for line in text.read_text().splitlines() if line.startswith("- name: ")]
    assert sorted(line.removeprefix("- name: ") for line in named) == sorted(AGENT_NAMES.values())
