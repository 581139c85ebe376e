"""The process group of training workers on CPUs."""

import os
from datetime import timedelta

import torch.distributed as dist


def start_gloo(timeout_second: float | None = None, backend: str | None = None) -> None:
    """Start the group with gloo alone.

    verl names a backend for the CPU and one for the device. Where both are the CPU, torch refuses
    the pair as a duplicate, so this takes the place of verl's own function.

    Args:
        timeout_second: Of a collective operation; None: torch's default.
        backend: What verl would have taken; not used.
    """
    if dist.is_initialized():
        return
    dist.init_process_group(
        backend="cpu:gloo",
        rank=int(os.environ.get("RANK", 0)),
        world_size=int(os.environ.get("WORLD_SIZE", 1)),
        timeout=None if timeout_second is None else timedelta(seconds=timeout_second),
        init_method=os.environ.get("DIST_INIT_METHOD"),
    )
