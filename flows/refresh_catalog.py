"""The price history as a Prefect flow: price lists are read, what changed is kept and loaded.

Each list is a task of its own, so that one that does not answer keeps no other out.
"""

from pathlib import Path
from typing import Any

from prefect import State, flow, get_run_logger, task
from prefect.artifacts import create_table_artifact

from pipeline.catalog.history.fetch import BUNDLED
from pipeline.catalog.history.files import FOLDER, history_files
from pipeline.catalog.history.refresh import RefreshReport, Sources, refresh
from pipeline.errors import BusyError, MachineError
from pipeline.layout import Layout
from pipeline.settings import Settings
from warehouse.errors import StoreError
from warehouse.prices import PriceReport, load_prices


def may_pass(task: Any, run: Any, state: State[Any]) -> bool:
    """Whether trying again may help: an address that is silent may answer later."""
    return isinstance(state.result(raise_on_failure=False), MachineError | BusyError)


@task(
    name="refresh",
    task_run_name="refresh {what}",
    retries=3,
    retry_delay_seconds=60,
    retry_condition_fn=may_pass,
    persist_result=False,
)
def read_lists(what: str, folder: Path, sources: Sources) -> RefreshReport:
    """Read price lists and add what changed to the history."""
    report = refresh(folder, sources)
    get_run_logger().info("%s: %s", ", ".join(report.read), report.counts or "nothing new")
    return report


@task(name="prices", retries=2, retry_delay_seconds=20, persist_result=False)
def load_history(store: Path, folder: Path) -> PriceReport | None:
    """Load the history; None where nothing was ever read."""
    if not history_files(folder):
        return None
    report = load_prices(store, folder)
    get_run_logger().info("%s", report)
    return report


def publish_decisions(reports: list[RefreshReport]) -> None:
    """Show every move, and whatever was quarantined, in Prefect's own pages."""
    rows = [
        {
            "when": event.draft.effective_at.isoformat(),
            "model": event.draft.model,
            "event": event.kind,
            "decision": event.status,
            "reason": event.reason,
        }
        for report in reports
        for event in report.events
        if event.kind in ("changed", "relisted") or event.status == "quarantined"
    ]
    create_table_artifact(table=rows, key="prices", description="What the gate says of prices")


@flow(name="refresh-catalog", persist_result=False)
def refresh_catalog(
    settings: dict[str, Any] | None = None,
    litellm: str | None = BUNDLED,
    openrouter: str | None = None,
    events: tuple[str, ...] = (),
) -> list[RefreshReport]:
    """Bring the price history up to date, and the store with it.

    Args:
        settings: Values of `pipeline.settings.Settings`; the history is `prices` in its `out`.
        litellm: LiteLLM's price map: `bundled`, a file or an address; None: not read.
        openrouter: OpenRouter's list of models: a file or an address.
        events: CSV files of events to read as well.

    Raises:
        MachineError, InputError: A list could not be read; all others were.
        StoreError: A file of the history could not be loaded; all others were.
    """
    root = Settings(**(settings or {})).out
    # Events lie before what lists say now.
    wanted = {
        "events": Sources(events=tuple(Path(path) for path in events)),
        "litellm": Sources(litellm=litellm),
        "openrouter": Sources(openrouter=openrouter),
    }
    states = [
        read_lists(what, root / FOLDER, sources, return_state=True)
        for what, sources in wanted.items()
        if any(sources)
    ]
    publish_decisions([state.result() for state in states if state.is_completed()])
    loaded = load_history(Layout(root).store, root / FOLDER)
    if loaded is not None and loaded.refused:
        first = loaded.refused[0]
        raise StoreError(
            f"{len(loaded.refused)} files of the price history were not loaded, the first is "
            f"{first.path.name}: {first.reason}"
        )
    return [state.result() for state in states]
