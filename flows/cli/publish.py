"""`xrouter publish`: a build as a dataset repository, in a directory or on the Hub."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flows.publish_job import PublishPlan, PublishResult


def publish(
    repo: Annotated[str | None, typer.Option(help="ORG/NAME on the Hugging Face Hub.")] = None,
    to: Annotated[Path | None, typer.Option(help="Directory to write it to.")] = None,
    out: Annotated[Path, typer.Option(help="The build.")] = Path("xrouter-data"),
    bank: Annotated[Path | None, typer.Option(help="Outcomes that go with it.")] = None,
    branch: Annotated[
        str, typer.Option(help="Branch that is uploaded to, verified and tagged.")
    ] = "staging",
    tag: Annotated[
        str | None, typer.Option(help="Name of the release; after its content by default.")
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Make a new repository private.")
    ] = False,
    promote: Annotated[
        bool, typer.Option(help="Bring `main` to the verified content, too.")
    ] = True,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Leave rows behind that may not go out.")
    ] = False,
    licences: Annotated[
        Path | None, typer.Option(help="TOML file of licences that you know to allow it.")
    ] = None,
    accept_pii: Annotated[
        Path | None, typer.Option(help="CSV file of findings that you have looked at.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, write and send nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Check, search and describe a build, and publish it as a dataset that anybody can load.

    Stops at rows whose licence does not let them go out, at secrets, and at personal data that
    nobody has looked at. Run it again after a failure: what is uploaded is not sent twice.
    """
    plan = _plan(
        {
            "repo": repo,
            "to": to,
            "bank": bank,
            "branch": branch,
            "tag": tag,
            "private": private,
            "promote": promote,
            "leave_out": leave_out,
            "licences": licences,
            "accept_pii": accept_pii,
            "dry_run": dry_run,
        }
    )
    result = _run(plan, out, as_json)
    if as_json:
        typer.echo(json.dumps(_document(result)))
    else:
        _show(result, plan)


def _plan(values: dict[str, Any]) -> "PublishPlan":
    from pydantic import ValidationError

    from flows.publish_job import PublishPlan
    from pipeline.errors import SettingsError

    try:
        return PublishPlan(**values)
    except ValidationError as error:
        faults = "; ".join(
            f"{' '.join(_option(part) for part in e['loc']) or 'publish'}: {e['msg']}"
            for e in error.errors()
        )
        raise SettingsError(faults) from error


def _option(part: int | str) -> str:
    return f"--{str(part).replace('_', '-')}"


def _run(plan: "PublishPlan", out: Path, as_json: bool) -> "PublishResult":
    from rich.console import Console

    from flows.cli.build import load_settings
    from flows.cli.progress import Bars
    from flows.publish_job import publish as run

    settings = load_settings(None, {"out": out})
    with Bars(Console(stderr=True, quiet=as_json)) as bars:
        return run(plan, settings, bars)


def _document(result: "PublishResult") -> dict[str, Any]:
    named = {"root": str(result.root) if result.root else None}
    return result._asdict() | named | {"sent": result.sent._asdict() if result.sent else None}


def _show(result: "PublishResult", plan: "PublishPlan") -> None:
    from flows.cli.rows import print_rows

    rows = [
        {"configuration": config, "split": split, "rows": rows}
        for config, splits in result.splits.items()
        for split, rows in splits.items()
    ]
    print_rows("What goes out", rows)
    if result.left:
        print_rows("What stays behind", list(result.left))
    typer.echo(f"licences  {', '.join(result.licences)}")
    if result.simulated:
        typer.echo(f"Simulated, not measured: {'; '.join(result.simulated)}")
    if not result.validated:
        typer.echo("croissant.json was not validated: pip install 'xrouter[publish]'")
    typer.echo(f"content   {result.content_hash}")
    if plan.dry_run:
        typer.echo(f"would {'change' if result.changed else 'not change'} {plan.repo or plan.to}")
        return
    if result.root:
        typer.echo(f"directory {result.root}")
    if result.sent:
        new = "new" if result.sent.committed else "there already"
        typer.echo(f"commit    {result.sent.commit} ({new}), every file of it verified")
        typer.echo(f"tag       {result.sent.tag}")
        typer.echo(f"page      {result.page}")
