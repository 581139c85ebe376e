"""The table at the end of a build."""

from rich.console import Console
from rich.table import Table

from flows.main_job import BuildResult
from pipeline.accounting import StageReport


def _rejected(stage: StageReport) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in stage.rejected.items()) or "-"


def stage_table(stages: list[StageReport]) -> Table:
    """A row per stage."""
    table = Table(title="Stages", title_justify="left")
    for name in ("stage", "rows in", "rows out", "rejected", "seconds"):
        table.add_column(name, justify="right" if name in ("rows in", "rows out") else "left")
    for stage in stages:
        seconds = "reused" if stage.reused else f"{stage.seconds:.1f}"
        rows = (f"{stage.rows_in:,}", f"{stage.rows_out:,}")
        table.add_row(stage.stage, *rows, _rejected(stage), seconds)
    return table


def print_summary(result: BuildResult) -> None:
    """Print stages, counts and paths."""
    console = Console()
    console.print(stage_table(result.stages))
    counts = Table(title="Rows", title_justify="left")
    counts.add_column("table")
    counts.add_column("rows", justify="right")
    for name, rows in result.manifest.counts.items():
        counts.add_row(name, f"{rows:,}")
    console.print(counts)
    layout = result.layout
    if result.manifest.simulated:
        names = ", ".join(result.manifest.simulated)
        console.print(f"[yellow]Simulated[/yellow], not measured: {names}", highlight=False)
    for label, path in (
        ("examples", layout.root / "examples"),
        ("store", layout.store),
        ("report", layout.report),
    ):
        console.print(f"{label:<9} {path}", highlight=False, soft_wrap=True)
    console.print(f"content   {result.manifest.content_hash}", highlight=False, soft_wrap=True)
