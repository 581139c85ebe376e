"""`xrouter chat "..."`: one question to the router, asked in this process."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pipeline.router.record import Episode
    from pipeline.settings import Settings


def chat(
    question: Annotated[str, typer.Argument(help="What to ask.")],
    pool: Annotated[
        str | None, typer.Option(help="live, simulated or bank:PATH. [simulated]")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="As of `xrouter serve`. [cheapest-capable]")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the decision to DIR/spool; without: nowhere.")
    ] = None,
    catalog: Annotated[Path | None, typer.Option(help="Your own models.toml.")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as a TOML file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Ask the router once, and say how the answer came about and what it cost."""
    from flows.cli.build import load_settings
    from pipeline.serving.answers import details

    settings = load_settings(
        config,
        {"out": out, "catalog.models": catalog, "router.pool": pool, "router.policy": policy},
    )
    episode = asyncio.run(_ask(settings, question, out))
    if episode.failed:
        from pipeline.errors import MachineError
        from pipeline.router.assemble import secrets_of
        from pipeline.serving.errors import failure_of

        secrets = secrets_of(settings.router)
        failure = failure_of(episode, secrets)
        raise MachineError(f"{failure.message}; {_cause(episode, secrets)}")
    found = details(episode, replies=False)
    if as_json:
        typer.echo(json.dumps({"answer": episode.answer, "xrouter": found}))
    else:
        _show(episode.answer, found)


def _cause(episode: "Episode", secrets: frozenset[str]) -> str:
    """What the last call, or the policy, failed of: who asks here may see it, unlike a client."""
    notes = [str(call["note"]) for call in episode.calls if call.get("note")]
    cause = notes[-1] if notes else str(episode.row["error"])
    for secret in secrets:
        cause = cause.replace(secret, "[key]")
    return cause


async def _ask(settings: "Settings", question: str, out: Path | None) -> "Episode":
    from pipeline.router.assemble import open_router
    from pipeline.router.record import Stamp, new_id
    from pipeline.router.spool import Spool
    from pipeline.router.turns import Query

    run_id = f"chat-{new_id()[:12]}"
    spool = Spool(settings.out / "spool", run_id)
    log = spool.add if out is not None else None
    async with open_router(settings, log) as (router, menu):
        query = Query([{"role": "user", "content": question}])
        stamp = Stamp(run_id, "serve", settings.serve.store_text)
        episode = await router.run(query, menu, stamp)
    spool.flush()
    return episode


def _show(answer: str, found: dict[str, Any]) -> None:
    typer.echo(answer)
    made = ", ".join(found["models"]) or "the policy itself"
    line = (
        f"{found['mode']} by {found['policy']}, from {made}, {found['cost_usd']['total']:.6f} USD"
    )
    simulated = "; simulated: no model was asked, nothing was paid" if found["simulated"] else ""
    typer.echo(f"\n[{line}{simulated}]")
