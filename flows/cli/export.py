"""`xrouter export`: tables, marts and answers of the store as Parquet, CSV or Delta tables."""

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flows.cli.sql import DEFAULT_STORE

if TYPE_CHECKING:
    from warehouse.export.run import ExportReport


def export(
    to: Annotated[Path, typer.Option(help="A new directory, or one of an earlier export.")],
    form: Annotated[
        Literal["parquet", "csv", "delta"], typer.Option("--format", help="Files to write.")
    ] = "parquet",
    table: Annotated[
        list[str] | None,
        typer.Option(help="Table or mart; `tables` and `marts` are all of them; repeatable."),
    ] = None,
    query: Annotated[
        str | None, typer.Option(help="The answer to this SQL, as `query`, instead of tables.")
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="The answer to a cookbook query; repeatable.")
    ] = None,
    since: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Leave days before it as they are."),
    ] = None,
    sql: Annotated[
        Literal["spark"] | None, typer.Option(help="Write the marts for this engine, too.")
    ] = None,
    store: Annotated[Path, typer.Option(help="The DuckDB store.")] = DEFAULT_STORE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Write what the store holds for other engines; facts by day, and only days that changed.

    Run it again on the same directory to bring the export up to date.
    """
    from rich.console import Console

    from warehouse.export.run import export_store

    queries = ({"query": query} if query else {}) | _cookbook(name or [])
    names = table or ([] if queries else ["tables"])
    day = since.date() if since else None
    console = Console(stderr=True, quiet=as_json)
    with console.status("reading the store") as status:
        report = export_store(
            store,
            to,
            form,
            names,
            queries,
            day,
            sql,
            on_table=lambda done: status.update(f"{done.name}: {done.rows:,} rows"),
        )
    _print(to, form, report, as_json)


def _cookbook(names: list[str]) -> dict[str, str]:
    from warehouse.cookbook import find_query

    return {file.name: file.sql for file in map(find_query, names)}


def _print(to: Path, form: str, report: "ExportReport", as_json: bool) -> None:
    if as_json:
        tables = [table._asdict() for table in report.tables]
        document = {"to": str(to), "format": form} | report._asdict() | {"tables": tables}
        typer.echo(json.dumps(document))
        return
    from flows.cli.rows import print_rows

    print_rows(f"{form} in {to}", [table._asdict() for table in report.tables])
    for mart, reason in report.left_out.items():
        typer.echo(f"not in the SQL: {mart} ({reason})")
