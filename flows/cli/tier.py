"""`xrouter tier`: how hard each problem is, or what finding out would take."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flows.tiering_job import TierResult
    from pipeline.settings import Settings
    from pipeline.tiering.measured.forecast import Forecast

Specs = list[str] | None
# Nobody need change anything, unlike with 1 to 5: the same command again settles more.
UNSETTLED = 6


def tier(
    problems: Annotated[
        Specs,
        typer.Option(help="`sample`, a Reasoning360 parquet file or directory, or `hub:ORG/NAME`."),
    ] = None,
    reference: Annotated[
        Specs,
        typer.Option(
            help="`vllm[:MODEL]`, `endpoint:URL[,URL]?model=MODEL`, `litellm:MODEL`, or one that "
            "`xrouter build` takes; first one wins."
        ),
    ] = None,
    stop: Annotated[
        str | None, typer.Option(help="When to stop: fixed, curtail, dp or dp-accurate.")
    ] = None,
    samples: Annotated[int | None, typer.Option(help="Samples per problem at most.")] = None,
    in_flight: Annotated[int | None, typer.Option(help="Requests at one replica at once.")] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what it would take, and sample nothing.")
    ] = False,
    pilot: Annotated[
        bool, typer.Option("--pilot", help="With --plan: sample the pilot first.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Directory to build in.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice.")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes.")] = None,
    executor: Annotated[
        str | None, typer.Option(help="Where shards run: local, or ray on a running cluster.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as a TOML file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Place problems in tiers by the answers of a reference model.

    Every sample is kept in a ledger: kill the run and start it again, and nothing is paid twice.
    Ends with code 6 where problems stay unsettled.
    """
    from flows.cli.build import load_settings

    settings = load_settings(
        config,
        {
            "sources.problems": problems,
            "tiering.references": reference,
            "tiering.measure.stop": stop,
            "tiering.measure.samples": samples,
            "tiering.measure.in_flight": in_flight,
            "out": out,
            "seed": seed,
            "workers": workers,
            "executor": executor,
        },
    )
    if plan:
        _show_plan(_plan(settings, pilot, as_json), as_json)
    else:
        result = _run(settings, as_json)
        _show(result, as_json)
        if not result.stages[-1].complete:
            raise typer.Exit(UNSETTLED)


def _run(settings: "Settings", as_json: bool) -> "TierResult":
    from rich.console import Console

    from flows.cli.progress import Bars
    from flows.tiering_job import tier as run_tier

    with Bars(Console(stderr=True, quiet=as_json)) as bars:
        return run_tier(settings, bars)


def _plan(settings: "Settings", pilot: bool, as_json: bool) -> "list[Forecast]":
    from rich.console import Console

    from flows.cli.progress import Bars
    from flows.tiering_job import plan as run_plan

    with Bars(Console(stderr=True, quiet=as_json)) as bars:
        return run_plan(settings, bars, pilot)


def _show(result: "TierResult", as_json: bool) -> None:
    if as_json:
        document = {
            "out": str(result.layout.root),
            "complete": result.stages[-1].complete,
            "tiers": [row._asdict() for row in result.tiers],
            "stages": [stage.model_dump(mode="json") for stage in result.stages],
        }
        typer.echo(json.dumps(document))
        return
    from rich.console import Console
    from rich.table import Table

    from flows.cli.summary import stage_table

    console = Console()
    console.print(stage_table(result.stages))
    table = Table(title="Tiers", title_justify="left")
    for name in ("tier", "problems", "settled", "samples each", "cut off"):
        table.add_column(name, justify="left" if name == "tier" else "right")
    for row in result.tiers:
        cut = "-" if row.truncated is None else f"{row.truncated:.1%}"
        cells = (f"{row.problems:,}", f"{row.settled:,}", f"{row.samples:.2f}", cut)
        table.add_row(row.tier, *cells)
    console.print(table)
    for name, value in result.stages[-1].notes.items():
        if name.startswith("accuracy of"):
            console.print(f"{name}: {value}", highlight=False)
    if not result.stages[-1].complete:
        console.print("[yellow]Unsettled[/yellow] problems remain: run the same command again")


def _show_plan(forecasts: "list[Forecast]", as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"forecasts": [_as_json(forecast) for forecast in forecasts]}))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for forecast in forecasts:
        title = f"{forecast.model}: {forecast.problems:,} problems"
        table = Table(title=title, title_justify="left")
        names = ("mode", "samples", "million tokens", "GPU hours", "USD", "differing", "wrong tier")
        for name in names:
            table.add_column(name, justify="left" if name == "mode" else "right")
        for mode in forecast.modes:
            table.add_row(
                mode.mode,
                f"{mode.samples:,.0f}",
                f"{mode.tokens / 1e6:,.1f}",
                _number(mode.gpu_hours),
                _number(mode.usd),
                "-" if mode.differing != mode.differing else f"{mode.differing:.2%}",
                f"{mode.wrong:.2%}",
            )
        console.print(table)
        for line in forecast.basis:
            console.print(line, highlight=False, soft_wrap=True)
        console.print(f"{forecast.in_ledger:,} samples are in the ledger already", highlight=False)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}"


def _as_json(forecast: "Forecast") -> dict[str, Any]:
    document = forecast._asdict()
    document["modes"] = [
        {k: None if v != v else v for k, v in mode._asdict().items()} for mode in forecast.modes
    ]
    return document
