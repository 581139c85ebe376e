"""`xrouter build`: the main job, or what it would do."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flows.main_job import BuildResult
    from pipeline.settings import Settings

Specs = list[str] | None


def _overrides(values: dict[str, Any]) -> dict[str, Any]:
    """Nest the given options: `sources.problems` becomes {"sources": {"problems": ...}}."""
    nested: dict[str, Any] = {}
    for dotted, value in values.items():
        if value is None or value == []:
            continue
        *sections, name = dotted.split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return nested


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def load_settings(config: Path | None, values: dict[str, Any]) -> "Settings":
    """Settings from a TOML file, `XROUTER_*` variables and options; options win.

    Raises:
        SettingsError: A value is unknown or out of range.
        InputError: The file is missing or is not TOML.
    """
    import tomllib

    from pydantic import ValidationError

    from pipeline.errors import InputError, SettingsError
    from pipeline.settings import Settings

    given: dict[str, Any] = {}
    if config is not None:
        try:
            given = tomllib.loads(config.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise InputError(f"{config}: no such settings file") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{config}: not a TOML file ({error})") from error
    try:
        return Settings(**_merge(given, _overrides(values)))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}, got {e.get('input')!r}"
            for e in error.errors()
        )
        raise SettingsError(f"settings: {problems}") from error


def build(
    problems: Annotated[
        Specs,
        typer.Option(help="`sample`, a Reasoning360 parquet file or directory, or `hub:ORG/NAME`."),
    ] = None,
    everyday: Annotated[
        Specs, typer.Option(help="`sample`, a .qna/CSV/JSONL file or directory, or `hub:ORG/NAME`.")
    ] = None,
    everyday_mapping: Annotated[
        Path | None, typer.Option(help="TOML file that declares the columns of your own sets.")
    ] = None,
    reference: Annotated[
        Specs,
        typer.Option(help="`simulated`, `recorded:FILE` or `published:COLUMN`; first one wins."),
    ] = None,
    perturbation: Annotated[
        str | None, typer.Option(help="Price law: none, published, historical or stress.")
    ] = None,
    models: Annotated[Path | None, typer.Option(help="Your own models.toml.")] = None,
    decontaminate: Annotated[Path | None, typer.Option(help="Drop copies of suites here.")] = None,
    out: Annotated[Path | None, typer.Option(help="Directory to build in.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice.")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes.")] = None,
    executor: Annotated[
        str | None, typer.Option(help="Where shards run: local, or ray on a running cluster.")
    ] = None,
    shard_size: Annotated[int | None, typer.Option(help="Problems per resumable shard.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as a TOML file.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    flow: Annotated[bool, typer.Option("--flow", help="Run as a Prefect flow.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Build the training set, the store and the report.

    Without options: the embedded sample, on any machine, without a key or a network.
    """
    settings = load_settings(
        config,
        {
            "sources.problems": problems,
            "sources.everyday": everyday,
            "sources.everyday_mapping": everyday_mapping,
            "tiering.references": reference,
            "catalog.perturbation": perturbation,
            "catalog.models": models,
            "decontamination.suites_from": decontaminate,
            "out": out,
            "seed": seed,
            "workers": workers,
            "executor": executor,
            "shard_size": shard_size,
        },
    )
    if dry_run:
        from flows.cli.plan import show_plan

        show_plan(settings, as_json)
        return
    _show(_run(settings, flow, as_json), as_json)


def _run(settings: "Settings", flow: bool, as_json: bool) -> "BuildResult":
    if flow:
        from flows.temporary_server import run_as_flow

        return run_as_flow(settings)
    from rich.console import Console

    from flows.cli.progress import Bars
    from flows.main_job import build as run_build

    with Bars(Console(stderr=True, quiet=as_json)) as bars:
        return run_build(settings, bars)


def _show(result: "BuildResult", as_json: bool) -> None:
    if as_json:
        document = {
            "out": str(result.layout.root),
            "content_hash": result.manifest.content_hash,
            "counts": result.manifest.counts,
            "rejected": result.manifest.rejected,
            "simulated": result.manifest.simulated,
            "stages": [stage.model_dump(mode="json") for stage in result.stages],
        }
        typer.echo(json.dumps(document))
        return
    from flows.cli.summary import print_summary

    print_summary(result)
