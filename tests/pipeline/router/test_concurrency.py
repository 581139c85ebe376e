"""Many requests at once, each with a menu of its own: nothing of one ends up in another."""

import asyncio
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from stubs.provider import Provider, Reply, tokens, tool_call
from stubs.routing import PRICES, PROMPT, ROUTER, chat, entry, settings

from pipeline.catalog.tariff import Usage
from pipeline.providers.openai_http import open_session
from pipeline.router.deployments import Deployments
from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.live import LiveSource
from pipeline.router.menu import Menu
from pipeline.router.record import Episode, Stamp
from pipeline.router.spool import Spool
from pipeline.router.turns import Query

REQUESTS = 200
NUMBER = re.compile(r"request (\d+)")


def number_of(body: dict[str, Any]) -> int:
    found = NUMBER.search(str(body["messages"]))
    assert found
    return int(found[1])


def wanted(number: int) -> list[str]:
    """Models that a request calls."""
    drawn = random.Random(f"calls/{number}")
    return drawn.choices(list(PRICES), k=drawn.randint(1, 3))


def usage(number: int, model: str) -> dict[str, Any]:
    drawn = random.Random(f"{number}/{model}")
    read, written = drawn.randint(50, 500), drawn.randint(10, 900)
    return tokens(read, written, drawn.randint(0, read), drawn.randint(0, written))


def answer(body: dict[str, Any]) -> Reply:
    """Plays the policy and every model; which request it is stands in the question."""
    number, model = number_of(body), body["model"]
    delay = random.Random(f"{number}/{len(body['messages'])}/{model}").random() * 0.05
    if model != ROUTER:
        return Reply(f"{model} for {number}", usage=usage(number, model), delay=delay)
    if body["messages"][-1]["role"] == "tool":
        text = " ".join(str(m["content"]) for m in body["messages"] if m["role"] == "tool")
        return Reply(f"answer {number}: {text}", usage=usage(number, ROUTER), delay=delay)
    calls = [
        tool_call(f"call_{m}_{number}", PROMPT, f"{m}{k}") for k, m in enumerate(wanted(number))
    ]
    return Reply("", tool_calls=calls, usage=usage(number, ROUTER), delay=delay)


def menu_for(number: int) -> Menu:
    """The models under names and at prices that no other request has."""
    factor = 1 + number / 100
    return Menu(
        [
            entry(name, *prices, factor, tool_name=f"call_{name}_{number}")
            for name, prices in PRICES.items()
        ]
    )


async def route_all(url: str, via: str, spool: Spool) -> list[Episode]:
    async with open_session() as session, spool.flushing(0.2):
        source = LiveSource(Deployments(settings(url, via), session), 4)
        router = Router(chat(url, session), source, Limits(), spool.add)

        def one(number: int) -> Any:
            query = Query([{"role": "user", "content": f"request {number}"}])
            return router.run(query, menu_for(number), Stamp("many", "serve", True))

        return await asyncio.gather(*map(one, range(REQUESTS)))


def check(number: int, episode: Episode) -> None:
    assert [c["model_id"] for c in episode.calls] == wanted(number)
    assert episode.answer.startswith(f"answer {number}: ")
    assert set(episode.texts.values()) == {f"{m} for {number}" for m in wanted(number)}
    assert episode.row["catalog_id"] == menu_for(number).catalog_id
    for row in episode.calls:
        found = menu_for(number).by_model(row["model_id"])
        assert found is not None
        sent = usage(number, row["model_id"])
        tokens_ = Usage(
            sent["prompt_tokens"],
            sent["prompt_tokens_details"]["cached_tokens"],
            sent["completion_tokens"],
            sent["completion_tokens_details"]["reasoning_tokens"],
        )
        assert row["cost_usd"] == found.tariff.cost(tokens_)
        assert row["list_cost_usd"] == found.base.cost(tokens_)
        assert row["episode_id"] == episode.row["episode_id"]


@pytest.mark.parametrize("via", ["http", pytest.param("litellm", marks=pytest.mark.slow)])
def test_200_requests_with_menus_of_their_own(via: str, tmp_path: Path) -> None:
    spool = Spool(tmp_path, "many")
    with Provider(answer) as provider:
        episodes = asyncio.run(route_all(provider.url, via, spool))
        assert provider.most_in_flight > 20
    for number, episode in enumerate(episodes):
        check(number, episode)
    rows = stored(tmp_path)
    assert len(rows["episodes"]) == REQUESTS
    assert rows["episodes"] == {e.row["episode_id"]: e.answer for e in episodes}
    assert rows["menus"] == REQUESTS
    assert rows["calls"] == {name: dict(provider.tokens[name]) for name in PRICES}
    assert rows["asked"] == {m: n for m, n in provider.asked.items() if m != ROUTER}
    policy = Counter(provider.tokens[ROUTER])
    assert rows["router"] == (policy["input"], policy["output"])


def stored(folder: Path) -> dict[str, Any]:
    """What the spool's files say, by SQL."""
    files = f"'{folder}/episodes-*.parquet'"
    with duckdb.connect() as store:
        texts = store.sql(f"SELECT episode_id, answer_text FROM {files}").fetchall()
        calls = store.sql(
            f"""SELECT c.model_id, count(*), sum(c.input_tokens), sum(c.output_tokens),
            sum(c.cached_input_tokens), sum(c.reasoning_tokens)
            FROM (SELECT unnest(calls) AS c FROM {files}) GROUP BY ALL"""
        ).fetchall()
        router = store.sql(
            f"SELECT sum(router_input_tokens), sum(router_output_tokens) FROM {files}"
        ).fetchall()
        menus = store.sql(
            f"SELECT count(DISTINCT catalog_id) FROM '{folder}/menus-*.parquet'"
        ).fetchall()
    names = ("input", "output", "cached", "reasoning")
    return {
        "episodes": dict(texts),
        "calls": {m: dict(zip(names, map(int, sums), strict=True)) for m, _, *sums in calls},
        "asked": {m: count for m, count, *_ in calls},
        "router": router[0],
        "menus": menus[0][0],
    }
