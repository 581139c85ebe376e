"""Evaluation as a Prefect flow: one task, for the ledger is the record, not Prefect's.

A retried or repeated run goes on where an earlier one ended, and pays for nothing twice.
"""

from typing import Any

from prefect import flow, task

from flows.evaluate_job import EvaluatePlan, EvaluateResult, evaluate
from pipeline.accounting import Silent
from pipeline.settings import Settings


@task(name="evaluate", retries=2, retry_delay_seconds=60, persist_result=False)
def play(plan: dict[str, Any], settings: dict[str, Any]) -> EvaluateResult:
    """Play the suites, and write down what came of it."""
    return evaluate(EvaluatePlan(**plan), Settings(**settings), Silent())


@flow(name="evaluate-router", persist_result=False)
def evaluate_router(plan: dict[str, Any], settings: dict[str, Any] | None = None) -> EvaluateResult:
    """Play evaluation suites with policies over a pool of models.

    Args:
        plan: Values of `flows.evaluate_job.EvaluatePlan`.
        settings: Values of `pipeline.settings.Settings`; what is left out comes from `XROUTER_*`
            variables or the defaults.
    """
    return play(plan, settings or {})
