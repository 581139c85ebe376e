"""The tables and remarks at the end of an evaluation."""

import json
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from flows.evaluate_job import EvaluateResult
    from pipeline.evaluation.figures import Figure
    from pipeline.evaluation.results import Result

LEAST_P = 0.0001


def show(result: "EvaluateResult", as_json: bool) -> None:
    """Print what came out; an alarm goes to stderr, too."""
    if as_json:
        rows = [_plain(found) for found in result.results]
        document = result._asdict() | {"out": str(result.out), "results": rows}
        typer.echo(json.dumps(document))
    else:
        from flows.cli.rows import print_rows

        for name in dict.fromkeys(found.suite for found in result.results):
            shown = [found for found in result.results if found.suite == name]
            marked = (
                " (simulated: no model was asked)"
                if any(found.simulated for found in shown)
                else ""
            )
            print_rows(f"{name}{marked}", [_row(found) for found in shown])
            figures = [_figure(found, figure) for found in shown for figure in found.figures]
            if figures:
                print_rows(f"{name}, in parts{marked}", figures)
            compared = [_compared(found) for found in shown if found.versus is not None]
            if compared:
                print_rows(
                    f"{name}, less {next(found.versus for found in shown if found.versus)}",
                    compared,
                )
        _say(result)
    for found in result.results:
        if found.alarm is not None:
            typer.echo(f"ALARM: {found.suite}, {found.policy}: {found.alarm}", err=True)


def _plain(found: "Result") -> dict[str, Any]:
    return found._asdict() | {"figures": [figure._asdict() for figure in found.figures]}


def _named(found: "Result") -> str:
    return found.policy if found.alarm is None else f"{found.policy} (!)"


def _row(found: "Result") -> dict[str, Any]:
    """What a run came to."""
    return {
        "policy": _named(found),
        "n": found.n,
        "accuracy": _shown(found.accuracy, found.scale),
        "low": _shown(found.low, found.scale),
        "high": _shown(found.high, found.scale),
        "USD each": found.mean_cost_usd,
        "per USD": "free" if found.mean_cost_usd == 0 else found.cost_utility,
    }


def _figure(found: "Result", figure: "Figure") -> dict[str, Any]:
    """A part of a suite, or another way of counting."""
    return {
        "policy": _named(found),
        "part": figure.name,
        "n": figure.n,
        "value": _shown(figure.value, found.scale),
        "low": _shown(figure.low, found.scale),
        "high": _shown(figure.high, found.scale),
    }


def _compared(found: "Result") -> dict[str, Any]:
    return {
        "policy": _named(found),
        "difference": _shown(found.difference, found.scale),
        "low": _shown(found.difference_low, found.scale),
        "high": _shown(found.difference_high, found.scale),
        "p": _chance(found.p_value),
    }


def _chance(value: float | None) -> str | None:
    if value is None:
        return None
    return f"{value:.4f}" if value >= LEAST_P else f"under {LEAST_P}"


def _shown(value: float | None, scale: float) -> str | None:
    """Four decimals: to four digits, a small difference would look more exact than it is."""
    return None if value is None else f"{value * scale:.4f}"


def _say(result: "EvaluateResult") -> None:
    """What the tables do not say."""
    for found in result.results:
        if found.policy == "best-single" and found.model:
            typer.echo(f"{found.suite}: the best single model is {found.model}")
        if found.failed or found.ungraded:
            typer.echo(
                f"{found.suite}, {found.policy}: {found.failed:,} without an answer, "
                f"{found.ungraded:,} ungraded"
            )
        if found.stopped == "budget":
            typer.echo(
                f"{found.suite}, {found.policy}: stopped at the budget with {found.left:,} left; "
                "raise --budget-usd and run the same command again"
            )
        elif found.stopped is not None:
            typer.echo(
                f"{found.suite}, {found.policy}: {found.left:,} have no answer or no verdict yet; "
                "run the same command again"
            )
    for name, reasons in result.skipped.items():
        why = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items())
        typer.echo(f"{name}: items that cannot be asked: {why}")
    for name, count in result.unknown.items():
        typer.echo(f"{name}: the bank does not know {count:,} of its problems")
    for run_id, why in result.given_up.items():
        typer.echo(f"{run_id} was given up: {why}")
    if result.spent_usd:
        judge = sum(found.judge_usd for found in result.results)
        part = f", {judge:,.4f} of it on a judge" if judge else ""
        typer.echo(f"{result.spent_usd:,.4f} USD spent in all{part}")
    if result.in_doubt[0]:
        count, worst = result.in_doubt
        typer.echo(f"{count:,} calls of killed runs may have been billed: {worst:,.4f} USD at most")
    typer.echo(f"runs and decisions are in {result.out}; `xrouter load` takes them into the store")
