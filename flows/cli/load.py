"""`xrouter load`: the ledger of a server or a run, or outcome banks, into the store."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from warehouse.spoolfiles import Left

NOT_LOADED = 2


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
    out: Annotated[
        Path | None, typer.Option(help="The store is DIR/warehouse.duckdb. [xrouter-data]")
    ] = None,
    keep_days: Annotated[
        float, typer.Option(min=0, help="Loaded files stay in the spool's `loaded` so long.")
    ] = 7.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Load finished ledger files into the store, each row once.

    Broken files go to the spool's `rejected` with their reason, and the command ends with code 2.
    """
    from flows.cli.build import load_settings
    from pipeline.layout import Layout

    root = load_settings(None, {"out": out}).out
    store = Layout(root).store
    if outcomes:
        _load_banks(store, outcomes, as_json)
    if spool is not None or not outcomes:
        _load_spool(store, spool or root / "spool", keep_days, as_json)


def _load_banks(store: Path, banks: list[Path], as_json: bool) -> None:
    from warehouse.outcomes import load_outcomes

    rows = []
    for bank in banks:
        report = load_outcomes(store, bank)
        rows.append({"bank": str(bank)} | report._asdict())
    _print(f"Outcomes in {store}", {"store": str(store), "banks": rows}, rows, as_json)


def _load_spool(store: Path, spool: Path, keep_days: float, as_json: bool) -> None:
    from warehouse.spool import load_spool

    report = load_spool(store, spool, keep_days)
    counts = {k: v for k, v in report._asdict().items() if k not in ("set_aside", "refused")}
    left = {"set_aside": report.set_aside, "refused": report.refused}
    document = {"store": str(store)} | counts | {k: _named(v) for k, v in left.items()}
    _print(f"Ledger in {store}", document, [counts], as_json)
    for what, files in left.items():
        for path, reason in files:
            typer.echo(f"{what.replace('_', ' ')}: {path.name}: {reason}", err=True)
    if any(left.values()):
        raise typer.Exit(NOT_LOADED)


def _named(left: "list[Left]") -> list[dict[str, str]]:
    return [{"file": file.path.name, "reason": file.reason} for file in left]


def _print(title: str, document: dict[str, Any], rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(document))
        return
    from flows.cli.rows import print_rows

    print_rows(title, rows)
