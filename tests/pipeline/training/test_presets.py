"""Presets: each is sound, what contradicts itself is refused with its values."""

from typing import Any

import pytest

from pipeline.errors import SettingsError
from pipeline.training.presets import PRESETS, preset_of


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_sound(name: str) -> None:
    preset = preset_of(name, {}, "folder")
    assert preset.model == "folder"
    assert preset.clip_low == 0.2
    assert preset.clip_high == 0.28
    assert preset.clip_c == 10.0


def test_the_published_router_keeps_the_published_values() -> None:
    preset = PRESETS["qwen2.5-7b"]
    assert preset.model == "Qwen/Qwen2.5-7B-Instruct"
    assert (preset.batch, preset.mini_batch, preset.turns) == (512, 128, 3)
    assert (preset.prompt_tokens, preset.response_tokens) == (16_384, 8_192)
    assert (preset.lr, preset.warmup, preset.weight_decay, preset.clip_norm) == (1e-6, 10, 0.1, 1.0)
    assert (preset.overlong_tokens, preset.overlong_penalty) == (4_096, 1.0)
    assert (preset.entropy, preset.generation_batches, preset.memory) == (0.0, 10, 0.7)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"mini_batch": 100}, "batch 512 must be a multiple of mini_batch 100"),
        ({"batch": 500, "mini_batch": 500, "group": 3}, "batch x group 1500 must be a multiple"),
        ({"mini_batch": 1, "group": 4}, "mini_batch x group 4 must be a multiple of the 8 GPUs"),
        ({"overlong_tokens": 8_192}, "overlong_tokens 8192 must lie under response_tokens 8192"),
        ({"tensor_parallel": 3}, "gpus 8 must be a multiple of tensor_parallel 3"),
        ({"clip_high": 0.1}, "clip_high 0.1 must not lie under clip_low 0.2"),
        ({"rollout": "xrouter_cpu"}, "rollout xrouter_cpu runs on the CPU only, and gpus is 8"),
        ({"gpus": 0}, "rollout vllm runs on GPUs only, and gpus is 0"),
        ({"group": 1}, "group: Input should be greater than or equal to 2, got 1"),
        ({"bach": 4}, "bach: Extra inputs are not permitted, got 4"),
    ],
)
def test_contradictions_name_their_values(values: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        preset_of("qwen2.5-7b", values)
    assert said in str(caught.value)


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no such preset: 'big'; there are tiny, qwen2\.5-0"):
        preset_of("big", {})
