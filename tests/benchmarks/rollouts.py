"""What an episode costs beside the model: our loop with a policy that answers at once, over a bank.

Run: `python tests/benchmarks/rollouts.py [--episodes 4096] [--step 128] [--rounds 3]`. The world is
the tiny preset's; an episode calls one model and selects its reply, as trained routers do most.
Three ways, in turns: `rule`, the engine with a fixed policy; `tokens`, the policy of training over
a server that answers at once; `scored`, the same with grading and the ledger, all that a rollout
process does but generate. One process and one event loop, as in training. Prints medians.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from stubs.token_server import SELECT, Tokens, call

from pipeline.catalog.tariff import Tariff
from pipeline.reward.scoring import truth_of
from pipeline.router.menu import Menu
from pipeline.router.rules import rule_named
from pipeline.router.turns import Policy, Query
from pipeline.settings import Settings
from pipeline.training.ledger import TRAIN
from pipeline.training.plan import plan
from pipeline.training.studio import Moment, Studio, open_studio
from pipeline.training.tiny.world import Sizes, world_settings, write_world
from pipeline.training.token_policy import Bounds, TokenPolicy

BOUNDS = Bounds(100_000, 100_000, 400)
FREE = Tariff(0.0, 0.0, 0.0)
Row = dict[str, Any]
Play = Callable[[Studio, Row, int], Awaitable[None]]


def query_of(row: Row) -> Query:
    extra = row["extra_info"]
    return Query(row["prompt"][1:], extra["problem_id"], extra["example_id"], extra["tier"])


def tokens_of(row: Row) -> Policy:
    name = row["extra_info"]["catalog"][0]["tool_name"]
    return TokenPolicy(Tokens(call(name), SELECT), "tiny", FREE, BOUNDS, {}, row["prompt"])


async def play_rule(studio: Studio, row: Row, step: int) -> None:
    menu = Menu.of_rows(row["extra_info"]["catalog"])
    await studio.play(rule_named("cheapest"), query_of(row), menu, Moment(TRAIN, step))


async def play_tokens(studio: Studio, row: Row, step: int) -> None:
    menu = Menu.of_rows(row["extra_info"]["catalog"])
    await studio.play(tokens_of(row), query_of(row), menu, Moment(TRAIN, step))


async def play_scored(studio: Studio, row: Row, step: int) -> None:
    menu, moment = Menu.of_rows(row["extra_info"]["catalog"]), Moment(TRAIN, step)
    episode = await studio.play(tokens_of(row), query_of(row), menu, moment)
    assert episode.row["mode"] == "select", episode.row["error"]
    await studio.score(episode, truth_of(row), moment)


WAYS: dict[str, Play] = {"rule": play_rule, "tokens": play_tokens, "scored": play_scored}


async def speed(studio: Studio, rows: list[Row], play: Play, episodes: int, step: int) -> float:
    began = time.perf_counter()
    for number, start in enumerate(range(0, episodes, step)):
        chosen = [rows[n % len(rows)] for n in range(start, start + step)]
        await asyncio.gather(*(play(studio, row, number) for row in chosen))
    return episodes / (time.perf_counter() - began)


async def measure(root: Path, episodes: int, step: int, rounds: int) -> dict[str, list[float]]:
    write_world(root, 0, Sizes(train=500, validation=10, test=10, samples=4))
    training = {"preset": "tiny", "model": "none", "examples": root}
    settings = Settings.model_validate({"out": root, "training": training})
    run = plan(world_settings(root, settings), resume=False).run
    rows = pq.read_table(run.train).to_pylist()
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    async with open_studio(run) as studio:
        await speed(studio, rows, play_scored, 2 * step, step)
        for _ in range(rounds):
            for name, play in WAYS.items():
                found[name].append(await speed(studio, rows, play, episodes, step))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--episodes", type=int, default=4096)
    parser.add_argument("--step", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), given.episodes, given.step, given.rounds))
    for name, speeds in found.items():
        each = ", ".join(f"{value:,.0f}" for value in speeds)
        print(f"{name:<8} {statistics.median(speeds):8,.0f} episodes/s  ({each})")


if __name__ == "__main__":
    main()
