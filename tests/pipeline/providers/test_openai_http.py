"""The aiohttp client against a real server on the loopback device that misbehaves in every way."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest
from stubs.provider import Provider, Reply

from pipeline.providers.completion import Completion
from pipeline.providers.faults import ProviderError
from pipeline.providers.openai_http import OpenAIEndpoint, open_session

Result = TypeVar("Result")
KEY = "Zq9-0123456789abcdefghijklmnop"
REPLIES = {
    "fine": Reply("vier", reasoning="2 + 2", finish="length"),
    "401": Reply(f"wrong key {KEY}", status=401),
    "403": Reply("no", status=403),
    "404": Reply("no such model", status=404),
    "400": Reply("too long", status=400),
    "429": Reply("slow down", status=429, headers={"Retry-After": "12"}),
    "500": Reply("oops " * 1000, status=500),
    "503": Reply("restarting", status=503, headers={"Retry-After": "3"}),
    "garbage": Reply(raw="<html>proxy</html>"),
    "empty": Reply(raw=""),
    "cut": Reply("x" * 5000, cut=True),
    "hang": Reply(hang=True),
}


def reply(body: dict[str, Any]) -> Reply:
    return REPLIES.get(body["messages"][0]["content"], Reply("pong"))


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider(reply, models=("stub", "other")) as running:
        yield running


def call(
    url: str, use: Callable[[OpenAIEndpoint], Awaitable[Result]], key: str | None = KEY
) -> Result:
    async def main() -> Result:
        async with open_session() as session:
            return await use(OpenAIEndpoint(url, session, key))

    return asyncio.run(main())


def ask(url: str, text: str, seconds: float = 20.0) -> Completion:
    body = {"model": "stub", "messages": [{"role": "user", "content": text}]}
    return call(url, lambda endpoint: endpoint.complete(body, seconds))


def fault(url: str, text: str, seconds: float = 20.0) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(url, text, seconds)
    assert KEY not in str(caught.value)
    assert len(str(caught.value)) < 500
    return caught.value


def test_a_completion(provider: Provider) -> None:
    done = ask(provider.url, "fine")
    assert (done.text, done.reasoning, done.finish_reason) == ("vier", "2 + 2", "length")
    assert (done.prompt_tokens, done.completion_tokens) == (1, 1)
    assert 0 < done.seconds < 20
    assert provider.keys[f"Bearer {KEY}"] > 0
    assert provider.requests[-1]["model"] == "stub"


@pytest.mark.parametrize(
    ("text", "kind", "status", "wait"),
    [
        ("401", "auth", 401, None),
        ("403", "forbidden", 403, None),
        ("404", "not_found", 404, None),
        ("400", "bad_request", 400, None),
        ("429", "rate_limit", 429, 12.0),
        ("500", "unavailable", 500, None),
        ("503", "unavailable", 503, 3.0),
        ("garbage", "garbage", None, None),
        ("empty", "garbage", None, None),
        ("cut", "unavailable", None, None),
    ],
)
def test_faults_have_their_kinds(
    provider: Provider, text: str, kind: str, status: int | None, wait: float | None
) -> None:
    seen = fault(provider.url, text)
    assert (seen.kind, seen.status, seen.retry_after) == (kind, status, wait)


def test_no_answer_is_a_timeout(provider: Provider) -> None:
    seen = fault(provider.url, "hang", seconds=0.2)
    assert seen.kind == "timeout"
    assert "0.2 s" in str(seen)


def test_no_server_is_a_connection_that_never_was() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert fault(f"http://127.0.0.1:{port}/v1", "fine").kind == "connection"
    assert fault("http://nowhere.invalid/v1", "fine").kind == "connection"


def test_a_server_that_closes_without_a_word() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        async def main() -> None:
            async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readline()
                writer.close()

            async with await asyncio.start_server(drop, sock=server), open_session() as session:
                url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
                await OpenAIEndpoint(url, session).complete({"messages": []}, 5.0)

        with pytest.raises(ProviderError) as caught:
            asyncio.run(main())
    assert caught.value.kind == "unavailable"


def test_a_key_that_is_no_header_is_not_shown(provider: Provider) -> None:
    with pytest.raises(ProviderError) as caught:
        call(provider.url, lambda endpoint: endpoint.models(), key=f"{KEY}\nX: y")
    assert KEY not in str(caught.value)


def test_models_and_version(provider: Provider) -> None:
    assert call(provider.url, lambda endpoint: endpoint.models()) == ["stub", "other"]
    assert call(provider.url + "/", lambda endpoint: endpoint.version()) == "0.0-stub"
    root = provider.url.removesuffix("/v1")
    assert call(f"{root}/nothing", lambda endpoint: endpoint.version()) is None
    with pytest.raises(ProviderError) as caught:
        call(f"{root}/nothing", lambda endpoint: endpoint.models())
    assert caught.value.kind == "not_found"


@pytest.mark.parametrize(
    ("answer", "alive"),
    [
        (Reply("p"), True),
        (Reply("busy", status=429), True),
        (Reply("no template", status=400), True),
        (Reply("engine is dead", status=500), False),
        (Reply("other model", status=404), False),
        (Reply("key", status=401), False),
        (Reply(raw="{}"), False),
    ],
)
def test_alive_means_that_the_model_writes(answer: Reply, alive: bool) -> None:
    with Provider(lambda body: answer) as running:
        assert call(running.url, lambda endpoint: endpoint.alive("stub")) is alive
        assert running.requests[0]["max_tokens"] == 1


def test_many_requests_are_in_flight_at_once(provider: Provider) -> None:
    with Provider(lambda body: Reply("ok", delay=0.3)) as running:

        async def all_at_once(endpoint: OpenAIEndpoint) -> int:
            body = {"messages": [{"role": "user", "content": "x"}]}
            done = await asyncio.gather(*(endpoint.complete(body, 20.0) for _ in range(150)))
            return len(done)

        assert call(running.url, all_at_once) == 150
        assert running.most_in_flight == 150
