"""`xrouter catalog`: which models at which price, and whether the list agrees with LiteLLM's."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.refresh import refresh

if TYPE_CHECKING:
    from pipeline.catalog.check import CheckReport

app = typer.Typer(
    help="Show and check the base list of models; keep the history of prices.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Models = Annotated[Path | None, typer.Option(help="Your own models.toml.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
app.command("refresh")(refresh)


@app.command()
def show(models: Models = None, as_json: AsJson = False) -> None:
    """Show every model with its base price in USD per million tokens."""
    from pipeline.catalog.load import load_models

    base = load_models(models)
    rows = [
        {
            "model": model.model_id,
            "provider": model.provider,
            "tier": model.tier,
            "input": model.base.input,
            "cached input": model.base.cached_input,
            "output": model.base.output,
            "context": model.context_window,
            "offered": _offered(model),
            "price of": str(model.base.date),
        }
        for model in base.models
    ]
    if as_json:
        document = {"snapshot": base.snapshot._asdict(), "models": rows}
        typer.echo(json.dumps(document, default=str))
        return
    _print(f"{len(rows)} models, USD per million tokens, as of {base.snapshot.date}", rows)


def _offered(model: Any) -> str:
    if not model.enabled:
        return "newcomer, pool"
    return "validation, test" if model.held_out else "all splits"


@app.command()
def check(models: Models = None, as_json: AsJson = False) -> None:
    """Compare the list with LiteLLM's bundled map; fails on a suspected unit mistake."""
    from pipeline.catalog.check import check_models
    from pipeline.catalog.load import load_models

    report = check_models(load_models(models))
    rows: list[dict[str, Any]] = [finding._asdict() for finding in report.findings]
    if as_json:
        document = {
            "ok": report.ok,
            "litellm": report.map_version,
            "findings": rows,
            "moves": [move._asdict() for move in report.history.accepted],
            "refused_moves": [move._asdict() for move in report.history.refused],
            "retirements": report.retirements,
        }
        typer.echo(json.dumps(document, default=str))
    else:
        _print_check(report, rows)
    if not report.ok:
        raise typer.Exit(1)


def _print_check(report: "CheckReport", rows: list[dict[str, Any]]) -> None:
    """Equal fields are counted, all others shown."""
    shown = [row for row in rows if row["status"] != "equal"]
    _print(f"Fields that differ from LiteLLM {report.map_version}'s bundled map", shown)
    open_ = len(report.unexplained)
    typer.echo(
        f"{len(rows) - len(shown)} fields equal, {len(shown) - open_} differ for a stated reason, "
        f"{open_} unexplained; {len(report.history.accepted)} price moves in the history, "
        f"{len(report.history.refused)} refused as slips of units"
    )
    for model, day in report.retirements.items():
        typer.echo(f"the map retires {model} on {day}")


def _print(title: str, rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name in rows[0] if rows else ():
        number = isinstance(rows[0][name], int | float)
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*("-" if value is None else str(value) for value in row.values()))
    Console().print(table)
