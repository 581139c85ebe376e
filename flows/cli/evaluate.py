"""`xrouter evaluate`: policies over suites of problems, beside the best that could be had."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flows.evaluate_job import EvaluatePlan, EvaluateResult
    from pipeline.settings import Settings


Policies = Annotated[
    list[str] | None,
    typer.Option(
        help="What decides; repeatable: a rule of `xrouter serve`, best-single, oracle, model "
        "(the router of the settings), model:ID (an untrained one of the price list), or "
        "threshold:TABLE?weak=A&strong=B&below=0.5."
    ),
]
SuitesFrom = Annotated[
    Path | None, typer.Option(help="Directory or file of the suites; by default the Hub.")
]
Models = Annotated[
    str | None, typer.Option(help="Models on offer, with commas; by default all, or the bank's.")
]
Budget = Annotated[
    float | None, typer.Option(help="Most that this command may cost, earlier starts included.")
]
Repetitions = Annotated[
    int | None, typer.Option(help="Times each is asked; by default as the suite says.")
]
Baselines = Annotated[
    bool,
    typer.Option(help="Of a bank, where they are free: oracle, best-single, random and cheapest."),
]
Out = Annotated[
    Path | None, typer.Option(help="Runs go to DIR/evaluation, decisions to DIR/spool.")
]
PriceList = Annotated[Path | None, typer.Option(help="Your own models.toml; routellm, llmrouter.")]


def evaluate(
    suite: Annotated[list[str], typer.Option(help="Suite of problems; repeatable.")],
    policy: Policies = None,
    suites_from: SuitesFrom = None,
    pool: Annotated[str, typer.Option(help="live, simulated or bank:PATH.")] = "simulated",
    models: Models = None,
    catalog: PriceList = None,
    budget_usd: Budget = None,
    limit: Annotated[int | None, typer.Option(help="Only the first problems, by id.")] = None,
    repetitions: Repetitions = None,
    baselines: Baselines = True,
    in_flight: Annotated[int, typer.Option(help="Decisions at a time.")] = 32,
    out: Out = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice.")] = None,
    workers: Annotated[int | None, typer.Option(help="Grading processes.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as a TOML file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Play policies over suites, grade every answer, and say what came out, with intervals.

    Kill it and start it again: nothing is asked or paid twice. Then `xrouter load` and `report`.
    """
    from flows.cli.build import load_settings
    from flows.cli.evaluation_tables import show
    from pipeline.evaluation.pools import price_list

    values: dict[str, Any] = {
        "suites": tuple(suite),
        "where": suites_from,
        "policies": tuple(policy or ()),
        "pool": pool,
        "repetitions": repetitions,
        "limit": limit,
        "budget_usd": budget_usd,
        "baselines": baselines,
        "in_flight": in_flight,
    }
    names = [name.strip() for name in (models or "").split(",") if name.strip()]
    settings = load_settings(
        config,
        {
            "out": out,
            "seed": seed,
            "workers": workers,
            "catalog.models": price_list(catalog),
            "router.models": names,
        },
    )
    show(_run(_plan(values), settings, as_json), as_json)


def _plan(values: dict[str, Any]) -> "EvaluatePlan":
    from pydantic import ValidationError

    from flows.evaluate_job import EvaluatePlan
    from pipeline.errors import SettingsError

    try:
        return EvaluatePlan(**values)
    except ValidationError as error:
        faults = "; ".join(
            f"--{'.'.join(map(str, e['loc'])).replace('_', '-')}: {e['msg']}, got {e['input']!r}"
            for e in error.errors()
        )
        raise SettingsError(faults) from error


def _run(plan: "EvaluatePlan", settings: "Settings", as_json: bool) -> "EvaluateResult":
    from rich.console import Console

    from flows.cli.progress import Bars
    from flows.evaluate_job import evaluate as run

    with Bars(Console(stderr=True, quiet=as_json)) as bars:
        return run(plan, settings, bars)
