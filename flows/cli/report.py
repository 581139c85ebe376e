"""`xrouter report`: draw the pages from a store."""

import json
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.sql import DEFAULT_STORE


def report(
    store: Annotated[Path, typer.Option(help="The DuckDB store, or its snapshot.")] = DEFAULT_STORE,
    out: Annotated[
        Path | None,
        typer.Option(help="HTML file to write; by default report.html beside the store."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Write reports: self-contained pages of HTML that need no network.

    One of the build that was loaded last; beside it, where there is any, `NAME-routing.html` with
    what decisions cost, `NAME-evaluation.html` with what policies reached on suites and
    `NAME-training.html` with the learning curves of training runs.
    """
    from flows.pages import write_pages

    pages = write_pages(store, out or store.parent / "report.html")
    if as_json:
        typer.echo(json.dumps({name: path and str(path) for name, path in pages.items()}))
    else:
        for path in filter(None, pages.values()):
            typer.echo(str(path))
