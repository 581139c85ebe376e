"""Whether an interpreter can run vLLM."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import MachineError

CHECK = "import importlib.util, sys; sys.exit(importlib.util.find_spec('vllm') is None)"
CHECK_SECONDS = 60
PACKAGE = "vllm"
HOW = (
    "make an environment for vLLM as pipeline/tiering/vllm/README.md says and name its interpreter "
    "in the setting `python`"
)


def check_interpreter(python: str, environment: Mapping[str, str]) -> None:
    """See that vLLM is installed, without importing it.

    Raises:
        MachineError: It is not, or the interpreter does not run.
    """
    try:
        done = subprocess.run(
            [python, "-c", CHECK],
            env=dict(environment),
            cwd=Path(python).parent,
            capture_output=True,
            text=True,
            timeout=CHECK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineError(f"{python} does not run ({error}); {HOW}") from error
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["no package of that name"]
        raise MachineError(f"vLLM is not in the environment of {python} ({said[0]}); {HOW}")
