"""The environment of verl: which interpreter, what must be in it, and the variables it is given."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pipeline
from pipeline.errors import MachineError
from pipeline.training.presets import Preset
from pipeline.training.run_file import VARIABLE

PACKAGE, VERSION = "verl", "0.9.1"
HOW = (
    "install it with: pip install torch==2.13.0 && pip install 'xrouter[train]' "
    "(pipeline/training/README.md; for GPUs, too), and name its interpreter with --python"
)
NEEDED = ("verl", "transfer_queue", "ray", "torch", "cachetools", "fastapi", "orjson", "pipeline")
CHECK = """
import importlib.metadata as m, importlib.util as u, json, sys
missing = [name for name in sys.argv[1:] if u.find_spec(name) is None]
print(json.dumps([missing, "" if "verl" in missing else m.version("verl")]))
"""
CHECK_SECONDS = 120
CPU = {
    "VERL_USE_EXTERNAL_MODULES": "pipeline.training.cpu",
    "VERL_PLATFORM": "cpu",
    # The engine that is registered for CUDA asks the platform for everything of a device.
    "VERL_ENGINE_DEVICE": "cuda",
    # As many processes as cores compute at a time.
    "OMP_NUM_THREADS": "1",
    # Blocks that are freed and taken again at every step stay with the process.
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
}
QUIET = {
    # One warning a message about cores that a small machine does not have.
    "TQ_LOGGING_LEVEL": "ERROR",
    "TOKENIZERS_PARALLELISM": "false",
    "RAY_USAGE_STATS_ENABLED": "0",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "HYDRA_FULL_ERROR": "1",
}


def check_python(python: str, environment: Mapping[str, str], preset: Preset) -> None:
    """See that all that a preset needs is installed, without importing it.

    Raises:
        MachineError: Something is not, or the interpreter does not run.
    """
    wanted = NEEDED if preset.gpus == 0 else (*NEEDED, preset.rollout)
    try:
        done = subprocess.run(
            [python, "-c", CHECK, *wanted],
            env=dict(environment), capture_output=True, text=True, timeout=CHECK_SECONDS,
            check=False,
        )  # fmt: skip
        missing, version = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError) as error:
        raise MachineError(f"{python} does not run ({error}); {HOW}") from error
    if missing:
        names = ", ".join(missing)
        raise MachineError(f"the environment of {python} has no {names}; {HOW}")
    if version != VERSION:
        raise MachineError(f"{python} has verl {version}, and {VERSION} is needed; {HOW}")


def environment_of(preset: Preset, run_file: Path, metrics: Path) -> dict[str, str]:
    """Variables of a run on top of ours; all of verl's processes get them.

    Args:
        preset: What is trained.
        run_file: See `pipeline.training.run_file`.
        metrics: Where verl writes one line of JSON a step.
    """
    return dict(os.environ) | own_variables(preset, run_file, metrics)


def own_variables(preset: Preset, run_file: Path, metrics: Path) -> dict[str, str]:
    """What a run adds to the variables of whoever starts it."""
    values = QUIET | (CPU if preset.gpus == 0 else {})
    if Path(preset.model).is_dir():
        values |= {"HF_HUB_OFFLINE": "1"}
    values |= {VARIABLE: str(run_file), "VERL_FILE_LOGGER_PATH": str(metrics)}
    root = Path(pipeline.__file__).resolve().parents[1]
    # Not where other packages are, too: those of one environment are not for another's interpreter.
    if root.name not in ("site-packages", "dist-packages"):
        path = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
        values["PYTHONPATH"] = os.pathsep.join(path)
    return values
