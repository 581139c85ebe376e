"""Training as a Prefect flow: verl is a program of its own environment, checkpoints are the record.

A retried or repeated run goes on from the newest checkpoint, and counts no episode twice.
"""

import time
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact

from pipeline.settings import Settings
from pipeline.training.launch import TrainResult, train

SAY_SECONDS = 30.0
SHOWN = ("score", "earned", "correct", "normalized_cost", "calls", "mode_direct", "mode_failed")


class Told:
    """Progress as lines of the flow's log, now and then; see `pipeline.accounting.Progress`."""

    def __init__(self) -> None:
        self._logger = get_run_logger()
        self._label, self._done, self._total = "", 0, 0
        self._said = time.monotonic()

    def start(self, label: str, total: int) -> None:
        """Begin something."""
        self._label, self._done, self._total = label, 0, total
        self._logger.info("%s: %d steps", label, total)

    def advance(self, steps: int = 1) -> None:
        """It goes on."""
        self._done += steps

    def say(self, text: str) -> None:
        """Say how it goes."""
        if text and time.monotonic() - self._said > SAY_SECONDS:
            self._said = time.monotonic()
            self._logger.info("%s %d/%d: %s", self._label, self._done, self._total, text)


@task(task_run_name="verl", retries=2, retry_delay_seconds=60)
def run_training(settings: Settings) -> TrainResult:
    """Train to the last step, from wherever an earlier try came to."""
    return train(settings, Told(), resume=True)


def publish_validation(result: TrainResult) -> None:
    """Show how validation went."""
    rows: list[dict[str, Any]] = [
        {"step": step.step} | {fact: step.validation(fact) for fact in SHOWN}
        for step in result.steps
        if step.validation(SHOWN[0]) is not None
    ]
    if rows:
        key = f"training-{result.folder.name}".lower().replace("_", "-").replace(".", "-")
        create_table_artifact(table=rows, key=key, description=f"Validation of {result.run_id}")


@flow(name="train-router", persist_result=False)
def train_router(settings: dict[str, Any] | None = None) -> TrainResult:
    """Train a router, or go on training it.

    Args:
        settings: Values of `pipeline.settings.Settings`; what is left out comes from `XROUTER_*`
            variables or the defaults.
    """
    result = run_training.with_options(persist_result=False)(Settings(**(settings or {})))
    publish_validation(result)
    return result
