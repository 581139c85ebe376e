"""Configurations of every preset, composed and checked by verl itself; needs no GPU.

pipeline/training/README.md says how to make the environment.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from stubs.verl_python import NEEDS_VERL, PYTHON

from pipeline.training.environment import own_variables
from pipeline.training.overrides import Start, overrides
from pipeline.training.presets import PRESETS, Preset, preset_of

START = Start("run", (Path("/t.parquet"),), (Path("/v.parquet"),), Path("/ck"))
# What each says, of verl or of ours.
WRONG = {
    "algorithm.adv_estimator=grpoo": "unknown advantage estimator",
    "actor_rollout_ref.rollout.multi_turn.format=nope": "unknown tool format",
    "actor_rollout_ref.actor.policy_loss.loss_mode=nope": "unknown policy loss",
    "algorithm.filter_groups.metric=null": "filter_groups.metric",
    "algorithm.filter_groups.enable=False": "filter_groups.metric",
    "actor_rollout_ref.actor.ppo_mini_batch_size=100": "no multiple of ppo_mini_batch_size 100",
    "actor_rollout_ref.actor.ppo_mini_batch_size=1024": "ppo_mini_batch_size",
    "data.train_batch_size=511": "no multiple of",
    "actor_rollout_ref.rollout.n=1": "n 1 is no group",
    "actor_rollout_ref.actor.ppo_max_token_len_per_gpu=8192": "under the longest sequence 24576",
    "+trainer.v1.sampler.sampler_kwargs.generation_batches=0": "the sampler has no bound",
    "actor_rollout_ref.actor.loss_agg_mode=token-average": "token-average",
    "actor_rollout_ref.rollout.mode=sync": "sync",
    "actor_rollout_ref.actor.clip_ratio_hi=0.3": "clip_ratio_hi",
    "actor_rollout_ref.actor.use_dynamic_bsz=False": "ppo_micro_batch_size",
}

pytestmark = NEEDS_VERL


def checked(given: dict[str, list[str]], preset: Preset) -> dict[str, list[str]]:
    """Faults by name, as verl's environment finds them."""
    own = own_variables(preset, Path("/run.json"), Path("/metrics.jsonl"))
    done = subprocess.run(
        [PYTHON, "-m", "pipeline.training.compose"],
        input=json.dumps(given), capture_output=True, text=True, env=dict(os.environ) | own,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


SOUND = {
    f"{name} {engine}": overrides(preset_of(name, {"rollout": engine}), START)
    for name in PRESETS
    if name != "tiny"
    for engine in ("vllm", "sglang")
}


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """Faults of every configuration for GPUs, right and wrong; verl is imported once for all."""
    preset = PRESETS["qwen2.5-7b"]
    wrong = {own: overrides(preset, START, [own]) for own in WRONG}
    return checked(SOUND | wrong, preset)


def test_every_gpu_preset_is_sound_with_both_engines(found: dict[str, list[str]]) -> None:
    assert {key: found[key] for key in SOUND} == {key: [] for key in SOUND}


def test_the_tiny_preset_is_sound() -> None:
    preset = preset_of("tiny", {}, "/weights")
    assert checked({"tiny": overrides(preset, START)}, preset) == {"tiny": []}


@pytest.mark.parametrize(("own", "said"), WRONG.items(), ids=list(WRONG))
def test_what_is_wrong_is_found(found: dict[str, list[str]], own: str, said: str) -> None:
    assert any(said in fault for fault in found[own])


BOUND = """
import json, sys
from omegaconf import OmegaConf
from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer
from pipeline.training.sampler import BoundedReplayBuffer

KEYS = {"equal": "training/filter_groups/evicted_samples",
        "broken": "training/rollout_failure/evicted_samples"}
kwargs = OmegaConf.create({"metric": "score", "train_batch_size": 16, "generation_batches": 10})

def bounded(reason, count):
    ReplayBuffer._evict_terminal_groups = lambda *_: ({"a"}, 0, 1, {KEYS[reason]: 8})
    sent = []
    buffer = BoundedReplayBuffer(
        trainer_mode="sync", trainer_config={}, max_off_policy_threshold=None,
        max_off_policy_strategy="drop", sampler_kwargs=kwargs, refill_fn=sent.append,
    )
    said = ""
    try:
        for _ in range(count):
            buffer._evict_terminal_groups(1, "train", ())
            buffer.refill_fn(16)
    except RuntimeError as error:
        said = str(error)
    return {"sent": sum(sent), "said": said, "poll": buffer.poll_interval}

print(json.dumps([bounded(*case) for case in json.loads(sys.argv[1])]))
"""


def test_dynamic_sampling_ends_with_its_reason() -> None:
    own = own_variables(PRESETS["qwen2.5-7b"], Path("/run.json"), Path("/metrics.jsonl"))
    cases = json.dumps([("equal", 20), ("broken", 20), ("equal", 10)])
    done = subprocess.run(
        [PYTHON, "-c", BOUND, cases],
        capture_output=True, text=True, env=dict(os.environ) | own, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    equal, broken, within = json.loads(done.stdout.splitlines()[-1])
    assert equal["sent"] == broken["sent"] == 160
    assert "176 more prompts" in equal["said"]
    assert "always right or always wrong" in equal["said"]
    assert "an episode broke" in broken["said"]
    assert within == {"sent": 160, "said": "", "poll": 0.1}
