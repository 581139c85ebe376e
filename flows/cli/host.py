"""`xrouter host MODEL`: the server of a router's backbone, printed, or run on a GPU here."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.router.hosting import Hosting
    from pipeline.settings import VllmSettings


def host(
    model: Annotated[str, typer.Argument(help="Name on the Hub, or a folder with the weights.")],
    port: Annotated[int, typer.Option(help="Of the server.", min=1024, max=65_000)] = 8001,
    revision: Annotated[
        str | None, typer.Option(help="Commit, tag or branch of a model on the Hub.")
    ] = None,
    length: Annotated[
        int, typer.Option(help="Tokens of prompt and answer together.", min=1024)
    ] = 32_768,
    family: Annotated[
        str | None,
        typer.Option(
            help="qwen2.5, qwen3, qwen3-instruct or qwen3-coder, where the name hides it."
        ),
    ] = None,
    run: Annotated[
        bool, typer.Option("--run", help="Run the vLLM server here until interrupted.")
    ] = False,
    python: Annotated[
        Path | None, typer.Option(help="With --run: interpreter of the environment of vLLM.")
    ] = None,
    profile: Annotated[
        str, typer.Option(help="With --run: how vLLM uses the GPUs; auto: by the GPUs here.")
    ] = "auto",
    logs: Annotated[Path, typer.Option(help="With --run: folder for logs of the server.")] = Path(
        "xrouter-data/host"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Say how to serve a trained router, with the parsers that its tool calls need."""
    from pipeline.router.hosting import hosting

    chosen = hosting(model, port, revision, length, family)
    if not run:
        _show(chosen, as_json)
        return
    from pipeline.settings import VllmSettings

    settings = VllmSettings(
        python=python, model=model, revision=revision, profile=profile, port=port, replicas=1,
        args=chosen.vllm_args, reasoning=chosen.reasoning,
    )  # fmt: skip
    _run(settings, logs)


def _show(chosen: "Hosting", as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(chosen._asdict()))
        return
    typer.echo(f"# {chosen.about}")
    for note in chosen.notes:
        typer.echo(f"# {note}")
    typer.echo(f"\n# vLLM\n{chosen.vllm}\n\n# SGLang\n{chosen.sglang}\n\n# the router that uses it")
    typer.echo(chosen.use)


def _run(settings: "VllmSettings", logs: Path) -> None:
    import time

    from pipeline.tiering.vllm.serve import serve

    with serve(settings, logs) as served:
        typer.echo(f"{served.model} answers at {served.urls[0]}; stop it with Ctrl-C")
        while True:
            served.supervisor.check()
            time.sleep(1.0)
