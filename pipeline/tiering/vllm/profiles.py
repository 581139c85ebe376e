"""Profiles: how a server is started on a kind of GPU, as declared in TOML; which one fits here."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from pipeline.errors import InputError, MachineError, SettingsError
from pipeline.section import Section
from pipeline.settings import AUTO
from pipeline.tiering.vllm.gpus import Gpu

PROFILES_FILE = Path(__file__).with_name("profiles.toml")
MODEL_DTYPE = "auto"


class Expected(Section):
    """What a profile should give of one model, for plans made before anything is spent."""

    model: str
    tokens_per_second_per_gpu: float = Field(gt=0, description="output tokens")
    sequences_per_replica: int = Field(ge=1, description="answers of mean length in memory")
    source: str


class Profile(Section):
    """One way to start a server; see the head of `profiles.toml`."""

    name: str
    about: str
    gpu: str | None = None
    min_memory_gib: float = 0.0
    tensor_parallel: int = Field(1, ge=1)
    dtype: Literal["bfloat16", "float16", "float32"]
    quantization: str | None = None
    kv_cache_dtype: str = MODEL_DTYPE
    max_model_len: int = Field(ge=256)
    max_num_seqs: int = Field(ge=1)
    gpu_memory_utilization: float = Field(gt=0, lt=1)
    enforce_eager: bool = False
    reasoning_parser: str | None = None
    chat_template_kwargs: dict[str, Any] = Field({})
    args: tuple[str, ...] = ()
    env: dict[str, str] = Field({})
    expected: Expected | None = None
    usd_per_gpu_hour: tuple[float, float] | None = None

    @field_validator("gpu")
    @classmethod
    def _is_a_pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"gpu {value!r} is no regular expression ({error})") from error
        return value

    @property
    def precision(self) -> str:
        """What answers are computed in, as it goes into the key of a sample."""
        weights = self.quantization or self.dtype
        return (
            weights if self.kv_cache_dtype == MODEL_DTYPE else f"{weights}+kv-{self.kv_cache_dtype}"
        )

    def suits(self, gpu: Gpu) -> bool:
        """Whether a server of this profile may run on a GPU."""
        named = self.gpu is not None and re.search(self.gpu, gpu.name) is not None
        return named and gpu.memory_mib >= self.min_memory_gib * 1024


@cache
def load_profiles(path: Path | None = None) -> Mapping[str, Profile]:
    """Read profiles, in order of preference.

    Args:
        path: Own file; None: the one in the package.

    Raises:
        InputError: The file cannot be read, or a profile in it is wrong.
    """
    path = path or PROFILES_FILE
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); check the path") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML ({error}); correct that line") from error
    return {name: _profile(path, name, values) for name, values in raw.items()}


def choose_profile(
    profiles: Mapping[str, Profile], name: str, gpus: Sequence[Gpu], replicas: int | None = None
) -> Profile:
    """Find a profile by name, or the first one for which there are GPUs.

    Raises:
        SettingsError: There is none of that name.
        MachineError: `auto` found no GPU that a profile knows, or too few.
    """
    if name != AUTO:
        if name not in profiles:
            raise SettingsError(
                f"profile {name!r} is unknown; known: {AUTO}, {', '.join(profiles)}"
            )
        return profiles[name]
    for profile in profiles.values():
        fitting = sum(profile.suits(gpu) for gpu in gpus)
        if profile.gpu and fitting >= profile.tensor_parallel * (replicas or 1):
            return profile
    seen = ", ".join(f"{gpu.name} ({gpu.memory_mib:,} MiB)" for gpu in gpus) or "no GPU"
    raise MachineError(
        f"profile {AUTO!r}: nvidia-smi shows {seen}, and no profile fits; name one of "
        f"{', '.join(profiles)}, write one of your own, or give the URLs of servers elsewhere"
    )


def _profile(path: Path, name: str, values: Any) -> Profile:
    if not isinstance(values, dict):
        raise InputError(f"{path}: {name!r} is no profile; write it as a table [{name}]")
    try:
        return Profile.model_validate({"name": name} | values)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise InputError(f"{path}: profile {name!r}: {faults}; correct it") from error
