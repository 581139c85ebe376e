"""What `prefect.yaml` says: flows that exist, parameters that they take, triggers that can fire."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("prefect", reason="needs the extra `flows`")
FLOWS = Path(__file__).parents[2] / "flows"
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((FLOWS / "prefect.yaml").read_text())[
    "deployments"
]
NAMES = {deployment["name"] for deployment in DEPLOYMENTS}


def flow_of(deployment: dict[str, Any]) -> Any:
    module, _, name = deployment["entrypoint"].rpartition(".")
    return getattr(import_module(module), name)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: each["name"])
def test_a_deployment_names_a_flow_and_parameters_that_it_takes(deployment: dict[str, Any]) -> None:
    from flows.collect_job import CollectPlan
    from flows.evaluate_job import EvaluatePlan
    from flows.publish_job import PublishPlan
    from pipeline.settings import Settings

    given = flow_of(deployment).validate_parameters(deployment["parameters"])
    Settings(**given["settings"])
    plans = {"outcomes": CollectPlan, "evaluation": EvaluatePlan, "publication": PublishPlan}
    assert ("plan" in given) == (deployment["name"] in plans)
    if "plan" in given:
        plans[deployment["name"]](**given["plan"])


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda each: each["name"])
def test_schedules_and_triggers_are_such(deployment: dict[str, Any]) -> None:
    from prefect.cli.deploy._triggers import _initialize_deployment_triggers
    from prefect.client.schemas.schedules import CronSchedule

    for schedule in deployment["schedules"]:
        CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
    asked = [dict(trigger) for trigger in deployment.get("triggers", ())]
    for trigger in _initialize_deployment_triggers(deployment["name"], asked):
        related = dict(trigger.match_related.root)
        assert related.get("prefect.resource.name", "build") in NAMES
    assert deployment["schedules"] or deployment.get("triggers") or deployment["name"] == "training"


def test_what_costs_or_leaves_the_machine_waits_for_somebody() -> None:
    by_name = {deployment["name"]: deployment for deployment in DEPLOYMENTS}
    for name in ("training", "publication"):
        assert by_name[name]["parameters"]["approval"] is True
    assert by_name["outcomes"]["schedules"][0]["active"] is False
    assert by_name["outcomes"]["parameters"]["plan"]["budget_usd"] > 0
    assert by_name["evaluation"]["parameters"]["plan"]["budget_usd"] > 0


def test_every_flow_is_deployed() -> None:
    from prefect import Flow

    deployed = {flow_of(deployment).name for deployment in DEPLOYMENTS}
    modules = [import_module(f"flows.{path.stem}") for path in sorted(FLOWS.glob("*.py"))]
    own = {
        value.name
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Flow)
    }
    assert own == deployed
