"""Runs stock verl 0.9.1 without a GPU: a platform, a process group and a rollout server.

verl imports this package in the driver and in every Ray worker where `VERL_USE_EXTERNAL_MODULES`
names it; `VERL_PLATFORM=cpu` then picks the platform, and `VERL_ENGINE_DEVICE=cuda` the FSDP engine
that is registered for CUDA and asks the platform for everything of a device. For models of a few
million parameters: it proves the whole loop, it does not train a router that anybody would use.
"""

import verl.utils.distributed as distributed
from verl.workers.rollout.base import _ROLLOUT_REGISTRY
from verl.workers.rollout.replica import RolloutReplicaRegistry

from pipeline.training.cpu import platform as platform
from pipeline.training.cpu.group import start_gloo

ROLLOUT = "xrouter_cpu"


def _replica() -> type:
    from pipeline.training.cpu.rollout import Replica

    return Replica


distributed.initialize_global_process_group_ray = start_gloo
_ROLLOUT_REGISTRY[ROLLOUT, "async"] = "pipeline.training.cpu.rollout.Adapter"
RolloutReplicaRegistry.register(ROLLOUT, _replica)
