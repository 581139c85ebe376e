"""`xrouter train`: train a router with DAPO on stock verl, or say what would be run."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pipeline.settings import Settings
    from pipeline.training.launch import TrainResult


Preset = Annotated[
    str | None,
    typer.Option(
        help="tiny (CPU), qwen2.5-0.5b, qwen2.5-7b or qwen3-8b; auto: the largest that fits here."
    ),
]
Examples = Annotated[
    Path | None,
    typer.Option(help="Directory of a build. tiny: a small world of its own, made here."),
]
Weight = Annotated[float | None, typer.Option(help="Penalty per unit of cost: 1, 2, 3 ...", min=0)]
Pool = Annotated[
    str | None, typer.Option(help="Where replies come from: bank:DIR, simulated or live.")
]
Spend = Annotated[
    float | None, typer.Option(help="Most that live calls of the run may cost.", min=0)
]
Model = Annotated[str | None, typer.Option(help="Folder or Hub name in the place of the preset's.")]
Given = Annotated[
    list[str] | None,
    typer.Option("--set", help="NAME=VALUE of the preset, like batch=32; repeatable."),
]
Name = Annotated[str | None, typer.Option(help="Of the run; its folder is OUT/training/NAME.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the run of that name, if there is one.")
]
Shown = Annotated[
    bool, typer.Option("--print-command", help="Show the command of verl, and train nothing.")
]
Python = Annotated[
    Path | None,
    typer.Option(envvar="XROUTER_TRAIN_PYTHON", help="Interpreter of verl's environment."),
]
Out = Annotated[Path | None, typer.Option(help="Runs go to OUT/training. [xrouter-data]")]


def train(
    preset: Preset = None,
    examples: Examples = None,
    cost_weight: Weight = None,
    pool: Pool = None,
    spend_usd: Spend = None,
    model: Model = None,
    steps: Annotated[int | None, typer.Option(help="Of training.", min=1)] = None,
    value: Given = None,
    name: Name = None,
    resume: Resume = False,
    print_command: Shown = False,
    python: Python = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice.")] = None,
    out: Out = None,
    flow: Annotated[bool, typer.Option("--flow", help="Run it as a Prefect flow.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings as a TOML file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Train a router.

    Kill it anywhere and run it again with --resume: it goes on from the newest checkpoint, and no
    episode is counted twice. `xrouter load` takes the episodes into the store.
    """
    from flows.cli.build import load_settings

    values = _values(value or []) | ({"steps": steps} if steps else {})
    settings = load_settings(
        config,
        {
            "training.preset": preset,
            "training.examples": examples,
            "training.model": model,
            "training.name": name,
            "training.python": python,
            "training.spend_usd": spend_usd,
            **{f"training.values.{key}": each for key, each in values.items()},
            "reward.cost_weight": cost_weight,
            "router.pool": pool,
            "seed": seed,
            "out": out,
        },
    )
    if print_command:
        typer.echo(_command(settings))
        return
    _show(_run(settings, resume, flow, as_json), as_json)


def _values(texts: list[str]) -> dict[str, Any]:
    """Values of a preset: numbers and words, as JSON has them or as they stand."""
    from pipeline.errors import SettingsError

    found: dict[str, Any] = {}
    for text in texts:
        key, given, value = text.partition("=")
        if not given or not key.isidentifier():
            raise SettingsError(f"--set {text}: write NAME=VALUE, like --set batch=32")
        try:
            found[key] = json.loads(value)
        except ValueError:
            found[key] = value
    return found


def _command(settings: "Settings") -> str:
    from pipeline.training.beginnings import completed, make_rows
    from pipeline.training.plan import interpreter_shown, plan

    settings = completed(settings)
    make_rows(settings)
    return plan(settings, resume=True).shell(interpreter_shown(settings))


def _run(settings: "Settings", resume: bool, flow: bool, as_json: bool) -> "TrainResult":
    if flow:
        from flows.temporary_server import run_training_as_flow

        return run_training_as_flow(settings)
    from rich.console import Console

    from flows.cli.progress import Bars
    from pipeline.training.launch import train as run_training

    with Bars(Console(stderr=True, quiet=as_json)) as bars:
        return run_training(settings, bars, resume)


def _show(result: "TrainResult", as_json: bool) -> None:
    if as_json:
        document = {
            "folder": str(result.folder),
            "run_id": result.run_id,
            "step": result.step,
            "router": str(result.router),
            "episodes": result.episodes,
            "seconds": result.seconds,
            "steps": [step._asdict() for step in result.steps],
        }
        typer.echo(json.dumps(document))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title="Validation", title_justify="left")
    facts = ("score", "earned", "correct", "normalized_cost", "calls", "mode_direct", "mode_failed")
    for title in ("step", *facts):
        table.add_column(title.replace("_", " "), justify="right")
    for step in result.steps:
        seen = [step.validation(fact) for fact in facts]
        if any(fact is not None for fact in seen):
            table.add_row(str(step.step), *(_cell(fact) for fact in seen))
    console.print(table)
    for label, text in (
        ("run", f"{result.run_id}, step {result.step}, {result.seconds:,.0f} s"),
        ("episodes", f"{result.episodes:,} in the spool; xrouter load takes them into the store"),
        ("router", str(result.router)),
    ):
        console.print(f"{label:<9} {text}", highlight=False, soft_wrap=True)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
