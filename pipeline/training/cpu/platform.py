"""The CPU as one of verl's platforms."""

import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from verl.plugin.platform import PlatformBase, PlatformRegistry

MEMORY = (1 << 33, 1 << 34)
_COUNTERS = (
    "max_memory_allocated", "max_memory_reserved", "memory_allocated", "memory_reserved",
    "current_device",
)  # fmt: skip
_ACTIONS = (
    "empty_cache", "synchronize", "set_device", "manual_seed", "manual_seed_all",
    "reset_peak_memory_stats", "ipc_collect", "init",
)  # fmt: skip


def _device_module() -> types.ModuleType:
    """What verl reads of `torch.cuda` at every step and `torch.cpu` lacks."""
    module: Any = types.ModuleType("pipeline.training.cpu.device")
    for name in _COUNTERS:
        setattr(module, name, lambda *_, **__: 0)
    for name in _ACTIONS:
        setattr(module, name, lambda *_, **__: None)
    module.device_count = lambda: 1
    module.is_available = lambda: True
    module.mem_get_info = lambda *_, **__: MEMORY
    module.get_device_name = lambda *_, **__: "cpu"
    module.get_rng_state = lambda *_, **__: torch.get_rng_state()
    module.set_rng_state = lambda state, *_, **__: torch.set_rng_state(state)
    module.Stream = torch.cpu.Stream
    module.stream = torch.cpu.stream
    module.current_stream = torch.cpu.current_stream
    return module


_DEVICE = _device_module()


@PlatformRegistry.register(platform="cpu")
class PlatformCPU(PlatformBase):
    """See `verl.plugin.platform.PlatformBase`."""

    @property
    def device_name(self) -> str:
        """Of torch."""
        return "cpu"

    @property
    def vendor_name(self) -> str:
        """Of nobody."""
        return "cpu"

    @property
    def device_module(self) -> types.ModuleType:
        """In place of `torch.cuda`."""
        return _DEVICE

    def is_available(self) -> bool:
        """Always."""
        return True

    def current_device(self) -> torch.device:
        """A device and no number, which `tensor.to` would take for a CUDA one."""
        return torch.device("cpu")

    def device_count(self) -> int:
        """One, however many cores there are."""
        return 1

    def set_device(self, device_index: int) -> None:
        """There is but one."""

    def synchronize(self, device_index: int | None = None) -> None:
        """Nothing runs behind."""

    def manual_seed(self, seed: int) -> None:
        """Seed torch."""
        torch.manual_seed(seed)

    def manual_seed_all(self, seed: int) -> None:
        """Seed torch."""
        torch.manual_seed(seed)

    def set_allocator_settings(self, settings: str) -> None:
        """There are none."""

    def empty_cache(self) -> None:
        """There is none."""

    def get_device_capability(self, device_index: int = 0) -> tuple[None, None]:
        """Unknown."""
        return None, None

    def communication_backend_name(self) -> str:
        """Of collectives."""
        return "gloo"

    def visible_devices_envvar(self) -> str:
        """Set by verl for its workers; nobody reads it here."""
        return "CUDA_VISIBLE_DEVICES"

    @contextmanager
    def nvtx_range(self, msg: str) -> Iterator[None]:
        """No profiler listens."""
        yield

    def profiler_start(self) -> None:
        """No profiler listens."""

    def profiler_stop(self) -> None:
        """No profiler listens."""

    def ray_resource_name(self) -> str:
        """Ray is started with logical ones of these, since verl counts nothing else."""
        return "GPU"

    def ray_resource_options(self, num_gpus: float) -> dict[str, float]:
        """Of a Ray actor."""
        return {"num_gpus": num_gpus}

    def ray_noset_envvars(self) -> list[str]:
        """None."""
        return []

    def is_ipc_supported(self) -> bool:
        """Weights go through Ray's object store."""
        return False

    def cudart(self) -> None:
        """There is none."""
