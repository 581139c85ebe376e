"""Many requests at once: what each is told belongs to it, and all together is what was billed."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from stubs.provider import Provider, Reply, tokens
from stubs.serving import BUDGET, DEAR, Start, live

from pipeline.catalog.tariff import Usage

MANY = 200
NAMES = {"budget": BUDGET, "dear": DEAR}


def usage(number: int) -> dict[str, Any]:
    return tokens(1000 + number, 10 + number % 7, number % 5, number % 3)


async def ask_all(address: str) -> list[dict[str, Any]]:
    """Ask all at once, every other request with a menu of its own."""

    async def ask(number: int) -> dict[str, Any]:
        messages = [{"role": "user", "content": str(number)}]
        body: dict[str, Any] = {"model": "xrouter", "messages": messages}
        if number % 2:
            body["xrouter"] = {"models": [DEAR]}
        answer = await client.post(f"{address}/v1/chat/completions", json=body)
        found: dict[str, Any] = answer.json()
        return found

    limits = httpx.Limits(max_connections=MANY)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        return list(await asyncio.gather(*map(ask, range(MANY))))


def test_two_hundred_at_once_are_kept_apart(start: Start, provider: Provider) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        number = int(body["messages"][-1]["content"])
        return Reply(f"{number} of {body['model']}", usage=usage(number), delay=number % 4 / 20)

    provider.answer = answer
    running = start(live(provider, policy="cheapest", in_flight=MANY))
    tariffs = {e.model_id: e.tariff for e in running.service.menus.whole.entries}
    answers = asyncio.run(ask_all(running.address))
    rows = {row["episode_id"]: row for row in running.rows()}
    total = Counter[str]()
    for number, found in enumerate(answers):
        stub = "dear" if number % 2 else "budget"
        assert found["choices"][0]["message"]["content"] == f"{number} of {stub}"
        assert found["usage"] == usage(number)
        row = rows.pop(found["xrouter"]["episode_id"])
        (call,) = row["calls"]
        assert call["model_id"] == NAMES[stub]
        assert row["offered"] == ([DEAR] if number % 2 else [BUDGET, DEAR])
        counted = (call["input_tokens"], call["cached_input_tokens"], call["output_tokens"])
        expected = tariffs[NAMES[stub]].cost(Usage(*counted, call["reasoning_tokens"]))
        assert row["total_cost_usd"] == pytest.approx(expected)
        assert found["xrouter"]["cost_usd"]["total"] == row["total_cost_usd"]
        total.update({f"{stub} input": call["input_tokens"]})
        total.update({f"{stub} output": call["output_tokens"]})
    assert rows == {}
    for stub, told in provider.tokens.items():
        assert total[f"{stub} input"] == told["input"]
        assert total[f"{stub} output"] == told["output"]
