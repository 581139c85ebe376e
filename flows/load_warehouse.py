"""Loading the ledger as a Prefect flow: a few tasks, for files are the record, not Prefect's."""

from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact

from pipeline.layout import Layout
from pipeline.settings import Settings
from warehouse.errors import StoreError
from warehouse.evaluations import load_evaluations
from warehouse.outcomes import load_outcomes
from warehouse.prices import load_prices
from warehouse.snapshot import Snapshot, write_snapshot
from warehouse.spool import SpoolReport, load_spool
from warehouse.spoolfiles import KEEP_DAYS

SPOOL, EVALUATION = "spool", "evaluation"


@task(name="spool", retries=2, retry_delay_seconds=20)
def load_ledger(store: Path, spool: Path, keep_days: float) -> SpoolReport | None:
    """Load what a spool holds; None where nothing was ever served."""
    if not spool.is_dir():
        get_run_logger().info("%s: no spool there yet", spool)
        return None
    report = load_spool(store, spool, keep_days)
    get_run_logger().info("%s", report)
    return report


@task(name="outcomes", task_run_name="outcomes {bank}")
def load_bank(store: Path, bank: Path) -> dict[str, Any]:
    """Load one outcome bank."""
    return {"what": f"outcomes of {bank}"} | load_outcomes(store, bank)._asdict()


@task(name="prices", task_run_name="prices {history}")
def load_history(store: Path, history: Path) -> dict[str, Any]:
    """Load one price history; a file that cannot be loaded fails it, all others are loaded."""
    report = load_prices(store, history)
    if report.refused:
        raise StoreError(
            f"not loaded: {'; '.join(f'{p.name}: {why}' for p, why in report.refused)}"
        )
    return {"what": f"prices of {history}"} | report._asdict()


@task(name="evaluations", retries=2, retry_delay_seconds=20)
def load_runs(store: Path, folder: Path) -> list[dict[str, Any]]:
    """Load what `xrouter evaluate` says of its runs; nothing where it was never run."""
    if not folder.is_dir():
        return []
    report = load_evaluations(store, folder)
    if report.refused:
        raise StoreError(
            f"not loaded: {'; '.join(f'{p.parent.name}: {why}' for p, why in report.refused)}"
        )
    return [{"what": f"evaluations of {folder}", "rows": report.runs}]


@task(name="snapshot", retries=2, retry_delay_seconds=20)
def copy_for_readers(store: Path) -> Snapshot | None:
    """Copy the store for readers; None where there is no store yet."""
    if not store.is_file():
        return None
    made = write_snapshot(store)
    get_run_logger().info("%s", made)
    return made


def publish_counts(report: SpoolReport | None, banks: list[dict[str, Any]]) -> None:
    """Show what was loaded, and what was not, in Prefect's own pages."""
    rows: list[dict[str, Any]] = []
    if report is not None:
        left = {"set_aside": len(report.set_aside), "refused": len(report.refused)}
        rows = [{"what": name, "count": count} for name, count in (report._asdict() | left).items()]
        rows += [
            {"what": f"{kind}: {path.name}", "count": 1, "reason": reason}
            for kind, files in (("set aside", report.set_aside), ("refused", report.refused))
            for path, reason in files
        ]
    rows += [{"what": bank["what"], "count": bank["rows"]} for bank in banks]
    create_table_artifact(table=rows, key="ledger", description="Loaded into the store")


@flow(name="load-warehouse", persist_result=False)
def load_warehouse(
    settings: dict[str, Any] | None = None,
    spool: str | None = None,
    outcomes: tuple[str, ...] = (),
    prices: tuple[str, ...] = (),
    keep_days: float = KEEP_DAYS,
    snapshot: bool = False,
) -> SpoolReport | None:
    """Load the ledger, runs of evaluations, and outcome banks, into the store.

    Args:
        settings: Values of `pipeline.settings.Settings`; `out` is the directory of the store.
        spool: Folder of ledger files; by default `spool` of that directory.
        outcomes: Outcome banks to load as well.
        prices: Price histories to load as well.
        keep_days: How long loaded files stay in the spool's `loaded`.
        snapshot: Then copy the store to `warehouse-read.duckdb`, which readers may have open.

    Raises:
        StoreError: A file could not be loaded; all others were.
    """
    root = Settings(**(settings or {})).out
    store = Layout(root).store
    tasks = load_ledger.with_options(persist_result=False)
    report = tasks(store, Path(spool) if spool else root / SPOOL, keep_days)
    load_one = load_bank.with_options(persist_result=False)
    banks = [load_one(store, Path(bank)) for bank in outcomes]
    banks += load_runs.with_options(persist_result=False)(store, root / EVALUATION)
    load_prices_of = load_history.with_options(persist_result=False)
    publish_counts(report, banks + [load_prices_of(store, Path(path)) for path in prices])
    if snapshot:
        copy_for_readers.with_options(persist_result=False)(store)
    if report is not None and (left := report.set_aside + report.refused):
        # So that whoever watches the flow hears of it: the rest is loaded.
        first = f"{left[0].path.name}: {left[0].reason}"
        raise StoreError(f"{len(left)} files of the ledger were not loaded, the first is {first}")
    return report
