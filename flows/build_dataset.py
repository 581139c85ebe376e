"""The main job as a Prefect flow: every step a task, the composition as an artifact.

GPU work never runs in this process; the engines reach it over HTTP.
"""

from collections.abc import Callable
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.main_job import BuildResult
from flows.main_job import build as run_build
from pipeline.accounting import Silent, StageReport
from pipeline.settings import Settings
from warehouse.store import query

COMPOSITION = "SELECT * FROM composition ORDER BY ALL"


@task(task_run_name="{name}")
def run_step(name: str, step: Callable[[], StageReport]) -> StageReport:
    """One stage. Finished stages are reused from their own records, so a retry repeats no work."""
    report = step()
    get_run_logger().info("%s", report.model_dump_json())
    return report


def as_task(name: str, step: Callable[[], StageReport]) -> StageReport:
    """Run a step as a task of the current flow run."""
    # The step closes over settings and paths that are not worth hashing: no task cache.
    report: StageReport = run_step.with_options(name=name, persist_result=False)(name, step)
    return report


def publish_artifacts(result: BuildResult) -> None:
    """Show what was built in Prefect's own pages."""
    rows: list[dict[str, Any]] = query(result.layout.store, COMPOSITION).to_dicts()
    create_table_artifact(table=rows, key="composition", description="Rows by source, tier, split")
    create_markdown_artifact(
        key="build",
        markdown=f"Content hash `{result.manifest.content_hash}`\n\nReport: {result.layout.report}",
    )


@flow(name="build-dataset", persist_result=False)
def build_dataset(settings: dict[str, Any] | None = None) -> BuildResult:
    """Build the training set, the store and the report.

    Args:
        settings: Values of `pipeline.settings.Settings`; what is left out comes from `XROUTER_*`
            variables or the defaults.

    Returns:
        The files, the manifest and a report per stage.
    """
    result = run_build(Settings(**(settings or {})), Silent(), as_task)
    publish_artifacts(result)
    return result
