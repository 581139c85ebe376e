"""The main job as a Prefect flow: every step a task, the composition as an artifact.

GPU work never runs in this process; the engines reach it over HTTP.
"""

from collections.abc import Callable
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.main_job import BuildResult
from flows.main_job import build as run_build
from flows.push_job import push_build
from pipeline.accounting import Silent, StageReport
from pipeline.remote import Pushed
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


@task(name="push", retries=3, retry_delay_seconds=60, persist_result=False)
def push_away(settings: Settings, address: str) -> Pushed:
    """Copy the build to object storage; a retry sends what is missing."""
    return push_build(settings, address)


@flow(name="build-dataset", persist_result=False)
def build_dataset(settings: dict[str, Any] | None = None, push: str | None = None) -> BuildResult:
    """Build the training set, the store and the report.

    Args:
        settings: Values of `pipeline.settings.Settings`; what is left out comes from `XROUTER_*`
            variables or the defaults.
        push: Prefix in object storage to copy the build to, such as `s3://bucket/prefix`.

    Returns:
        The files, the manifest and a report per stage.
    """
    chosen = Settings(**(settings or {}))
    result = run_build(chosen, Silent(), as_task)
    publish_artifacts(result)
    if push:
        push_away(chosen, push)
    return result
