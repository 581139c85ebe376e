"""`xrouter serve`: the OpenAI-compatible API until interrupted; `xrouter keys`: who may ask."""

from pathlib import Path
from typing import Annotated

import typer

keys = typer.Typer(no_args_is_help=True, help="Keys of the API.")
KEYS_FILE = Path("xrouter-keys.toml")


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address; any but loopback needs --keys. [127.0.0.1]")
    ] = None,
    port: Annotated[int | None, typer.Option(help="0: a free one. [8000]")] = None,
    pool: Annotated[
        str | None, typer.Option(help="live, simulated or bank:PATH. [simulated]")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            help="cheapest, priciest, cheapest-capable, random, always:MODEL, oracle, or model: "
            "the router that the settings name. [cheapest-capable]"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The ledger goes to DIR/spool. [xrouter-data]")
    ] = None,
    keys_file: Annotated[
        Path | None, typer.Option("--keys", help="File of `xrouter keys new`; without: no keys.")
    ] = None,
    store_text: Annotated[
        bool, typer.Option("--store-text", help="Keep questions and answers, not hashes alone.")
    ] = False,
    catalog: Annotated[Path | None, typer.Option(help="Your own models.toml.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as a TOML file.")] = None,
) -> None:
    """Serve the router as an OpenAI-compatible API.

    Without options: a pool of stand-ins on this machine only, without a key or a network.
    """
    from flows.cli.build import load_settings
    from pipeline.serving.server import serve as run

    settings = load_settings(
        config,
        {
            "out": out,
            "catalog.models": catalog,
            "router.pool": pool,
            "router.policy": policy,
            "serve.host": host,
            "serve.port": port,
            "serve.keys_file": keys_file,
            "serve.store_text": store_text or None,
        },
    )

    def announce(address: str) -> None:
        typer.echo(
            f"xrouter serves {settings.router.policy} over {settings.router.pool} at {address}/v1; "
            "stop it with Ctrl-C"
        )

    run(settings, announce)


@keys.command("new")
def new(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Who it is for; in the ledger.")],
    file: Annotated[
        Path, typer.Option("--keys", help="File of keys; made if missing.")
    ] = KEYS_FILE,
    requests_per_minute: Annotated[int | None, typer.Option(help="Limit; without: none.")] = None,
    usd_per_day: Annotated[float | None, typer.Option(help="Limit; without: none.")] = None,
) -> None:
    """Make a key, print it once, and add its hash to the file."""
    from pipeline.serving.keys import new_key

    token = new_key(file, key_id, requests_per_minute, usd_per_day)
    typer.echo(token)
    typer.echo(f"its hash is in {file}; the key is shown this once", err=True)
