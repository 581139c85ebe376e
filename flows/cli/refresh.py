"""`xrouter catalog refresh`: what price lists say now, or said, goes into the price history."""

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pipeline.catalog.history.events import Event
    from pipeline.catalog.history.refresh import RefreshReport

MOVED = ("changed", "relisted")


def refresh(
    litellm: Annotated[
        str | None,
        typer.Option(help="LiteLLM's price map: `bundled`, a file or an address. [bundled]"),
    ] = None,
    openrouter: Annotated[
        str | None, typer.Option(help="OpenRouter's list of models: a file or an address.")
    ] = None,
    events: Annotated[
        list[Path] | None,
        typer.Option(
            help="CSV file of events of LiteLLM's map: pipeline/catalog/README.md; repeatable."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The history is DIR/prices. [xrouter-data]")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="When the lists began to say so, like 2026-01-31. [now]")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one address.")] = 30.0,
    most_delisted: Annotated[
        float, typer.Option(min=0, max=1, help="A list that lacks a larger share is refused.")
    ] = 0.5,
    accept: Annotated[
        list[str] | None,
        typer.Option(help="A key whose price is right, whatever it moved by; repeatable."),
    ] = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for another refresh.")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Append what changed to the price history, slips of units quarantined with their reason.

    Shows what the gate says of every changed price; `xrouter load --prices DIR` takes the history
    into the store.
    """
    from flows.cli.build import load_settings
    from pipeline.catalog.history.fetch import Bounds
    from pipeline.catalog.history.files import FOLDER
    from pipeline.catalog.history.refresh import Sources
    from pipeline.catalog.history.refresh import refresh as run

    folder = load_settings(None, {"out": out}).out / FOLDER
    report = run(
        folder,
        Sources(litellm, openrouter, tuple(events or ())),
        moment(at),
        Bounds(timeout),
        most_delisted,
        tuple(accept or ()),
        wait,
    )
    if as_json:
        typer.echo(json.dumps(_document(folder, report), default=_iso))
    else:
        _print(folder, report)


def moment(text: str | None) -> datetime.datetime | None:
    """A day or a time, in UTC where it names no zone.

    Raises:
        SettingsError: It is neither.
    """
    from pipeline.errors import SettingsError

    if text is None:
        return None
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"--at {text!r}: no time; write it like 2026-01-31T12:00") from error
    return found.replace(tzinfo=found.tzinfo or datetime.UTC).astimezone(datetime.UTC)


def _document(folder: Path, report: "RefreshReport") -> dict[str, Any]:
    return {
        "history": str(folder),
        "read": report.read,
        "known": report.known,
        "skipped": report.skipped,
        "counts": report.counts,
        "files": [path.name for path in report.files],
        "seconds": report.seconds,
        "decisions": [event.row() for event in report.events],
    }


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime.datetime) else str(value)


def _print(folder: Path, report: "RefreshReport") -> None:
    """Every move and everything quarantined, a line each; all else is counted."""
    shown = [event for event in report.events if _is_shown(event)]
    if shown:
        _print_decisions(shown)
    typer.echo(f"read {', '.join(report.read)}")
    for reason, count in report.skipped.items():
        typer.echo(f"left out: {count:,} entries, {reason}")
    if report.known:
        typer.echo(f"{report.known:,} events were known")
    for what, count in report.counts.items():
        typer.echo(f"{count:,} {what}")
    if not report.events:
        typer.echo(f"{folder}: nothing new")
    for path in report.files:
        typer.echo(f"added {path}")


def _is_shown(event: "Event") -> bool:
    return event.kind in MOVED or event.status == "quarantined"


def _print_decisions(events: "list[Event]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="The gate's decisions, USD per million tokens", title_justify="left")
    for name in ("when", "model", "event", "decision", "reason"):
        table.add_column(name, overflow="fold")
    for event in events:
        day = f"{event.draft.effective_at:%Y-%m-%d}"
        table.add_row(day, event.draft.model, event.kind, event.status, event.reason)
    Console().print(table, markup=False)
