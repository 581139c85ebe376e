"""Publishing as a Prefect flow: what would leave the machine is made, and a person asked first.

The answer holds for the content that was asked about: where a build has changed it in the
meantime, the run asks again.
"""

from typing import Any

from prefect import State, flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.states import Completed

from flows.approval import declined
from flows.publish_job import PublishPlan, PublishResult, publish
from pipeline.accounting import Silent
from pipeline.settings import Settings


@task(task_run_name="{what}", persist_result=False)
def run_publishing(what: str, plan: PublishPlan, settings: Settings) -> PublishResult:
    """Make the repository, look it through, and send it, unless the plan says otherwise."""
    result = publish(plan, settings, Silent())
    get_run_logger().info("%s", result)
    return result


def question(plan: PublishPlan, settings: Settings, forecast: PublishResult) -> str:
    """What a person reads before they say yes."""
    where = f"the Hub as `{plan.repo}`" if plan.repo else f"`{plan.to}`"
    facts = [f"- {name.replace('_', ' ')}: `{value}`" for name, value in forecast._asdict().items()]
    return "\n".join([f"Publish `{settings.out}` to {where}?", "", *facts])


@flow(name="publish-dataset", persist_result=False)
def publish_dataset(
    plan: dict[str, Any], settings: dict[str, Any] | None = None, approval: bool = True
) -> PublishResult | State[Any]:
    """Publish a build to the Hub, or to a directory.

    Args:
        plan: Values of `flows.publish_job.PublishPlan`.
        settings: Values of `pipeline.settings.Settings`; `out` is the build.
        approval: Wait for a person's word before anything is sent; needs a deployment.
    """
    wanted, chosen = PublishPlan(**plan), Settings(**(settings or {}))
    forecast = run_publishing("rehearsal", wanted.model_copy(update={"dry_run": True}), chosen)
    if not forecast.changed:
        return Completed(name="Unchanged", message=f"{forecast.content_hash} is there already")
    text = question(wanted, chosen, forecast)
    create_markdown_artifact(key="publication", markdown=text, description="What is to be sent")
    if approval and (no := declined(f"publication-{forecast.content_hash[:16]}", text)):
        return no
    return run_publishing("publication", wanted, chosen)
