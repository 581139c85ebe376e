"""`xrouter load`: the ledger of servers and runs, outcome banks, or prices, into the store."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from warehouse.spoolfiles import Left

NOT_LOADED = 2
EVALUATION = "evaluation"


def load(
    spool: Annotated[
        Path | None, typer.Option(help="Folder of ledger files; by default DIR/spool.")
    ] = None,
    outcomes: Annotated[
        list[Path] | None,
        typer.Option(
            help="An outcome bank instead: its directory or outcomes.parquet; repeatable."
        ),
    ] = None,
    prices: Annotated[
        list[Path] | None,
        typer.Option(
            help="A price history instead: its folder, a file of it, or a CSV file of events, "
            "which goes into DIR/prices first; repeatable."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The store is DIR/warehouse.duckdb. [xrouter-data]")
    ] = None,
    keep_days: Annotated[
        float, typer.Option(min=0, help="Loaded files stay in the spool's `loaded` so long.")
    ] = 7.0,
    snapshot: Annotated[
        bool,
        typer.Option(
            "--snapshot", help="Then copy the store to warehouse-read.duckdb, for readers."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Load finished ledger files, and runs of evaluations, into the store, each row once.

    Broken files go to the spool's `rejected` with their reason, and the command ends with code 2.
    """
    from flows.cli.build import load_settings
    from pipeline.layout import Layout

    root = load_settings(None, {"out": out}).out
    store = Layout(root).store
    parts = [_load_banks(store, outcomes)] if outcomes else []
    left: dict[str, list[Left]] = {}
    if prices:
        part, left["refused"] = _load_prices(store, [_history(root, path) for path in prices])
        parts.append(part)
    if spool is not None or not (outcomes or prices):
        part, found = _load_spool(store, spool or root / "spool", keep_days)
        parts.append(part)
        if (root / EVALUATION).is_dir():
            part, found["refused"] = _load_evaluations(store, root / EVALUATION, found["refused"])
            parts.append(part)
        left = {what: left.get(what, []) + files for what, files in found.items()}
    if snapshot:
        parts.append(_write_snapshot(store))
    _print(parts, as_json)
    for what, files in left.items():
        for path, reason in files:
            typer.echo(f"{what.replace('_', ' ')}: {path.name}: {reason}", err=True)
    if any(left.values()):
        raise typer.Exit(NOT_LOADED)


class _Part(NamedTuple):
    """What one step came to: for people a table, for machines a part of the document."""

    title: str
    rows: list[dict[str, Any]]
    document: dict[str, Any]


def _load_banks(store: Path, banks: list[Path]) -> _Part:
    from warehouse.outcomes import load_outcomes

    rows = [{"bank": str(bank)} | load_outcomes(store, bank)._asdict() for bank in banks]
    return _Part(f"Outcomes in {store}", rows, {"store": str(store), "banks": rows})


def _history(root: Path, source: Path) -> Path:
    """The history of prices itself; events are judged and put into it first."""
    if source.suffix.lower() != ".csv":
        return source
    from pipeline.catalog.history.files import FOLDER
    from pipeline.catalog.history.refresh import Sources, refresh

    refresh(root / FOLDER, Sources(events=(source,)))
    return root / FOLDER


def _load_prices(store: Path, sources: list[Path]) -> "tuple[_Part, list[Left]]":
    from warehouse.prices import load_prices

    rows, refused = [], []
    for source in dict.fromkeys(sources):
        report = load_prices(store, source)
        refused += report.refused
        rows.append({"prices": str(source)} | report._asdict() | {"refused": len(report.refused)})
    document = {"store": str(store), "prices": rows, "refused": _named(refused)}
    return _Part(f"Prices in {store}", rows, document), refused


def _load_spool(
    store: Path, spool: Path, keep_days: float
) -> "tuple[_Part, dict[str, list[Left]]]":
    from warehouse.spool import load_spool

    report = load_spool(store, spool, keep_days)
    counts = {k: v for k, v in report._asdict().items() if k not in ("set_aside", "refused")}
    left = {"set_aside": report.set_aside, "refused": report.refused}
    document = {"store": str(store)} | counts | {k: _named(v) for k, v in left.items()}
    return _Part(f"Ledger in {store}", [counts], document), left


def _load_evaluations(
    store: Path, folder: Path, refused: "list[Left]"
) -> "tuple[_Part, list[Left]]":
    """Runs of `xrouter evaluate`; what is refused adds to what was."""
    from warehouse.evaluations import load_evaluations

    report = load_evaluations(store, folder)
    row = report._asdict() | {"refused": len(report.refused)}
    refused = refused + report.refused
    document = {"store": str(store), "evaluations": row, "refused": _named(refused)}
    return _Part(f"Evaluations in {store}", [row], document), refused


def _write_snapshot(store: Path) -> _Part:
    from warehouse.snapshot import write_snapshot

    made = write_snapshot(store)
    row = made._asdict() | {"path": str(made.path)}
    return _Part(f"Snapshot of {store}", [row], {"snapshot": row})


def _named(left: "list[Left]") -> list[dict[str, str]]:
    return [{"file": file.path.name, "reason": file.reason} for file in left]


def _print(parts: list[_Part], as_json: bool) -> None:
    if as_json:
        merged: dict[str, Any] = {}
        for part in parts:
            merged |= part.document
        typer.echo(json.dumps(merged))
        return
    from flows.cli.rows import print_rows

    for part in parts:
        print_rows(part.title, part.rows)
