"""`xrouter report`: draw the page again from a store."""

import json
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.sql import DEFAULT_STORE


def report(
    store: Annotated[Path, typer.Option(help="The DuckDB store.")] = DEFAULT_STORE,
    out: Annotated[
        Path | None,
        typer.Option(help="HTML file to write; by default report.html beside the store."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Write reports: self-contained pages of HTML that need no network.

    One of the build that was loaded last, and beside it `NAME-training.html` with the learning
    curves, where episodes of training were loaded.
    """
    from warehouse.report import write_report
    from warehouse.store import query
    from warehouse.training_report import write_training_report

    page = out or store.parent / "report.html"
    beside = page.with_name(f"{page.stem}-training{page.suffix}")
    builds, trained = query(
        store,
        "SELECT (SELECT count(*) FROM builds),"
        " (SELECT count(*) FROM episodes WHERE kind IN ('train', 'validate'))",
    ).rows()[0]
    # Where there is neither, the error says so.
    pages = {
        "report": write_report(store, page) if builds or not trained else None,
        "training": write_training_report(store, beside) if trained else None,
    }
    if as_json:
        typer.echo(json.dumps({name: path and str(path) for name, path in pages.items()}))
    else:
        for path in filter(None, pages.values()):
            typer.echo(str(path))
