"""LiteLLM's client against a real server on the loopback device: the same kinds of faults."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from stubs.provider import Provider, Reply

from pipeline.providers.completion import Completion
from pipeline.providers.faults import ProviderError
from pipeline.providers.litellm_api import LiteLLMEndpoint

KEY = "Zq9-0123456789abcdefghijklmnop"
REPLIES = {
    "fine": Reply("vier", reasoning="2 + 2", finish="length"),
    "401": Reply(f"wrong key {KEY}", status=401),
    "403": Reply("no", status=403),
    "404": Reply("no such model", status=404),
    "400": Reply("too long", status=400),
    "429": Reply("slow down", status=429, headers={"Retry-After": "12"}),
    "500": Reply("oops", status=500),
    "503": Reply("oops", status=503),
    "garbage": Reply(raw="<html>proxy</html>"),
    "cut": Reply("x" * 5000, cut=True),
    "hang": Reply(hang=True),
}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider(lambda body: REPLIES[body["messages"][0]["content"]]) as running:
        yield running


def ask(url: str, text: str, seconds: float = 20.0, **more: Any) -> Completion:
    endpoint = LiteLLMEndpoint("openai/stub", KEY, url)
    body = {"model": "ignored", "messages": [{"role": "user", "content": text}], **more}
    return asyncio.run(endpoint.complete(body, seconds))


def fault(url: str, text: str, seconds: float = 20.0) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(url, text, seconds)
    assert KEY not in str(caught.value)
    assert KEY[:9] not in str(caught.value)
    return caught.value


def test_a_completion_through_several_event_loops(provider: Provider) -> None:
    for _ in range(3):
        done = ask(provider.url, "fine", temperature=0.6, max_tokens=9, top_k=20)
        assert (done.text, done.reasoning, done.finish_reason) == ("vier", "2 + 2", "length")
        assert (done.prompt_tokens, done.completion_tokens) == (1, 1)
    sent = provider.requests[-1]
    assert (sent["model"], sent["top_k"], sent["max_tokens"]) == ("stub", 20, 9)
    assert provider.keys[f"Bearer {KEY}"] >= 3


@pytest.mark.parametrize(
    ("text", "kind", "status", "wait"),
    [
        ("401", "auth", 401, None),
        ("403", "forbidden", 403, None),
        ("404", "not_found", 404, None),
        ("400", "bad_request", 400, None),
        ("429", "rate_limit", 429, 12.0),
        ("500", "unavailable", 500, None),
        ("503", "unavailable", 503, None),
        ("garbage", "unavailable", 500, None),
        ("cut", "unavailable", 500, None),
    ],
)
def test_faults_have_their_kinds_and_are_tried_once(
    provider: Provider, text: str, kind: str, status: int, wait: float | None
) -> None:
    before = len(provider.requests)
    seen = fault(provider.url, text)
    assert (seen.kind, seen.status, seen.retry_after) == (kind, status, wait)
    assert len(provider.requests) == before + 1


def test_no_answer_is_a_timeout(provider: Provider) -> None:
    assert fault(provider.url, "hang", seconds=0.3).kind == "timeout"


def test_no_server_is_a_connection_that_never_was() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert fault(f"http://127.0.0.1:{port}/v1", "fine").kind == "connection"


def test_an_unknown_provider_is_no_fault_of_a_server() -> None:
    with pytest.raises(ProviderError) as caught:
        asyncio.run(LiteLLMEndpoint("nonsense/x", KEY).complete({"messages": []}, 5.0))
    assert caught.value.kind == "bad_request"
