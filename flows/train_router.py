"""Training as a Prefect flow: verl is a program of its own environment, checkpoints are the record.

A retried or repeated run goes on from the newest checkpoint, and counts no episode twice.
"""

import time
from typing import Any

from prefect import State, flow, get_run_logger, task
from prefect.artifacts import create_table_artifact

from flows.approval import declined
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


def question(settings: Settings) -> str:
    """What a person is asked before GPU hours, and perhaps money, are spent."""
    training = settings.training
    spend = "nothing" if training.spend_usd is None else f"at most {training.spend_usd:,.2f} USD"
    return "\n".join(
        [
            f"Train preset `{training.preset}` at cost weight {settings.reward.cost_weight:g}?",
            "",
            f"- examples: `{training.examples or settings.out}`",
            f"- pool: `{settings.router.pool}`, calls may cost {spend}",
            f"- values in other places than the preset: `{training.values or 'none'}`",
        ]
    )


@flow(name="train-router", persist_result=False)
def train_router(
    settings: dict[str, Any] | None = None, approval: bool = False
) -> TrainResult | State[Any]:
    """Train a router, or go on training it.

    Args:
        settings: Values of `pipeline.settings.Settings`; what is left out comes from `XROUTER_*`
            variables or the defaults.
        approval: Wait for a person's word first; needs a deployment.
    """
    chosen = Settings(**(settings or {}))
    if approval and (no := declined("training", question(chosen))):
        return no
    result = run_training.with_options(persist_result=False)(chosen)
    publish_validation(result)
    return result
