"""The GPUs of this machine that we may use: nvidia-smi is asked, no CUDA library is loaded."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pipeline.errors import MachineError

VISIBLE = "CUDA_VISIBLE_DEVICES"
QUERY = "--query-gpu=index,uuid,name,memory.total"
ANSWER_SECONDS = 60


class Gpu(NamedTuple):
    """One GPU as nvidia-smi shows it."""

    number: str
    uuid: str
    name: str
    memory_mib: int


def usable_gpus(environment: Mapping[str, str]) -> list[Gpu]:
    """All GPUs, or those of CUDA_VISIBLE_DEVICES in its order; none where there is no nvidia-smi.

    Raises:
        MachineError: nvidia-smi fails, or CUDA_VISIBLE_DEVICES names a GPU that it does not show.
    """
    program = shutil.which("nvidia-smi", path=environment.get("PATH"))
    if program is None:
        return []
    gpus = _ask(program)
    visible = environment.get(VISIBLE)
    return gpus if visible is None else list(_named(gpus, visible))


def assign(gpus: Sequence[Gpu], each: int, replicas: int) -> list[tuple[str, ...]]:
    """Give every replica its own GPUs, by number.

    Raises:
        MachineError: There are too few.
    """
    if each * replicas > len(gpus):
        raise MachineError(
            f"{replicas} replica(s) of {each} GPU(s) need {each * replicas}, and {len(gpus)} fit "
            "the profile here; lower the number of replicas or choose another profile"
        )
    numbers = [gpu.number for gpu in gpus]
    return [tuple(numbers[each * n : each * (n + 1)]) for n in range(replicas)]


def _ask(program: str) -> list[Gpu]:
    command = [program, QUERY, "--format=csv,noheader,nounits"]
    try:
        seen = subprocess.run(
            command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineError(f"nvidia-smi does not answer ({error}); repair the driver") from error
    if seen.returncode:
        said = (seen.stderr or seen.stdout).strip()
        raise MachineError(f"nvidia-smi fails ({said}); repair the driver")
    return [_gpu(line) for line in seen.stdout.splitlines() if line.strip()]


def _gpu(line: str) -> Gpu:
    number, uuid, name, memory = (part.strip() for part in line.split(","))
    return Gpu(number, uuid, name, int(memory) if memory.isdecimal() else 0)


def _named(gpus: Sequence[Gpu], visible: str) -> Iterator[Gpu]:
    for item in (part.strip() for part in visible.split(",")):
        if item in ("", "-1"):  # as in CUDA: all that follow are hidden
            return
        found = [gpu for gpu in gpus if item == gpu.number or gpu.uuid.startswith(item)]
        if len(found) != 1:
            shown = ", ".join(gpu.number for gpu in gpus) or "none"
            raise MachineError(
                f"{VISIBLE} names {item!r}, which nvidia-smi does not show as one GPU; "
                f"correct it or unset it (it shows {shown})"
            )
        yield found[0]
