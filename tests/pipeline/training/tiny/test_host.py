"""The CPU host over HTTP: chats in, tool calls and usage out, our engine in front of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the training environment: torch")
pytest.importorskip("transformers", reason="needs the training environment: transformers")

from aiohttp import ClientSession, web

from pipeline.bank.source import open_bank
from pipeline.io import read_parquet
from pipeline.layout import Layout
from pipeline.providers.openai_http import OpenAIEndpoint, open_session
from pipeline.router.chat import ChatPolicy
from pipeline.router.engine import Router
from pipeline.router.menu import Menu
from pipeline.router.record import Stamp
from pipeline.router.turns import Query
from pipeline.training.tiny.codec import call_text, select_text
from pipeline.training.tiny.host import Asked, Host
from pipeline.training.tiny.network import make_network
from pipeline.training.tiny.world import Sizes, write_world

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny-router")
    make_network(folder)
    return folder


class Scripted(Host):
    """A host whose network writes what it is told."""

    texts: list[str]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.prompts: list[list[int]] = []

    def _write(self, asked: Asked) -> list[int]:
        self.prompts.append(asked.prompt)
        return self._codec.said(self.texts.pop(0))


@asynccontextmanager
async def serving(host: Host) -> AsyncIterator[str]:
    runner = web.AppRunner(host.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def post(url: str, body: Any) -> tuple[int, Any]:
    async with (
        ClientSession() as session,
        session.post(f"{url}/v1/chat/completions", json=body) as response,
    ):
        return response.status, await response.json()


def asked(host: Host, *bodies: Any) -> list[tuple[int, Any]]:
    async def run() -> list[tuple[int, Any]]:
        async with serving(host) as url:
            return [await post(url, body) for body in bodies]

    return asyncio.run(run())


def test_a_chat_is_answered_and_counted(raw: Path) -> None:
    body = {"messages": HELLO, "max_tokens": 7, "temperature": 1.0, "seed": 3}
    (status, first), (_, again) = asked(Host(raw), body, body)
    assert status == 200
    usage, choice = first["usage"], first["choices"][0]
    assert 0 < usage["completion_tokens"] <= 7
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert choice["finish_reason"] in ("length", "stop", "tool_calls")
    assert first["choices"] == again["choices"]


def test_calls_come_out_as_tool_calls(raw: Path) -> None:
    host = Scripted(raw)
    host.texts = [call_text("call_sim_ash"), "so", "<tool_call>\nno json\n</tool_call>"]
    found = [answer["choices"][0] for _, answer in asked(host, *[{"messages": HELLO}] * 3)]
    called = found[0]["message"]["tool_calls"][0]
    assert found[0]["finish_reason"] == "tool_calls"
    assert found[0]["message"]["content"] is None
    assert called["function"] == {"name": "call_sim_ash", "arguments": '{"system_prompt": ""}'}
    assert found[1] | {"index": 0} == {
        "index": 0,
        "message": {"role": "assistant", "content": "so"},
        "finish_reason": "stop",
    }
    # What cannot be read is a call all the same, which the engine then refuses.
    assert found[2]["message"]["tool_calls"][0]["function"]["name"] == ""


def test_a_price_without_a_token_is_read_as_the_nearest(raw: Path) -> None:
    def read(price: str) -> list[int]:
        """The prompt that the network is given."""
        host = Scripted(raw)
        host.texts = ["so"]
        system = f"budget | ${price} in $1.8 out | call_sim_ash"
        asked(host, {"messages": [{"role": "system", "content": system}, *HELLO]})
        return host.prompts[0]

    assert read("0.4712") == read("0.47") != read("0.39")


def test_bad_bodies_are_refused_with_a_reason(raw: Path) -> None:
    bodies = (
        [],
        {"messages": []},
        {"messages": HELLO, "stream": True},
        {"messages": HELLO, "n": 2},
        {"messages": HELLO, "temperature": "hot"},
        {"messages": [{"content": "no role"}]},
        {"messages": [{"role": "user", "content": "word " * 3000}]},
    )
    for status, answer in asked(Host(raw), *bodies):
        assert status == 400
        assert answer["error"]["message"]


def test_it_says_that_it_is_there(raw: Path) -> None:
    async def run() -> list[str]:
        async with serving(Host(raw, "tiny")) as url, open_session() as session:
            async with session.get(f"{url}/health") as response:
                assert response.status == 200
            return await OpenAIEndpoint(f"{url}/v1", session).models()

    assert asyncio.run(run()) == ["tiny"]


def test_the_engine_decides_with_it(raw: Path, tmp_path: Path) -> None:
    """A call, its reply out of the bank, and the choice of the reply, all through HTTP."""
    write_world(tmp_path, 0, Sizes(5, 5, 5, 1))
    row = read_parquet(Layout(tmp_path).examples("test")).row(0, named=True)
    menu = Menu.of_rows(row["extra_info"]["catalog"])
    host = Scripted(raw)
    host.texts = [call_text(menu.entries[0].tool_name), select_text()]

    async def run() -> Any:
        async with serving(host) as url, open_session() as session:
            policy = ChatPolicy(OpenAIEndpoint(f"{url}/v1", session), "tiny")
            query = Query(row["prompt"][1:], row["extra_info"]["problem_id"])
            router = Router(policy, open_bank(tmp_path))
            return await router.run(query, menu, Stamp("run", "serve"))

    episode = asyncio.run(run())
    assert episode.row["mode"] == "select"
    assert episode.row["turns"] == 2
    assert episode.row["verdict"] in ("correct", "wrong")
    assert 40 < episode.row["router_input_tokens"] < 300
    assert episode.row["total_cost_usd"] > 0
