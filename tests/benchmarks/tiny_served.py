"""Does a served tiny router decide at prices that are no tokens of its own, too?

    .venv-train/bin/python tests/benchmarks/tiny_served.py WEIGHTS WORLD [--rows 100]

Both are left by `xrouter train --preset tiny`. Held-out questions are put to the host over HTTP,
our engine in front of it: at the prices of their rows, and at prices moved off the grid by up to a
tenth. Prints how episodes ended: one that babbles ends as a direct answer. Answers come from the
world's bank: everything is simulated.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web

from pipeline.bank.source import open_bank
from pipeline.io import read_parquet
from pipeline.layout import Layout
from pipeline.providers.openai_http import OpenAIEndpoint, open_session
from pipeline.router.assemble import limits_of
from pipeline.router.chat import ChatPolicy
from pipeline.router.engine import Router
from pipeline.router.menu import Menu
from pipeline.router.record import Stamp
from pipeline.router.turns import Query
from pipeline.training.tiny.host import Host
from pipeline.training.tiny.world import world_settings

SHOWN = ("input_per_million", "output_per_million")


def off_grid(entries: Sequence[dict[str, Any]], draws: np.random.Generator) -> list[dict[str, Any]]:
    """The same models, each at a price of its own beside the grid."""
    factors = np.exp(draws.uniform(-0.1, 0.1, len(entries)))
    return [
        entry | {name: round(entry[name] * factor, 6) for name in SHOWN}
        for entry, factor in zip(entries, factors, strict=True)
    ]


async def ended(url: str, world: Path, rows: Sequence[dict[str, Any]], moved: bool) -> Counter[str]:
    """Modes of the episodes of these rows."""
    draws, modes = np.random.default_rng(0), Counter[str]()
    async with open_session() as session:
        policy = ChatPolicy(OpenAIEndpoint(f"{url}/v1", session), "tiny")
        router = Router(policy, open_bank(world), limits_of(world_settings(world).router.limits))
        for row in rows:
            entries = row["extra_info"]["catalog"]
            menu = Menu.of_rows(off_grid(entries, draws) if moved else entries)
            query = Query(row["prompt"][1:], row["extra_info"]["problem_id"])
            modes[(await router.run(query, menu, Stamp("run", "serve"))).row["mode"]] += 1
    return modes


async def measure(weights: Path, world: Path, count: int) -> None:
    rows = read_parquet(Layout(world).examples("test")).head(count).to_dicts()
    runner = web.AppRunner(Host(weights, "tiny").app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    for name, moved in (("at prices of the grid", False), ("at prices beside it", True)):
        modes = await ended(url, world, rows, moved)
        print(f"{name}: {dict(sorted(modes.items()))}")
    await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("world", type=Path)
    parser.add_argument("--rows", type=int, default=100)
    given = parser.parse_args()
    asyncio.run(measure(given.weights, given.world, given.rows))


if __name__ == "__main__":
    main()
