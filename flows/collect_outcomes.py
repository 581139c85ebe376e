"""The outcome bank as a Prefect flow: one task, for the ledger is the record, not Prefect's."""

from typing import Any

from prefect import flow, task

from flows.collect_job import CollectPlan, CollectResult, collect
from pipeline.accounting import Silent
from pipeline.settings import Settings


@task(name="collect", persist_result=False)
def ask_and_grade(plan: dict[str, Any], settings: dict[str, Any]) -> CollectResult:
    """Ask, grade and write the bank."""
    return collect(CollectPlan(**plan), Settings(**settings), Silent())


@flow(name="collect-outcomes", persist_result=False)
def collect_outcomes(plan: dict[str, Any], settings: dict[str, Any] | None = None) -> CollectResult:
    """Ask models of the pool what they have not been asked yet, within a budget.

    Args:
        plan: Values of `flows.collect_job.CollectPlan`.
        settings: Values of `pipeline.settings.Settings`; what is left out comes from `XROUTER_*`
            variables or the defaults.
    """
    return ask_and_grade(plan, settings or {})
