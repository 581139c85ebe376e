"""`xrouter sql`: ask the store, in your own words or with a query of the cookbook."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import polars as pl

DEFAULT_STORE = Path("xrouter-data/warehouse.duckdb")


def sql(
    statement: Annotated[str | None, typer.Argument(help="One SQL query.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="Read the query from a file; - is stdin.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Run a query of the cookbook.")] = None,
    show: Annotated[
        str | None, typer.Option(metavar="NAME", help="Print a query of the cookbook.")
    ] = None,
    as_list: Annotated[
        bool, typer.Option("--list", help="List the queries of the cookbook.")
    ] = False,
    store: Annotated[Path, typer.Option(help="The DuckDB store, or its snapshot.")] = DEFAULT_STORE,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV on stdout.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Run one read-only query against the store."""
    from pipeline.errors import SettingsError
    from warehouse.store import query

    asked = [statement, file, name, show, as_list or None]
    if sum(value is not None for value in asked) != 1:
        raise SettingsError(
            "sql: give one query, as an argument, with --file, or of the cookbook with --name; "
            "or --list or --show NAME"
        )
    if show is not None:
        _print_query(show, as_json)
    elif as_list:
        _answer(_listed(), as_csv, as_json)
    else:
        _answer(query(store, _statement(statement, file, name)), as_csv, as_json)


def _statement(statement: str | None, file: Path | None, name: str | None) -> str:
    from pipeline.errors import InputError
    from warehouse.cookbook import find_query

    if name is not None:
        return find_query(name).sql
    if file is None:
        return str(statement)
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{file}: no such file") from error


def _listed() -> "pl.DataFrame":
    """Name, what and grain of every query of the cookbook."""
    import polars as pl

    from warehouse.cookbook import cookbook

    return pl.DataFrame(
        [{"name": q.name, "what": q.header["what"], "grain": q.header["grain"]} for q in cookbook()]
    )


def _print_query(name: str, as_json: bool) -> None:
    from warehouse.cookbook import find_query

    found = find_query(name)
    if as_json:
        import json

        typer.echo(json.dumps({"name": found.name, **found.header, "sql": found.sql}))
    else:
        typer.echo(found.sql, nl=False)


def _answer(frame: "pl.DataFrame", as_csv: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(_document(frame))
    elif as_csv:
        typer.echo(frame.write_csv(), nl=False)
    else:
        _print(frame)


def _document(frame: "pl.DataFrame") -> str:
    import json

    rows = frame.to_dicts()
    return json.dumps({"columns": frame.columns, "rows": rows}, default=str, ensure_ascii=False)


def _print(frame: "pl.DataFrame") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*("" if value is None else str(value) for value in row))
    console = Console()
    console.print(table, markup=False)
    console.print(f"{frame.height:,} rows", highlight=False)
