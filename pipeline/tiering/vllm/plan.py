"""What would be started here: settings come in, a profile and the GPUs of every replica go out."""

import os
from typing import NamedTuple

from pipeline.settings import AUTO, VllmSettings
from pipeline.tiering.vllm.gpus import Gpu, assign, usable_gpus
from pipeline.tiering.vllm.profiles import Profile, choose_profile, load_profiles


class Plan(NamedTuple):
    """A profile, and for every replica its GPUs by number."""

    profile: Profile
    groups: tuple[tuple[str, ...], ...]


def profile_of(settings: VllmSettings) -> Profile:
    """The profile alone: one that is named may be planned with where there is no GPU.

    Raises:
        SettingsError: The profile is unknown.
        InputError: The profiles file is wrong.
        MachineError: `auto` finds none for the GPUs here.
    """
    gpus = _gpus(settings) if settings.profile == AUTO else []
    profiles = load_profiles(settings.profiles)
    return choose_profile(profiles, settings.profile, gpus, settings.replicas)


def plan(settings: VllmSettings) -> Plan:
    """Say what `serve` would start; starts nothing, and needs no vLLM.

    Raises:
        SettingsError: The profile is unknown.
        InputError: The profiles file is wrong.
        MachineError: No profile is for the GPUs here, or there are too few.
    """
    profile = profile_of(settings)
    if profile.gpu is None:
        return Plan(profile, ((),) * (settings.replicas or 1))
    # Who names a profile knows better than its pattern.
    named = settings.profile != AUTO
    gpus = [gpu for gpu in _gpus(settings) if named or profile.suits(gpu)]
    replicas = settings.replicas or max(1, len(gpus) // profile.tensor_parallel)
    return Plan(profile, tuple(assign(gpus, profile.tensor_parallel, replicas)))


def _gpus(settings: VllmSettings) -> list[Gpu]:
    own = {name: value.get_secret_value() for name, value in settings.env.items()}
    return usable_gpus(os.environ | own)
