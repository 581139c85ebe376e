"""`xrouter import-outcomes`: an outcome set of somebody else becomes a bank."""

import json
from pathlib import Path
from typing import Annotated

import typer


def import_outcomes(
    files: Annotated[
        list[str], typer.Argument(help="CSV, JSON, JSONL or parquet, of one set; s3:// and so on.")
    ],
    mapping: Annotated[
        Path, typer.Option(help="TOML file that declares the columns, or a committed one by name.")
    ],
    out: Annotated[Path, typer.Option(help="Directory of the bank.")] = Path("xrouter-bank"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Read outcome files the way a mapping says, and write a bank.

    Serve from it with `xrouter serve --pool bank:DIR`.
    """
    from rich.console import Console

    from flows.cli.progress import Bars
    from pipeline.bank.importing import import_outcomes as run
    from pipeline.bank.mapping import read_mapping
    from pipeline.bank.summary import model_rows
    from pipeline.io import exclusive
    from pipeline.remote import fetched_specs

    chosen = read_mapping(mapping)
    with exclusive(out), Bars(Console(stderr=True, quiet=as_json)) as bars:
        local_specs = fetched_specs(tuple(files), out / "remote")
        report = run([Path(file) for file in local_specs], chosen, out, bars)
    rows = model_rows(out)
    if as_json:
        document = report.model_dump(mode="json") | {"out": str(out), "models": rows}
        typer.echo(json.dumps(document))
        return
    from flows.cli.rows import print_rows

    print_rows(f"{report.rows_out:,} outcomes in {out}", rows)
    for reason, count in report.rejected.items():
        typer.echo(f"left out, {reason}: {count:,} (rejects/import.parquet)")
    for name, value in report.notes.items():
        typer.echo(f"{name}: {value}")
