"""What must be there after a step: in the API, in the store, on disk.

Each raises IntegrityError where it is not.
"""

from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient

from pipeline.errors import IntegrityError
from pipeline.layout import Layout
from warehouse.store import query

PAGES = ("report.html", "report-routing.html")
ARTIFACTS = {"composition", "build", "ledger", "page-report", "page-routing", "routing"}
ROW_COUNTS = """
    SELECT (SELECT count(*) FROM examples) AS examples, (SELECT count(*) FROM builds) AS builds"""


def _must(true: bool, what: str) -> None:
    if not true:
        raise IntegrityError(f"smoke: {what}")


def deployed(client: SyncPrefectClient, declared: list[dict[str, Any]]) -> str:
    """Every deployment is there with its schedules and triggers; schedules are then paused.

    Nothing may start by the clock between the steps of a smoke run.
    """
    there = {deployment.name: deployment for deployment in client.read_deployments()}
    for wanted in declared:
        name = wanted["name"]
        _must(name in there, f"{name} is not deployed")
        found = there[name]
        crons = [getattr(each.schedule, "cron", None) for each in found.schedules]
        asked = [schedule["cron"] for schedule in wanted["schedules"]]
        _must(crons == asked, f"{name} has schedules {crons}, not {asked}")
        owned = client.read_resource_related_automations(f"prefect.deployment.{found.id}")
        count = len(wanted.get("triggers", ()))
        _must(len(owned) == count, f"{name} has {len(owned)} triggers, not {count}")
        client.pause_deployment(found.id)
    return f"{len(declared)} deployments with their schedules and triggers"


def built(home: Path) -> str:
    """The dataset is in the store, and has a manifest."""
    layout = Layout(home / "xrouter-data")
    _must(layout.manifest.is_file(), f"no {layout.manifest}")
    counts = query(layout.store, ROW_COUNTS).row(0, named=True)
    _must(counts["examples"] > 0 and counts["builds"] == 1, f"the store holds {counts}")
    return f"{counts['examples']} examples in the store"


def loaded(home: Path) -> str:
    """The decision is in the store, once."""
    episodes = query(Layout(home / "xrouter-data").store, "SELECT count(*) FROM episodes").item()
    _must(episodes == 1, f"the store holds {episodes} episodes, not 1")
    return "the decision is in the store"


def pages(client: SyncPrefectClient, home: Path) -> str:
    """Pages and artifacts are there, and the pages are pages."""
    for name in PAGES:
        page = home / "xrouter-data" / name
        _must(page.is_file() and "</html>" in page.read_text(), f"no page {page}")
    keys = {artifact.key for artifact in client.read_artifacts()}
    _must(keys >= ARTIFACTS, f"artifacts {sorted(ARTIFACTS - keys)} are missing")
    return f"{', '.join(PAGES)} and {len(keys)} artifacts"


def published(home: Path) -> str:
    """The dataset repository is complete on disk."""
    root = home / "xrouter-hub"
    files = sorted(path for path in root.rglob("*") if path.is_file())
    _must((root / "README.md").is_file(), f"no card in {root}")
    _must(any(path.suffix == ".parquet" for path in files), f"no rows in {root}")
    return f"{len(files)} files in {root.name}"
