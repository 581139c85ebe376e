"""`--flow` of commands: their flows, against the configured Prefect server or a temporary one."""

import os
from importlib.util import find_spec

from flows.main_job import BuildResult
from pipeline.errors import MachineError
from pipeline.settings import Settings
from pipeline.training.launch import TrainResult

# Prefect's own limit of 20 s is too short for a cold start on a small machine.
START_SECONDS = "120"


def run_as_flow(settings: Settings) -> BuildResult:
    """Run the main job as a Prefect flow.

    Raises:
        MachineError: Prefect is not installed.
    """
    _prepare()
    from flows.build_dataset import build_dataset

    result: BuildResult = build_dataset(settings.model_dump(mode="json"))
    return result


def run_training_as_flow(settings: Settings) -> TrainResult:
    """Run training as a Prefect flow; it always goes on where there is something to go on with.

    Raises:
        MachineError: Prefect is not installed.
    """
    _prepare()
    from flows.train_router import train_router

    # Who types a command needs no second word.
    result = train_router(settings.model_dump(mode="json"), approval=False)
    assert isinstance(result, TrainResult)
    return result


def _prepare() -> None:
    if find_spec("prefect") is None:
        raise MachineError("prefect is not installed; get it with: pip install 'xrouter[flows]'")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", START_SECONDS)
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
