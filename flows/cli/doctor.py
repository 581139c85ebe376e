"""`xrouter doctor`: what this machine can run, and how to get the rest."""

import json
from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say what this machine can run. Keys are reported as present or absent, never shown."""
    from pipeline.machine import examine

    findings = examine()
    if as_json:
        typer.echo(json.dumps({"checks": [finding._asdict() for finding in findings]}))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for name in ("check", "state", "found", "how to get it"):
        table.add_column(name, overflow="fold")
    for finding in findings:
        style = "green" if finding.ok else "yellow"
        state = f"[{style}]{'yes' if finding.ok else 'no'}[/{style}]"
        table.add_row(finding.check, state, finding.found, finding.fix)
    Console().print(table)
