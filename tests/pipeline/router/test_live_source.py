"""One behaviour for both ways to a model: aiohttp, and LiteLLM's client."""

import asyncio
import socket
import time
from typing import Any

import pytest
from stubs.provider import Provider, Reply, Script, tokens
from stubs.routing import call, request, settings, with_source

from pipeline.catalog.tariff import Usage
from pipeline.errors import SettingsError
from pipeline.router.live import LiveSource
from pipeline.router.turns import CallError
from pipeline.router.turns import Reply as Answer

KEY = "Zq9-0123456789abcdefghijklmnop"
FINE = Reply("fine", usage=tokens(50, 30, cached=20, reasoning=10))
DOWN = Reply("down", status=503)


@pytest.fixture(params=["http", "litellm"])
def via(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def error(chosen: Any, seconds: float = 20.0, **more: Any) -> CallError:
    with pytest.raises(CallError) as caught:
        call(chosen, seconds, **more)
    return caught.value


def nowhere() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


def test_a_reply_with_everything_that_is_billed(via: str) -> None:
    with Provider(Script({"a": FINE})) as provider:
        reply = call(settings(provider.url, via), temperature=0.5, options={"top_p": 0.9})
    assert (reply.text, reply.finish_reason, reply.attempts) == ("fine", "stop", 1)
    assert reply.usage == Usage(50, 20, 30, 10)
    assert reply.source == "live"
    assert reply.provider_cost_usd is None or via == "litellm"
    sent = provider.requests[0]
    assert (sent["model"], sent["max_tokens"]) == ("a", 100)
    assert (sent["temperature"], sent["top_p"]) == (0.5, 0.9)
    assert provider.tokens["a"] == {"input": 50, "output": 30, "cached": 20, "reasoning": 10}


@pytest.mark.parametrize(
    "written",
    ["<think>secret</think>\nfine", "secret\n</think>\n\nfine", "<think>a</think>x</think>fine"],
)
def test_reasoning_never_reaches_the_reply(via: str, written: str) -> None:
    with Provider(Script({"a": Reply(written, reasoning="secret, too")})) as provider:
        assert call(settings(provider.url, via)).text == "fine"


@pytest.mark.parametrize(
    "fault",
    [
        Reply("slow", status=408),
        Reply("busy", status=429),
        Reply("oops", status=500),
        Reply("oops", status=502),
        DOWN,
        Reply(raw='{"choices": ['),
        Reply(raw="<html>proxy</html>"),
        Reply("x" * 5000, cut=True),
        Reply("half", finish="error"),
    ],
    ids=lambda reply: f"{reply.status}{reply.raw or ''}{reply.finish}{reply.cut}",
)
def test_what_may_pass_is_tried_again(via: str, fault: Reply) -> None:
    with Provider(Script({"a": [fault, FINE]})) as provider:
        reply = call(settings(provider.url, via))
    assert (reply.text, reply.attempts) == ("fine", 2)
    assert provider.asked == {"a": 2}


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "bad_request"), (401, "auth"), (403, "forbidden"), (404, "not_found")],
)
def test_what_will_not_pass_fails_at_once(via: str, status: int, kind: str) -> None:
    with Provider(Script({"a": Reply(f"no, {KEY}", status=status)})) as provider:
        seen = error(settings(provider.url, via))
    assert (seen.kind, seen.attempts) == (kind, 1)
    assert provider.asked == {"a": 1}


def test_tries_have_an_end(via: str) -> None:
    with Provider(Script({"a": DOWN})) as provider:
        seen = error(settings(provider.url, via, tries=2))
    assert (seen.kind, seen.attempts, provider.asked["a"]) == ("unavailable", 2, 2)


def test_a_server_that_says_when_is_asked_then(via: str) -> None:
    busy = Reply("busy", status=429, headers={"Retry-After": "0.6"})
    with Provider(Script({"a": [busy, FINE]})) as provider:
        began = time.monotonic()
        assert call(settings(provider.url, via)).attempts == 2
    assert time.monotonic() - began >= 0.6


def test_no_one_waits_beyond_the_time_that_is_left(via: str) -> None:
    busy = Reply("busy", status=429, headers={"Retry-After": "30"})
    with Provider(Script({"a": busy, "b": Reply(hang=True)})) as provider:
        chosen = settings(provider.url, via)
        began = time.monotonic()
        assert error(chosen, 25.0).kind == "rate_limit"
        assert time.monotonic() - began < 20
        began = time.monotonic()
        seen = error(chosen, 0.5, name="b")
        assert time.monotonic() - began < 20
    assert (seen.kind, seen.attempts) == ("timeout", 1)


def test_no_server_is_no_connection(via: str) -> None:
    seen = error(settings(nowhere(), via, tries=2))
    assert (seen.kind, seen.attempts) == ("connection", 2)


@pytest.mark.parametrize("fault", [DOWN, Reply("no", status=401), Reply("gone", status=404)])
def test_a_fallback_takes_over(via: str, fault: Reply) -> None:
    with Provider(Script({"a": fault})) as first, Provider(Script({"spare": FINE})) as second:
        model = "spare" if via == "http" else "openai/spare"
        spare = {"url": second.url, "via": via, "model": model}
        chosen = settings(first.url, via, tries=2, reach={"fallbacks": [spare]})
        reply = call(chosen)
    assert reply.text == "fine"
    assert reply.attempts == first.asked["a"] + 1
    assert second.asked == {"spare": 1}


