"""Rows of one shape as a table for people."""

from typing import Any

from rich.console import Console
from rich.table import Table


def print_rows(title: str, rows: list[dict[str, Any]]) -> None:
    """Print rows as a table, numbers to four digits."""
    table = Table(title=title, title_justify="left")
    for name, value in rows[0].items() if rows else ():
        text = isinstance(value, str)
        table.add_column(name.replace("_", " "), justify="left" if text else "right", no_wrap=text)
    for row in rows:
        table.add_row(*map(_cell, row.values()))
    Console().print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}" if value < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
