"""A preset as overrides of verl's own configuration, for `python -m verl.trainer.main_ppo`.

The one place that knows the names of verl 0.9.1's keys. Knows nothing of processes and folders.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import SettingsError
from pipeline.training.presets import Preset

# The reward as the optimiser sees it: shaped by cost, and by length.
METRIC = "score"
FORMAT = "hermes"
ESTIMATOR = "grpo"
# Logical ones: with the true number of a small machine, Ray waits for ever for a place.
LOGICAL_CPUS = 16
LEAST_TOKENS = 8_192
_LOOPS = Path(__file__).with_name("agent_loops.yaml")
_ACTOR = "actor_rollout_ref.actor"
_ROLLOUT = "actor_rollout_ref.rollout"
_SAMPLER = "trainer.v1.sampler"

Values = dict[str, Any]


class Start(NamedTuple):
    """One start of a run.

    Attributes:
        name: Of the run.
        train: Files of examples.
        validation: Likewise.
        checkpoints: Folder.
        seed: Of every random choice of verl.
        resume: Go on from the newest checkpoint.
        validate_first: Before the first step.
    """

    name: str
    train: tuple[Path, ...]
    validation: tuple[Path, ...]
    checkpoints: Path
    seed: int = 0
    resume: bool = False
    validate_first: bool = True


def overrides(preset: Preset, start: Start, own: Sequence[str] = ()) -> list[str]:
    """Arguments of verl's trainer.

    Args:
        preset: The size.
        start: Of this run.
        own: KEY=VALUE of whoever runs it; they have the last word.

    Raises:
        SettingsError: One of `own` is no KEY=VALUE, or turns off what the run relies on.
    """
    values = _trainer(preset, start) | _data(preset, start) | _policy(preset, start)
    values |= _rollout(preset, start) | _dapo(preset)
    values |= _cpu() if preset.gpus == 0 else _gpu(preset)
    given = dict(_pair(text) for text in own)
    known = {key.lstrip("+"): key for key in values}
    values |= {known.get(key.lstrip("+"), key): value for key, value in given.items()}
    return [f"{key}={_text(value)}" for key, value in values.items()]


def _pair(text: str) -> tuple[str, str]:
    key, found, value = text.partition("=")
    if not found or not key.strip("+~ "):
        raise SettingsError(f"training.verl: {text!r} is not KEY=VALUE")
    return key, value


def _trainer(preset: Preset, start: Start) -> Values:
    return {
        "trainer.use_v1": True,
        "trainer.v1.trainer_mode": "sync",
        "trainer.nnodes": 1,
        "trainer.n_gpus_per_node": max(1, preset.gpus),
        "trainer.logger": ["console", "file"],
        "trainer.project_name": "xrouter",
        "trainer.experiment_name": start.name,
        "trainer.default_local_dir": start.checkpoints,
        "trainer.total_training_steps": preset.steps,
        "trainer.total_epochs": 1_000_000,  # the steps end it
        "trainer.save_freq": preset.save_every,
        "trainer.test_freq": preset.test_every,
        "trainer.max_actor_ckpt_to_keep": preset.keep,
        "trainer.val_before_train": start.validate_first,
        "trainer.resume_mode": "auto" if start.resume else "disable",
        "critic.enable": False,
        # Episodes come with their reward: these workers have nothing to do.
        "reward.num_workers": 1,
        "+ray_kwargs.ray_init.include_dashboard": False,
        "hydra.run.dir": ".",
        "hydra.output_subdir": None,
    }


def _data(preset: Preset, start: Start) -> Values:
    return {
        "data.train_files": list(start.train),
        "data.val_files": list(start.validation),
        "data.seed": start.seed,
        "data.train_batch_size": preset.batch,
        "data.max_prompt_length": preset.prompt_tokens,
        "data.max_response_length": preset.response_tokens,
        # It would render the wrong tools: none. Rows that are too long stay out at the data stage,
        # which knows each row's own, and an episode on one that is left is refused.
        "data.filter_overlong_prompts": False,
        "data.truncation": "error",
    } | {f"+data.apply_chat_template_kwargs.{name}": each for name, each in preset.template.items()}


def _policy(preset: Preset, start: Start) -> Values:
    tokens = preset.prompt_tokens + preset.response_tokens
    return {
        "actor_rollout_ref.model.path": preset.model,
        f"{_ACTOR}.strategy": "fsdp2",
        f"{_ACTOR}.fsdp_config.strategy": "fsdp2",
        f"{_ACTOR}.fsdp_config.seed": start.seed,
        f"{_ACTOR}.data_loader_seed": start.seed,
        f"{_ACTOR}.optim.lr": preset.lr,
        f"{_ACTOR}.optim.lr_warmup_steps": preset.warmup,
        f"{_ACTOR}.optim.lr_scheduler_type": "cosine" if preset.lr_decay else "constant",
        f"{_ACTOR}.optim.min_lr_ratio": 0.1,
        f"{_ACTOR}.optim.weight_decay": preset.weight_decay,
        f"{_ACTOR}.optim.clip_grad": preset.clip_norm,
        f"{_ACTOR}.entropy_coeff": preset.entropy,
        f"{_ACTOR}.ppo_mini_batch_size": preset.mini_batch,
        f"{_ACTOR}.use_dynamic_bsz": True,
        f"{_ACTOR}.ppo_max_token_len_per_gpu": max(LEAST_TOKENS, tokens),
    }


def _rollout(preset: Preset, start: Start) -> Values:
    return {
        f"{_ROLLOUT}.name": preset.rollout,
        f"{_ROLLOUT}.tensor_model_parallel_size": preset.tensor_parallel,
        f"{_ROLLOUT}.seed": start.seed,
        f"{_ROLLOUT}.n": preset.group,
        f"{_ROLLOUT}.temperature": 1.0,
        f"{_ROLLOUT}.top_p": 1.0,
        f"{_ROLLOUT}.top_k": -1,
        f"{_ROLLOUT}.calculate_log_probs": True,
        f"{_ROLLOUT}.val_kwargs.temperature": 1.0,
        f"{_ROLLOUT}.val_kwargs.top_p": 1.0,
        f"{_ROLLOUT}.val_kwargs.do_sample": True,
        f"{_ROLLOUT}.val_kwargs.n": 1,
        f"{_ROLLOUT}.log_prob_use_dynamic_bsz": True,
        f"{_ROLLOUT}.multi_turn.enable": True,
        f"{_ROLLOUT}.multi_turn.format": FORMAT,
        f"{_ROLLOUT}.multi_turn.max_assistant_turns": preset.turns,
        f"{_ROLLOUT}.agent.num_workers": preset.workers,
        f"{_ROLLOUT}.agent.agent_loop_config_path": _LOOPS,
    }


def _dapo(preset: Preset) -> Values:
    return {
        "algorithm.adv_estimator": ESTIMATOR,
        "algorithm.norm_adv_by_std_in_grpo": True,
        "algorithm.use_kl_in_reward": False,
        f"{_ACTOR}.use_kl_loss": False,
        f"{_ACTOR}.policy_loss.loss_mode": "vanilla",
        f"{_ACTOR}.clip_ratio_low": preset.clip_low,
        f"{_ACTOR}.clip_ratio_high": preset.clip_high,
        f"{_ACTOR}.clip_ratio_c": preset.clip_c,
        f"{_ACTOR}.loss_agg_mode": "token-mean",
        "algorithm.filter_groups.enable": True,
        "algorithm.filter_groups.metric": METRIC,
        f"{_SAMPLER}.sync_refill_failed_groups": True,
        f"{_SAMPLER}.custom_sampler.path": "pkg://pipeline.training.sampler",
        f"{_SAMPLER}.custom_sampler.name": "BoundedReplayBuffer",
        # verl hands a custom sampler nothing of the above.
        f"+{_SAMPLER}.sampler_kwargs.metric": METRIC,
        f"+{_SAMPLER}.sampler_kwargs.train_batch_size": preset.batch,
        f"+{_SAMPLER}.sampler_kwargs.generation_batches": preset.generation_batches,
    }


def _gpu(preset: Preset) -> Values:
    return {
        "actor_rollout_ref.model.use_remove_padding": True,
        "actor_rollout_ref.model.enable_gradient_checkpointing": True,
        f"{_ROLLOUT}.gpu_memory_utilization": preset.memory,
    }


def _cpu() -> Values:
    fsdp = f"{_ACTOR}.fsdp_config"
    precision = {
        f"+{fsdp}.mixed_precision.{kind}_dtype": "fp32" for kind in ("param", "reduce", "buffer")
    }
    return precision | {
        "trainer.device": "cpu",
        "ray_kwargs.ray_init.num_cpus": LOGICAL_CPUS,
        "+ray_kwargs.ray_init.num_gpus": 1,
        "transfer_queue.backend.SimpleStorage.num_data_storage_units": 1,
        "data.dataloader_num_workers": 0,
        "actor_rollout_ref.model.use_remove_padding": False,
        "actor_rollout_ref.model.enable_gradient_checkpointing": False,
        "+actor_rollout_ref.model.override_config.attn_implementation": "sdpa",
        f"{fsdp}.use_torch_compile": False,
        f"{_ACTOR}.use_torch_compile": False,
        f"{_ROLLOUT}.dtype": "float32",
        f"{_ROLLOUT}.free_cache_engine": False,
    }


def _text(value: Any) -> str:
    """A value as Hydra reads it."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{','.join(map(_text, value))}]"
    if isinstance(value, Path):
        # Quotes keep spaces and signs of a path from being read as grammar.
        return json.dumps(str(value), ensure_ascii=False)
    return str(value)