def test_a_fallback_has_time_left_when_the_first_hangs(via: str) -> None:
    with (
        Provider(Script({"a": Reply(hang=True)})) as first,
        Provider(Script({"a": FINE})) as second,
    ):
        spare = {"url": second.url, "model": "a"}
        chosen = settings(first.url, via, tries=1, reach={"fallbacks": [spare]})
        assert call(chosen, 2.0).attempts == 2


def test_a_bad_request_is_one_everywhere(via: str) -> None:
    bad = Script({"a": Reply("too long", status=400)})
    with Provider(bad) as first, Provider(Script({"a": FINE})) as second:
        chosen = settings(first.url, via, reach={"fallbacks": [{"url": second.url, "model": "a"}]})
        assert error(chosen).kind == "bad_request"
        assert second.requests == []


def test_a_server_that_asks_for_patience_is_left_for_the_fallback(via: str) -> None:
    busy = Reply("busy", status=429, headers={"Retry-After": "30"})
    with Provider(Script({"a": busy})) as first, Provider(Script({"a": FINE})) as second:
        chosen = settings(first.url, via, reach={"fallbacks": [{"url": second.url, "model": "a"}]})
        began = time.monotonic()
        assert call(chosen).attempts == 2
    assert time.monotonic() - began < 20


def test_a_place_that_fails_again_and_again_is_left_alone(via: str) -> None:
    script = Script({"a": [DOWN, DOWN, DOWN, FINE, DOWN, FINE]})

    async def use(source: LiveSource) -> list[Any]:
        seen: list[Any] = []
        for pause in (0, 0, 0, 0, 0.6, 0):
            await asyncio.sleep(pause)
            try:
                seen.append((await source.call(request(), 20.0)).text)
            except CallError as fault:
                seen.append((fault.kind, fault.attempts))
        return seen

    with Provider(script) as provider:
        breaker = {"faults": 3, "pause_seconds": 0.5}
        seen = with_source(settings(provider.url, via, tries=1, breaker=breaker), use)
    down, shut = ("unavailable", 1), ("circuit_open", 0)
    assert seen == [down, down, down, shut, "fine", down]
    assert provider.asked["a"] == 5


def test_a_provider_has_room_for_so_many_calls(via: str) -> None:
    async def use(source: LiveSource) -> list[Answer]:
        return await asyncio.gather(*(source.call(request("ab"[n % 2]), 20.0) for n in range(12)))

    with Provider(lambda body: Reply("ok", delay=0.05)) as provider:
        done = with_source(settings(provider.url, via, in_flight=3), use)
        assert (len(done), provider.most_in_flight) == (12, 3)


def test_waiting_for_room_counts_against_the_time(via: str) -> None:
    async def use(source: LiveSource) -> list[Any]:
        calls = (source.call(request(), seconds) for seconds in (2.0, 0.5))
        return await asyncio.gather(*calls, return_exceptions=True)

    with Provider(Script({"a": Reply(hang=True)})) as provider:
        seen = with_source(settings(provider.url, via, in_flight=1), use)
    assert [(fault.kind, fault.attempts) for fault in seen] == [("timeout", 1), ("busy", 0)]


def test_what_was_not_counted_was_not_free(via: str) -> None:
    with Provider(Script({"a": Reply("one two three", usage={})})) as provider:
        usage = call(settings(provider.url, "http")).usage
    assert usage.input > 0
    assert usage.output >= 3


def test_a_part_is_never_more_than_the_whole() -> None:
    odd = Reply("x", usage=tokens(10, 5, cached=90, reasoning=80))
    with Provider(Script({"a": odd})) as provider:
        assert call(settings(provider.url)).usage == Usage(10, 10, 5, 5)


def test_keys_come_from_the_environment_and_are_never_shown(
    via: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Provider(Script({"a": Reply(f"wrong key {KEY}", status=401)})) as provider:
        chosen = settings(provider.url, via, reach={"key_env": "STUB_KEY"})
        monkeypatch.delenv("STUB_KEY", raising=False)
        with pytest.raises(SettingsError, match="STUB_KEY"):
            call(chosen)
        monkeypatch.setenv("STUB_KEY", KEY)
        seen = error(chosen)
        assert provider.keys == {f"Bearer {KEY}": 1}
    assert KEY[:9] not in str(seen)


def test_no_key_of_another_provider_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with Provider(Script({"a": FINE})) as provider:
        call(settings(provider.url, "litellm"))
        assert not any(KEY in sent for sent in provider.keys)


def test_a_call_that_is_broken_off_is_broken_off_upstream(via: str) -> None:
    with Provider(Script({"a": [FINE, Reply(hang=True)]})) as provider:

        async def use(source: LiveSource) -> None:
            await source.call(request(), 20.0)
            task = asyncio.create_task(source.call(request(), 20.0))
            while len(provider.requests) < 2:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            for _ in range(300):
                if provider.dropped:
                    return
                await asyncio.sleep(0.01)

        with_source(settings(provider.url, via), use)
        assert provider.dropped == 1
