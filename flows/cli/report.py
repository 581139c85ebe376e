"""`xrouter report`: draw the page again from a store."""

import json
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.sql import DEFAULT_STORE


def report(
    store: Annotated[Path, typer.Option(help="The DuckDB store.")] = DEFAULT_STORE,
    out: Annotated[
        Path | None, typer.Option(help="HTML file to write; by default beside the store.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Write the one-page report: self-contained HTML that needs no network."""
    from warehouse.report import write_report

    page = write_report(store, out or store.parent / "report.html")
    typer.echo(json.dumps({"report": str(page)}) if as_json else str(page))
