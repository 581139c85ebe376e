"""`xrouter collect`: ask the models of the pool, and pay for every answer once."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flows.collect_job import CollectPlan, CollectResult, Forecast
    from pipeline.settings import Settings


def collect(
    models: Annotated[str, typer.Option(help="Model ids, with commas between them.")],
    budget_usd: Annotated[
        float, typer.Option(help="Most that this directory may cost, earlier runs included.")
    ],
    problems: Annotated[
        list[str] | None,
        typer.Option(help="What `xrouter build` takes, or the directory of a build."),
    ] = None,
    samples: Annotated[int, typer.Option(help="Answers of each model to each problem.")] = 1,
    out: Annotated[Path, typer.Option(help="Directory of the bank.")] = Path("xrouter-bank"),
    pool: Annotated[str, typer.Option(help="live, simulated, or endpoint:URL.")] = "live",
    temperature: Annotated[float | None, typer.Option(help="The model's own by default.")] = None,
    max_tokens: Annotated[int, typer.Option(help="Longest answer.")] = 8192,
    in_flight: Annotated[int, typer.Option(help="Calls at a time.")] = 32,
    call_seconds: Annotated[float, typer.Option(help="Of one call, retries included.")] = 600.0,
    limit: Annotated[int | None, typer.Option(help="Only the first problems, by id.")] = None,
    everyday: Annotated[bool, typer.Option("--everyday", help="Ask everyday ones too.")] = False,
    catalog: Annotated[Path | None, typer.Option(help="Your own models.toml.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it will cost.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings as a TOML file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Ask every chosen model every problem, grade the answers, and keep them as a bank.

    Kill it and start it again: nothing is paid twice. It stops before a call that could exceed the
    budget.
    """
    from flows.cli.build import load_settings

    values: dict[str, Any] = {
        "models": tuple(name.strip() for name in models.split(",") if name.strip()),
        "budget_usd": budget_usd,
        "samples": samples,
        "pool": pool,
        "temperature": temperature,
        "max_tokens": max_tokens,
        "in_flight": in_flight,
        "call_seconds": call_seconds,
        "limit": limit,
        "kinds": ("reasoning", "everyday") if everyday else ("reasoning",),
    }
    plan = _plan(values | ({"problems": tuple(problems)} if problems else {}))
    settings = load_settings(config, {"out": out, "catalog.models": catalog})
    if dry_run:
        _show_forecast(_forecast(plan, settings, as_json), plan, as_json)
    else:
        _show(_run(plan, settings, as_json), plan, as_json)


def _plan(values: dict[str, Any]) -> "CollectPlan":
    from pydantic import ValidationError

    from flows.collect_job import CollectPlan
    from pipeline.errors import SettingsError

    try:
        return CollectPlan(**values)
    except ValidationError as error:
        faults = "; ".join(
            f"--{'.'.join(map(str, e['loc'])).replace('_', '-')}: {e['msg']}, got {e['input']!r}"
            for e in error.errors()
        )
        raise SettingsError(faults) from error


def _run(plan: "CollectPlan", settings: "Settings", as_json: bool) -> "CollectResult":
    from rich.console import Console

    from flows.cli.progress import Bars
    from flows.collect_job import collect as run

    def announce(found: "Forecast") -> None:
        if not as_json:
            _show_forecast(found, plan, as_json)

    with Bars(Console(stderr=True, quiet=as_json)) as bars:
        return run(plan, settings, bars, announce)


def _forecast(plan: "CollectPlan", settings: "Settings", as_json: bool) -> "Forecast":
    from rich.console import Console

    from flows.cli.progress import Bars
    from flows.collect_job import forecast

    with Bars(Console(stderr=True, quiet=as_json)) as bars:
        return forecast(plan, settings, bars)


def _show_forecast(found: "Forecast", plan: "CollectPlan", as_json: bool) -> None:
    rows = [model._asdict() for model in found.models]
    if as_json:
        document = {"spent_usd": found.spent_usd, "budget_usd": plan.budget_usd, "models": rows}
        typer.echo(json.dumps(document))
        return
    from flows.cli.rows import print_rows

    shown = [{k: v for k, v in row.items() if k not in ("basis", "worst_usd")} for row in rows]
    print_rows("What asking will take", shown)
    for row in rows:
        typer.echo(f"{row['model_id']}: length of answers is {row['basis']}")
    usd, worst = (sum(row[name] for row in rows) for name in ("usd", "worst_usd"))
    typer.echo(
        f"expected {usd:,.4f} USD, {worst:,.4f} at the very most; {found.spent_usd:,.4f} of the "
        f"budget of {plan.budget_usd:,.4f} are spent"
    )


def _show(result: "CollectResult", plan: "CollectPlan", as_json: bool) -> None:
    from pipeline.bank.summary import model_rows

    rows, end = model_rows(result.out), result.terminus
    if as_json:
        named = {"out": str(result.out), "pool": plan.pool, "terminus": end._asdict()}
        document = result._asdict() | named
        typer.echo(json.dumps(document | {"models": rows}))
        return
    from flows.cli.rows import print_rows

    print_rows(f"{result.outcomes:,} outcomes in {result.out}", rows)
    typer.echo(f"{end.answered:,} answers now, {result.spent_usd:,.4f} USD spent in all")
    if plan.pool == "simulated":
        typer.echo("Simulated, not measured: no model was asked, and no money was spent")
    if result.ungraded:
        typer.echo(f"{result.ungraded:,} answers have no verdict: no grader could judge them")
    for kind, count in sorted(end.faults.items()):
        typer.echo(f"{count:,} calls failed: {kind}")
    for model_id, why in sorted(end.given_up.items()):
        typer.echo(f"{model_id} was given up: {why}")
    if result.in_doubt[0]:
        count, worst = result.in_doubt
        typer.echo(f"{count:,} calls of killed runs may have been billed: {worst:,.4f} USD at most")
    if end.stopped_at is not None:
        typer.echo("stopped at the budget: raise --budget-usd to go on")
    elif end.left:
        typer.echo(f"{end.left:,} questions have no answer: run the same command again")
