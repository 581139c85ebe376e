"""`xrouter decontaminate`: training problems that also stand in an evaluation suite, or twice."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from flows.decontaminate_job import DecontaminateResult
    from pipeline.settings import Settings

SHOWN = 20


def decontaminate(
    problems: Annotated[
        list[str] | None,
        typer.Option(
            help="A build, `sample`, a Reasoning360 parquet file or directory, or `hub:`."
        ),
    ] = None,
    suites_from: Annotated[
        Path | None, typer.Option(help="Directory with the suites' files, or hub.")
    ] = None,
    suite: Annotated[
        list[str] | None, typer.Option(help="Only these; none: every suite that can be had.")
    ] = None,
    own: Annotated[
        list[str] | None, typer.Option(help="A set of your own: NAME=FILE (JSONL, CSV, parquet).")
    ] = None,
    inside: Annotated[
        bool, typer.Option("--inside", help="Near duplicates among the problems, too.")
    ] = False,
    study: Annotated[
        bool, typer.Option("--study", help="How much each threshold would flag.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Directory for the findings.")] = Path(
        "xrouter-decontamination"
    ),
    workers: Annotated[int | None, typer.Option(help="Threads.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as a TOML file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Find copies of suite items among problems: exact, by runs of words, near duplicates.

    Nothing is removed from anything: `xrouter build --decontaminate` leaves copies out.
    """
    from flows.cli.build import load_settings

    settings = load_settings(
        config,
        {
            "sources.problems": problems,
            "decontamination.suites_from": suites_from,
            "decontamination.suites": suite,
            "decontamination.own": _own(own or []) or None,
            "out": out,
            "workers": workers,
        },
    )
    _show(_run(settings, inside, study, as_json), as_json)


def _own(values: list[str]) -> dict[str, str]:
    from pipeline.errors import SettingsError

    sets: dict[str, str] = {}
    for value in values:
        name, equals, path = value.partition("=")
        if not (name and equals and path):
            raise SettingsError(f"--own {value}: is not NAME=FILE")
        if name in sets:
            raise SettingsError(f"--own {name}: is given twice; name each set once")
        sets[name] = path
    return sets


def _run(settings: "Settings", inside: bool, study: bool, as_json: bool) -> "DecontaminateResult":
    from rich.console import Console

    from flows.cli.progress import Bars
    from flows.decontaminate_job import decontaminate_alone

    with Bars(Console(stderr=True, quiet=as_json)) as bars:
        return decontaminate_alone(settings, bars, inside=inside, study=study)


def _show(result: "DecontaminateResult", as_json: bool) -> None:
    if as_json:
        document = {
            "out": str(result.layout.root),
            **result.summary,
            "rejected": {stage.stage: stage.rejected for stage in result.stages},
            "duplicates": None if result.duplicates is None else result.duplicates.height,
            "study": None if result.study is None else result.study.to_dicts(),
        }
        typer.echo(json.dumps(document))
        return
    from flows.cli.findings import print_findings

    print_findings(result, SHOWN)
