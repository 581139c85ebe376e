"""The tables of `xrouter decontaminate`."""

import polars as pl
from rich.console import Console
from rich.table import Table

from flows.cli.summary import stage_table
from flows.decontaminate_job import DecontaminateResult


def print_findings(result: DecontaminateResult, shown: int) -> None:
    """Print counts per suite, suites that were not checked, and the first findings."""
    console = Console()
    console.print(stage_table(result.stages))
    if result.summary:
        _suites(console, result)
        _table(console, "Findings", result.contamination, shown)
    if result.study is not None:
        _table(console, "Problems flagged by threshold", result.study, result.study.height)
    if result.duplicates is not None:
        _table(console, "Duplicates inside", result.duplicates, shown)
    console.print(f"findings  {result.layout.root}", highlight=False, soft_wrap=True)


def _suites(console: Console, result: DecontaminateResult) -> None:
    table = Table(title="Suites", title_justify="left")
    for name in ("suite", "items", "items found", "problems flagged"):
        table.add_column(name, justify="left" if name == "suite" else "right")
    for name, counts in result.summary["suites"].items():
        cells = (counts["items"], counts["found"], counts["flagged"])
        table.add_row(name, *(f"{cell:,}" for cell in cells))
    console.print(table)
    for name, reason in result.summary["missing"].items():
        console.print(f"[yellow]not checked[/yellow] {name}: {reason}", highlight=False)


def _table(console: Console, title: str, frame: pl.DataFrame, shown: int) -> None:
    if frame.is_empty():
        console.print(f"{title}: none")
        return
    table = Table(title=title, title_justify="left")
    for name in frame.columns:
        table.add_column(name, justify="right" if frame[name].dtype.is_numeric() else "left")
    for row in frame.head(shown).iter_rows():
        table.add_row(*(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row))
    console.print(table)
    if frame.height > shown:
        console.print(f"and {frame.height - shown:,} more in the files", highlight=False)
