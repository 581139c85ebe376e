"""`xrouter push`: a finished build copied to object storage."""

import json
from pathlib import Path
from typing import Annotated

import typer


def push(
    address: Annotated[str, typer.Argument(help="Prefix, such as s3://bucket/prefix or gs://...")],
    out: Annotated[Path | None, typer.Option(help="The build. [xrouter-data]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Copy tables, pages and manifest of a build to a prefix, the manifest last.

    Run it again to go on, or after the next build: only files that differ are sent.
    """
    from flows.cli.build import load_settings
    from flows.push_job import push_build
    from pipeline.remote import shown

    done = push_build(load_settings(None, {"out": out}), address)
    if as_json:
        typer.echo(json.dumps({"to": shown(address)} | done._asdict()))
        return
    typer.echo(f"{done.sent} files sent to {shown(address)}, {done.kept} were there already")
