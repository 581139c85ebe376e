"""Why a server ended: the end of its log and an exit code come in, cause and remedy go out."""

import re
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

TAIL_LINES = 30
END_BYTES = 256 * 1024
LINE_CHARACTERS = 300
# What the engine's libraries say after every end, also of one that was asked for.
NOISE = re.compile(
    r"^nanobind: | - leaked | - \.\.\. skipped|resource_tracker|^[ ^~]+$|warnings\.warn\(|^See http"
)
SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSWORD|CREDENTIAL|API_?KEY|ACCESS_?KEY", re.IGNORECASE)
SHORTEST_SECRET = 6
# An interpreter that is ended from outside by the kernel says nothing more.
KILLED = 128 + signal.SIGKILL


class Cause(NamedTuple):
    """One known way to fail."""

    pattern: re.Pattern[str]
    what: str
    remedy: str


def _cause(pattern: str, what: str, remedy: str) -> Cause:
    return Cause(re.compile(pattern), what, remedy)


# The more special cause stands first: one failure often draws others after it.
CAUSES = (
    _cause(
        r"No module named '?vllm",
        "vLLM is not in that environment",
        "make one as pipeline/tiering/vllm/README.md says and name its interpreter",
    ),
    _cause(
        r"[Aa]ddress already in use",
        "something else took the port",
        "choose another port",
    ),
    _cause(
        r"operator torchvision::nms does not exist",
        "torchvision is of another build than torch",
        "uninstall torchvision, torchaudio and torchcodec from that environment",
    ),
    _cause(
        r"InvalidCxxCompiler",
        "sampling is compiled at run time and there is no C++ compiler",
        "set TORCHDYNAMO_DISABLE=1, as the profile cpu-test does, or install g++",
    ),
    _cause(
        r"unrecognized arguments|invalid choice: |argument --[\w-]+: ",
        "this vLLM does not know a flag",
        "use vLLM 0.32 or correct `args` and the profile",
    ),
    _cause(
        r"couldn't connect to|LocalEntryNotFoundError: |OfflineModeIsEnabled: ",
        "the Hub is out of reach and the model is not in its cache",
        "download the model beforehand, or name a folder that holds it",
    ),
    _cause(
        r"GatedRepoError: |401 Client Error|403 Client Error",
        "the Hub does not let us have the model",
        "accept its licence on the Hub and export HF_TOKEN",
    ),
    _cause(
        r"RepositoryNotFoundError: |RevisionNotFoundError: |Repo id must|is not a local folder"
        r"|Invalid repository ID or local directory|does not appear to have a file named"
        r"|Can't load the configuration of|Cannot find any model weights",
        "the model cannot be loaded",
        "check model and revision",
    ),
    _cause(
        r"is less than desired (?:GPU|CPU) memory|is less than requested memory"
        r"|CUDA out of memory|OutOfMemoryError"
        r"|No available memory for the cache blocks|larger than the available KV cache memory"
        r"|is needed, which is larger than|Cannot allocate memory|DefaultCPUAllocator",
        "there is not enough memory",
        "end what else uses it (nvidia-smi shows it), or take a profile with more GPUs a server, a "
        "shorter max_model_len or another gpu_memory_utilization",
    ),
    _cause(
        r"CUDA error: |cudaErrorNoDevice|[Nn]o NVIDIA driver|NVIDIA driver on your system",
        "the GPU or its driver fails",
        "look at nvidia-smi and the kernel's log",
    ),
)


def explain(code: int | None, said: str) -> str:
    """Say in one sentence why a server ended and what to do.

    Args:
        code: Exit code, 128 and more for a signal; None: it still runs.
        said: The end of its log.
    """
    for cause in CAUSES:
        found = cause.pattern.search(said)
        if found:
            line = said[said.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0].strip()
            return f"{cause.what} ({line[:LINE_CHARACTERS]}); {cause.remedy}"
    if code == KILLED:
        return "it was killed, most likely for want of memory; give the machine more, or start less"
    return "the end of its log says more"


def last_lines(said: str) -> str:
    """What is worth showing of the end of a log."""
    lines = [line for line in said.splitlines() if line.strip() and not NOISE.search(line)]
    return "\n".join(lines[-TAIL_LINES:]) or "(nothing)"


def exit_text(code: int) -> str:
    """An exit code in words."""
    if code <= 128:
        return f"exit code {code}"
    try:
        return signal.Signals(code - 128).name
    except ValueError:
        return f"exit code {code}"


def read_end(log: Path, start: int, secrets: Iterable[str]) -> str:
    """The end of what was written to a log after a position, without secrets."""
    try:
        with log.open("rb") as handle:
            size = handle.seek(0, 2)
            handle.seek(max(start, size - END_BYTES))
            text = handle.read().decode(errors="replace")
    except OSError as error:
        return f"({log} cannot be read: {error.strerror})"
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """Values that must not be shown, longest first, so that none leaves a part of itself."""
    found = {value for name, value in environment.items() if SECRET_NAME.search(name)}
    return sorted(
        (value for value in found if len(value) >= SHORTEST_SECRET), key=len, reverse=True
    )
