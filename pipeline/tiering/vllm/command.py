"""Command lines and environments of servers: settings and a profile come in, launches go out.

Starts nothing. Values of variables are secrets and stand in no message.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import SettingsError
from pipeline.settings import VllmSettings
from pipeline.tiering.vllm.gpus import VISIBLE
from pipeline.tiering.vllm.profiles import MODEL_DTYPE, Profile

# Not the `vllm` program: in the CPU build it asks for a package of another name and crashes.
MODULE = "vllm.entrypoints.openai.api_server"
HOST = "127.0.0.1"

# Of our own environment; a key or port meant for another server would be taken for this one's.
NOT_PASSED = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "VIRTUAL_ENV",
    "VLLM_API_KEY",
    "VLLM_PORT",
)
ALWAYS = {
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # the order in which nvidia-smi counts
    "DO_NOT_TRACK": "1",
    "PYTHONUNBUFFERED": "1",
    "VLLM_NO_USAGE_STATS": "1",
}
# A command line is seen by every user of the machine.
SECRET_FLAGS = {
    "--api-key": "leave it out, for the server answers this machine only",
    "--hf-token": "export HF_TOKEN instead",
}
SHORT_FLAGS = {
    "-tp": "--tensor-parallel-size",
    "-dp": "--data-parallel-size",
    "-pp": "--pipeline-parallel-size",
    "-q": "--quantization",
}
# Set here, from settings and profile, for what is recorded must be what is served.
OWN_FLAGS = {
    "--config",
    "--data-parallel-size",
    "--default-chat-template-kwargs",
    "--dtype",
    "--enforce-eager",
    "--generation-config",
    "--gpu-memory-utilization",
    "--host",
    "--kv-cache-dtype",
    "--max-model-len",
    "--max-num-seqs",
    "--model",
    "--pipeline-parallel-size",
    "--port",
    "--quantization",
    "--reasoning-parser",
    "--revision",
    "--seed",
    "--served-model-name",
    "--tensor-parallel-size",
    "--uds",
}


class Launch(NamedTuple):
    """One server to be: its command, what it sees, and where it writes."""

    number: int
    port: int
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path


def plan_launches(
    settings: VllmSettings,
    profile: Profile,
    python: str,
    gpus: Sequence[tuple[str, ...]],
    logs: Path,
) -> list[Launch]:
    """One launch for each group of GPUs.

    Raises:
        SettingsError: `args` contain a flag that the launcher or the profile sets.
    """
    _refuse_own_flags(settings.args)
    launches = []
    for number, group in enumerate(gpus):
        port = settings.port + number
        flags = [*server_flags(settings, profile), "--host", HOST, "--port", str(port)]
        command = (python, "-m", MODULE, *flags, *profile.args, *settings.args)
        environment = child_environment(settings, profile, python)
        if profile.gpu:
            environment[VISIBLE] = ",".join(group)
        launches.append(Launch(number, port, command, environment, logs / f"replica-{number}.log"))
    return launches


def served_name(model: str) -> str:
    """The name that requests and tables use: the one on the Hub, or the folder's own."""
    folder = Path(model).expanduser()
    return folder.resolve().name if folder.is_dir() else model


def server_flags(settings: VllmSettings, profile: Profile) -> list[str]:
    """What every replica of a profile is told."""
    folder = Path(settings.model).expanduser()
    flags = {
        "--model": str(folder.resolve()) if folder.is_dir() else settings.model,
        "--served-model-name": served_name(settings.model),
        "--revision": settings.revision,
        "--dtype": profile.dtype,
        "--quantization": profile.quantization,
        "--kv-cache-dtype": profile.kv_cache_dtype
        if profile.kv_cache_dtype != MODEL_DTYPE
        else None,
        "--tensor-parallel-size": str(profile.tensor_parallel),
        "--max-model-len": str(profile.max_model_len),
        "--max-num-seqs": str(profile.max_num_seqs),
        "--gpu-memory-utilization": str(profile.gpu_memory_utilization),
        "--reasoning-parser": profile.reasoning_parser if settings.reasoning else None,
        "--default-chat-template-kwargs": json.dumps(profile.chat_template_kwargs)
        if profile.chat_template_kwargs
        else None,
        # Else the model's own sampling defaults fill in what a request leaves out, unrecorded.
        "--generation-config": "vllm",
    }
    switches = ["--disable-uvicorn-access-log", *(["--enforce-eager"] * profile.enforce_eager)]
    return [*(part for flag, value in flags.items() if value for part in (flag, value)), *switches]


def child_environment(settings: VllmSettings, profile: Profile, python: str) -> dict[str, str]:
    """Our variables, those of the profile, and the user's, which win."""
    environment = {key: value for key, value in os.environ.items() if key not in NOT_PASSED}
    # Kernels are compiled with the ninja that came with vLLM.
    programs = str(Path(python).parent)
    environment["PATH"] = os.pathsep.join([programs, environment.get("PATH", os.defpath)])
    own = {name: value.get_secret_value() for name, value in settings.env.items()}
    return environment | ALWAYS | profile.env | own


def _refuse_own_flags(args: Sequence[str]) -> None:
    for arg in args:
        flag = _flag(arg)
        if flag in SECRET_FLAGS:
            raise SettingsError(f"flag {flag!r} would show a secret; {SECRET_FLAGS[flag]}")
        if flag in OWN_FLAGS:
            raise SettingsError(
                f"flag {flag!r} is set by the launcher from model, revision, port and profile; "
                "change those, with a profiles file of your own where the profile is to differ"
            )


def _flag(arg: str) -> str:
    """The long form in which vLLM knows a flag; it takes underscores and `--flag=value`, too."""
    name = arg.partition("=")[0]
    if name.startswith("--"):
        return "--" + name[2:].replace("_", "-").removeprefix("no-")
    return SHORT_FLAGS.get(name, name)
