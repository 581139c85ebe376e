"""Checks composed configurations of verl, without a GPU: `python -m pipeline.training.compose`.

A program of verl's environment: lists of overrides by name come in as JSON on stdin, lists of
faults by name go out, empty where there are none. It asks verl's own checks, and what these leave
out.
"""

import importlib
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from schemas.examples import AGENT_NAMES

SECTIONS = (
    "actor_rollout_ref.actor",
    "actor_rollout_ref.actor.optim",
    "actor_rollout_ref.rollout",
    "actor_rollout_ref.rollout.multi_turn",
    "algorithm",
)


def faults_of(overrides: Sequence[str]) -> list[str]:
    """All that is wrong with a configuration; one that cannot be composed has one fault."""
    from hydra import compose, initialize_config_module
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    given = [text for text in overrides if not text.startswith("hydra.")]
    try:
        with initialize_config_module("verl.trainer.config", version_base=None):
            config = compose("ppo_trainer", overrides=given)
        return [*_verl(config), *_ours(config)]
    except (HydraException, OmegaConfBaseException) as error:
        return [str(error)]


def _verl(config: Any) -> list[str]:
    """What verl itself checks at its start, and in the types of its sections."""
    from omegaconf import OmegaConf
    from verl.trainer.ppo.utils import need_critic, need_reference_policy
    from verl.utils.config import omega_conf_to_dataclass, validate_config

    resolved = OmegaConf.create(OmegaConf.to_container(config, resolve=True))
    missing = OmegaConf.missing_keys(config)
    faults = [f"{key} has no value" for key in missing if not key.startswith("reward.reward_model")]
    try:
        validate_config(config, need_reference_policy(config), need_critic(config))
        for section in SECTIONS:
            omega_conf_to_dataclass(OmegaConf.select(resolved, section))
    except (AssertionError, ValueError, TypeError, KeyError, NotImplementedError) as error:
        faults.append(f"{type(error).__name__}: {error}")
    return faults


def _ours(config: Any) -> list[str]:
    """What verl does not check, or only when a step is reached."""
    actor, rollout, data = (
        config.actor_rollout_ref.actor, config.actor_rollout_ref.rollout, config.data
    )  # fmt: skip
    batch, mini, group = data.train_batch_size, actor.ppo_mini_batch_size, rollout.n
    ranks = config.trainer.n_gpus_per_node * config.trainer.nnodes
    longest = data.max_prompt_length + data.max_response_length
    groups, sampler = config.algorithm.filter_groups, config.trainer.v1.sampler
    rules = {
        f"train_batch_size {batch} is no multiple of ppo_mini_batch_size {mini}": batch % mini == 0,
        f"train_batch_size x n {batch * group} is no multiple of {ranks} ranks": (
            batch * group % ranks == 0
        ),
        f"n {group} is no group": group > 1,
        f"ppo_max_token_len_per_gpu {actor.ppo_max_token_len_per_gpu} is under the longest "
        f"sequence {longest}": actor.ppo_max_token_len_per_gpu >= longest,
        f"filter_groups.metric {groups.metric} is not what the sampler compares": (
            bool(groups.enable) and groups.metric == sampler.sampler_kwargs.metric
        ),
        "the sampler has no bound": int(sampler.sampler_kwargs.generation_batches) > 0,
        "rollout.mode is not async": rollout.mode == "async",
        "log-probabilities of the sampler are not kept": bool(rollout.calculate_log_probs),
    }
    return [text for text, holds in rules.items() if not holds] + list(_unknown(config))


def _unknown(config: Any) -> list[str]:
    """Names that verl looks up late."""
    from omegaconf import OmegaConf
    from verl.experimental.agent_loop.tool_parser import ToolParser
    from verl.trainer.ppo.core_algos import get_adv_estimator_fn, get_policy_loss_fn
    from verl.utils.import_utils import load_extern_object

    actor, rollout = config.actor_rollout_ref.actor, config.actor_rollout_ref.rollout
    faults: list[str] = []
    tools: dict[str, Any] = ToolParser._registry
    looks: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("advantage estimator", lambda: get_adv_estimator_fn(config.algorithm.adv_estimator)),
        ("policy loss", lambda: get_policy_loss_fn(actor.policy_loss.loss_mode)),
        ("tool format", lambda: tools[rollout.multi_turn.format]),
        ("sampler", lambda: load_extern_object(*config.trainer.v1.sampler.custom_sampler.values())),
    )
    for what, look in looks:
        try:
            look()
        except (KeyError, ValueError, ImportError, AttributeError, FileNotFoundError) as error:
            faults.append(f"unknown {what}: {error}")
    loops = {str(x.name): str(x._target_) for x in OmegaConf.load(_loops(rollout))}
    faults += [f"no agent loop {name}" for name in AGENT_NAMES.values() if name not in loops]
    for target in set(loops.values()):
        module, _, name = target.rpartition(".")
        if not hasattr(importlib.import_module(module), name):
            faults.append(f"no such agent loop: {target}")
    return faults


def _loops(rollout: Any) -> str:
    return str(rollout.agent.agent_loop_config_path)


if __name__ == "__main__":
    found = {name: faults_of(given) for name, given in json.load(sys.stdin).items()}
    # verl prints on the way: the answer is the last line.
    sys.stdout.write(f"\n{json.dumps(found)}\n")
