"""`xrouter sql`: ask the store."""

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
    store: Annotated[Path, typer.Option(help="The DuckDB store.")] = DEFAULT_STORE,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV on stdout.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Run one read-only query against the store."""
    from warehouse.store import query

    frame = query(store, _statement(statement, file))
    if as_json:
        typer.echo(_document(frame))
    elif as_csv:
        typer.echo(frame.write_csv(), nl=False)
    else:
        _print(frame)


def _statement(statement: str | None, file: Path | None) -> str:
    from pipeline.errors import InputError, SettingsError

    if (statement is None) == (file is None):
        raise SettingsError("sql: give one query, either as an argument or with --file")
    if file is None:
        return str(statement)
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{file}: no such file") from error


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
