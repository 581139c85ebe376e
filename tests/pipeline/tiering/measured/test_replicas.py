"""Replicas that are slow, full, broken or gone: every request is answered, or handed back once."""

import asyncio
import socket
import threading
import time
from collections import Counter
from typing import Any

import pytest
from stubs.pools import drive, drive_all
from stubs.provider import Provider, Reply

from pipeline.errors import InputError, MachineError


def prompt(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


def texts(count: int) -> list[str]:
    return [f"r{index}" for index in range(count)]


def is_ping(body: dict[str, Any]) -> bool:
    return "max_tokens" in body


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def echo(delay: float) -> Any:
    return lambda body: Reply(prompt(body), delay=delay)


def test_each_replica_is_kept_full_and_never_fuller() -> None:
    with Provider(echo(0.05)) as one, Provider(echo(0.05)) as two:
        found = drive([one.url, two.url], texts(90), in_flight=7)
    assert (one.most_in_flight, two.most_in_flight) == (7, 7)
    assert sorted(found.done) == sorted(found.done, key=lambda d: d[0])
    assert Counter(text for text, _, _ in found.done) == Counter(texts(90))
    assert all(text == answer for text, answer, _ in found.done)
    # 90 requests in rounds of 14 take 7 rounds of 50 ms; one at a time would take 4.5 s.
    assert found.seconds < 2.0


def test_a_slow_replica_holds_up_no_fast_one() -> None:
    with Provider(echo(1.0)) as slow, Provider(echo(0.01)) as fast:
        found = drive([slow.url, fast.url], texts(100), in_flight=4)
    assert len(slow.requests) == 4
    assert len(fast.requests) == 96
    assert len(found.done) == 100
    assert found.seconds < 2.0


def test_requests_that_nobody_wants_any_more_are_not_sent() -> None:
    with Provider(echo(0.0)) as provider:
        found = drive([provider.url], texts(10), wanted=lambda text: text not in ("r3", "r9"))
    assert {text for text, _, _ in found.done} == set(texts(10)) - {"r3", "r9"}
    assert len(provider.requests) == 8


def test_every_passing_fault_is_tried_again_and_named() -> None:
    """Twice a fault, then an answer; two in a row do not make a replica dead."""
    faults = {
        "unavailable": Reply("oops", status=500),
        "timeout": Reply(hang=True),
        "garbage": Reply(raw="<html>proxy</html>"),
    }
    more = {"no body": Reply(raw=""), "no choices": Reply(raw='{"choices": []}')}
    scripts = {**faults, **more, "cut": Reply("x" * 4000, cut=True)}

    def script(fault: Reply) -> Any:
        seen: Counter[str] = Counter()

        def answer(body: dict[str, Any]) -> Reply:
            seen[prompt(body)] += 1
            return fault if seen[prompt(body)] <= 2 else Reply("fine")

        return answer

    providers = {name: Provider(script(reply)) for name, reply in scripts.items()}
    try:
        jobs = [([provider.__enter__().url], [name]) for name, provider in providers.items()]
        found = asyncio.run(drive_all(jobs, seconds=0.4))
    finally:
        for provider in providers.values():
            provider.stop()
    kinds = {"no body": "garbage", "no choices": "garbage", "cut": "unavailable"}
    for name, one in zip(providers, found, strict=True):
        assert [answer for _, answer, _ in one.done] == ["fine"], name
        assert one.faults == {kinds.get(name, name): 2}
        assert one.tries == {name: 3}
        assert len(providers[name].requests) == 3


def test_a_request_that_always_fails_is_handed_back_and_others_go_on() -> None:
    """Garbage for one problem only, also where it is all that is left."""

    def answer(body: dict[str, Any]) -> Reply:
        return Reply(raw="}{") if prompt(body) == "r5" else Reply("fine")

    with Provider(answer) as provider:
        found = drive([provider.url], texts(30), tries=3)
    assert found.failed == [("r5", "garbage")]
    assert len(found.done) == 29
    assert Counter(map(prompt, provider.requests))["r5"] == 3


def test_a_refused_prompt_is_not_asked_again() -> None:
    def answer(body: dict[str, Any]) -> Reply:
        if prompt(body) == "r2":
            return Reply("too long", status=400)
        return Reply("I can", finish="content_filter" if prompt(body) == "r7" else "stop")

    with Provider(answer) as provider:
        found = drive([provider.url], texts(20))
    assert sorted(found.failed) == [("r2", "bad_request"), ("r7", "forbidden")]
    assert len(found.done) == 18
    assert len(provider.requests) == 20


def test_a_replica_waits_as_long_as_it_was_asked_to() -> None:
    """Nothing is sent meanwhile, and being asked to wait is no try."""
    moments: list[float] = []

    def answer(body: dict[str, Any]) -> Reply:
        moments.append(time.monotonic())
        busy = Reply("busy", status=429, headers={"Retry-After": "1"})
        return busy if len(moments) <= 3 else Reply("fine")

    with Provider(answer) as provider:
        found = drive([provider.url], texts(12), in_flight=3, tries=1)
    assert len(found.done) == 12
    assert found.faults == {"rate_limit": 3}
    assert set(found.tries.values()) == {1}
    assert moments[3] - moments[2] >= 1.0


def test_what_a_full_replica_sends_back_goes_to_a_free_one() -> None:
    busy = Reply("busy", status=429, headers={"Retry-After": "30"})
    with Provider(lambda body: busy) as full, Provider(echo(0.01)) as free:
        found = drive([full.url, free.url], texts(40), in_flight=4)
    assert len(found.done) == 40
    assert len(full.requests) == 4
    assert found.seconds < 5.0


def test_a_hanging_replica_loses_its_requests_to_others() -> None:
    with Provider(lambda body: Reply(hang=True)) as hung, Provider(echo(0.01)) as fine:
        found = drive([hung.url, fine.url], texts(60), in_flight=3, seconds=1.5)
        assert len(found.done) == 60
        assert {replica for _, _, replica in found.done} == {fine.url}
    assert found.faults == {"timeout": 3}
    # It left: after its first three nothing but pings was sent.
    assert sum(not is_ping(body) for body in hung.requests) == 3


def test_a_dead_replica_leaves_and_rejoins() -> None:
    down, back = threading.Event(), threading.Event()
    while_down: list[dict[str, Any]] = []

    def answer(body: dict[str, Any]) -> Reply:
        if down.is_set() and not back.is_set():
            while_down.append(body)
            return Reply("dead", status=503)
        if back.is_set() and not is_ping(body):
            rejoined.append(prompt(body))
        return Reply("fine", delay=0.02)

    rejoined: list[str] = []
    with Provider(answer) as weak, Provider(echo(0.02)) as strong:
        timers = [threading.Timer(0.2, down.set), threading.Timer(0.7, back.set)]
        for timer in timers:
            timer.start()
        found = drive([weak.url, strong.url], texts(500), in_flight=4)
    assert len(found.done) == 500
    assert not found.failed
    assert Counter(text for text, _, _ in found.done) == Counter(texts(500))
    # What was in flight failed; then it was left alone but for a ping now and then.
    assert 3 <= sum(not is_ping(body) for body in while_down) <= 12
    assert len(rejoined) > 20


def test_all_servers_gone_for_a_while_lose_nothing() -> None:
    port = free_port()
    with Provider(echo(0.02), port=port) as first:
        stop = threading.Timer(0.3, first.stop)
        stop.start()
        second = Provider(echo(0.02), port=port)
        restart = threading.Timer(1.0, second.__enter__)
        restart.start()
        found = drive([first.url], texts(150), in_flight=4, tries=2)
        restart.join()
        second.stop()
    assert Counter(text for text, _, _ in found.done) == Counter(texts(150))
    assert not found.failed
    assert found.faults["connection"] > 0
    assert first.requests
    assert second.requests


def test_without_any_replica_the_run_ends_and_says_what_to_do() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(MachineError) as caught:
        drive([url], texts(5), patience=0.8)
    message = str(caught.value)
    assert "no replica has answered for 0.8 s" in message
    assert url in message
    assert "connection" in message
    assert "start them" in message
    assert "run the same command again" in message
    assert caught.value.exit_code == 3


def test_servers_that_only_ask_to_wait_end_the_run_too() -> None:
    busy = Reply("quota", status=429, headers={"Retry-After": "300"})
    with Provider(lambda body: busy) as provider:
        with pytest.raises(MachineError, match="4 rate_limit"):
            drive([provider.url], texts(9), patience=0.8, in_flight=4)
        assert len(provider.requests) == 4


@pytest.mark.parametrize(("status", "kind"), [(401, "key"), (404, "model"), (400, "parameters")])
def test_servers_that_refuse_everything_end_the_run_at_once(status: int, kind: str) -> None:
    with Provider(lambda body: Reply("never", status=status)) as provider:
        with pytest.raises(InputError, match=rf"refuses every request: HTTP {status}.*{kind}"):
            drive([provider.url], texts(200), tries=6)
        assert len(provider.requests) <= 60


def test_one_replica_with_another_key_leaves_the_work_to_the_rest() -> None:
    with (
        Provider(lambda body: Reply("who?", status=401)) as strange,
        Provider(echo(0.01)) as known,
    ):
        found = drive([strange.url, known.url], texts(80), in_flight=4, tries=6)
    assert len(found.done) == 80
    assert sum(not is_ping(body) for body in strange.requests) <= 8


def test_a_replica_that_refuses_what_others_answer_swallows_little() -> None:
    """One started with a shorter context says no at once, and so would get all the work."""

    def refuse(body: dict[str, Any]) -> Reply:
        return Reply("p") if is_ping(body) else Reply("max_tokens is too large", status=400)

    with Provider(refuse) as small, Provider(echo(0.01)) as fine:
        found = drive([small.url, fine.url], texts(600), in_flight=4, proven=True)
    assert len(found.done) + len(found.failed) == 600
    assert len(found.failed) <= 60
    assert sum(not is_ping(body) for body in small.requests) <= 80
