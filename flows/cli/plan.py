"""`xrouter build --dry-run`: what would be done, and for how many rows, without doing it."""

import json
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from pipeline.settings import Settings


def plan(settings: Settings) -> dict[str, Any]:
    """Rows per source, attempts to make and the names that decide the rest.

    Raises:
        XRouterError: A path, a reference or a law that the build itself would refuse.
    """
    from pipeline.catalog.laws import chosen_law
    from pipeline.catalog.load import load_models
    from pipeline.dataset.assemble import plan_dataset
    from pipeline.sources.collect import plan_sources
    from pipeline.tiering.stage import plan_tiering

    models = load_models(settings.catalog.models)
    law = chosen_law(settings.catalog)
    sources = plan_sources(settings)
    tiered = [rows or 0 for name, rows in sources.items() if name.startswith("problems:")]
    return {
        "out": str(settings.out),
        "seed": settings.seed,
        "sources": sources,
        "tiering": plan_tiering(settings, sum(tiered)),
        "catalog": {"law": law.name, "models": len(models.models)},
        "dataset": plan_dataset(settings, sources),
    }


def show_plan(settings: Settings, as_json: bool) -> None:
    """Print the plan."""
    planned = plan(settings)
    if as_json:
        typer.echo(json.dumps(planned, default=str))
        return
    table = Table(title=f"Would build in {planned['out']}", title_justify="left")
    for name in ("stage", "what", "rows"):
        table.add_column(name)
    for stage in ("sources", "tiering", "catalog", "dataset"):
        for what, rows in planned[stage].items():
            shown = f"{rows:,}" if isinstance(rows, int) else "unknown" if rows is None else rows
            table.add_row(stage, what, str(shown))
    Console().print(table)
