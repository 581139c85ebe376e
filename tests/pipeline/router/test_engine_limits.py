"""Limits: checked before money is spent, and an outcome when they are reached."""

import time

import pytest
from stubs.provider import Provider, Reply, Script, tokens
from stubs.routing import calls_of, entry, route

from pipeline.catalog.tariff import Tariff, Usage
from pipeline.router.limits import Limits, Purse, answer_tokens, prompt_tokens
from pipeline.router.rules import rule_named

HANG = Reply(hang=True)


def wants(*names: str, **arguments: int) -> Reply:
    return Reply("", tool_calls=calls_of(*names, **arguments), finish="tool_calls")


def fine(*turns: Reply, cost: int = 10) -> Script:
    reply = Reply("fine", usage=tokens(10, cost))
    return Script({"router": list(turns), "a": reply, "b": reply, "c": reply})


def test_turns_have_an_end() -> None:
    with Provider(fine(wants("a"))) as provider:
        episode = route(provider.url, limits=Limits(turns=3))
    assert episode.failed
    assert episode.row["error"] == "turns: no answer after 3 turns"
    assert provider.asked == {"router": 3, "a": 3}


def test_the_last_reply_is_given_where_that_is_wanted() -> None:
    with Provider(fine(wants("a"))) as provider:
        episode = route(provider.url, limits=Limits(turns=2, salvage=True))
    assert (episode.answer, episode.row["mode"]) == ("fine", "select")
    assert episode.row["selected_call"] == "c2"
    assert episode.row["error"] == "turns: no answer after 2 turns"


def test_calls_over_the_limit_are_refused() -> None:
    with Provider(fine(wants("a", "b", "c"), wants("a"), Reply("done"))) as provider:
        episode = route(provider.url, limits=Limits(calls=2))
    seen = [(c["status"], c["error_type"]) for c in episode.calls]
    refused = ("refused", "calls")
    assert seen == [("ok", None), ("ok", None), refused, refused]
    assert provider.asked == {"router": 3, "a": 1, "b": 1}
    assert "only 2 calls" in provider.requests[-1]["messages"][-1]["content"]


def test_no_call_is_made_that_could_cost_too_much() -> None:
    """Model b may cost 100 x 6 USD a million; a prompt of 30 tokens or fewer adds at most 90."""
    limits = Limits(spend_usd=750e-6)
    turn = wants("b", "b", max_tokens=100)
    with Provider(fine(turn, wants("b", max_tokens=100), Reply("done"), cost=2)) as provider:
        episode = route(provider.url, limits=limits)
    seen = [(c["status"], c["error_type"]) for c in episode.calls]
    # The second one waits for the first one's change.
    assert seen == [("ok", None), ("refused", "budget"), ("ok", None)]
    assert episode.row["calls_cost_usd"] == pytest.approx(2 * (10 * 3 + 2 * 6) / 1e6)
    assert "call a cheaper model" in provider.requests[2]["messages"][-1]["content"]


def test_a_length_that_is_not_named_is_the_longest_one() -> None:
    most = 4_000 * 6e-6
    for spend, made in ((most, 0), (most + 0.001, 1)):
        with Provider(fine(wants("b"), Reply("done"))) as provider:
            route(provider.url, limits=Limits(spend_usd=spend))
            assert provider.asked["b"] == made


def test_what_was_broken_off_keeps_its_reservation() -> None:
    purse = Purse(1.0)
    tariff = Tariff(0.0, 1e6, 0.0)
    reserved = purse.reserve(tariff, 1, 1)
    assert reserved == 1.0
    assert purse.reserve(tariff, 0, 1) is None
    purse.settle(reserved, 0.25)
    assert purse.reserve(tariff, 0, 1) is None
    assert purse.reserve(Tariff(0.0, 0.75e6, 0.0), 0, 1) == 0.75


def test_a_policy_that_never_answers_is_not_waited_for() -> None:
    with Provider(Script({"router": HANG})) as provider:
        began = time.monotonic()
        episode = route(provider.url, limits=Limits(seconds=0.6))
        assert time.monotonic() - began < 20
    assert episode.failed
    assert episode.row["error"].startswith("policy_timeout")
    assert 0.5 < episode.row["seconds"] < 20


def test_calls_leave_time_for_an_answer() -> None:
    turns = [wants("a", "b"), wants("a"), Reply("done")]
    script = Script({"router": turns, "a": Reply("fine"), "b": HANG})
    with Provider(script) as provider:
        limits = Limits(seconds=8.0, closing=0.9)
        episode = route(provider.url, limits=limits)
    assert (episode.answer, episode.row["mode"]) == ("done", "synthesize")
    assert [c["error_type"] for c in episode.calls] == [None, "timeout", "time"]
    assert provider.asked["a"] == 1
    assert "answer now" in provider.requests[-1]["messages"][-1]["content"]


def test_a_rule_may_use_all_the_time() -> None:
    with Provider(Script({"c": HANG})) as provider:
        episode = route(provider.url, policy=rule_named("cheapest"), limits=Limits(seconds=0.5))
    assert episode.failed
    assert [c["error_type"] for c in episode.calls] == ["timeout"]
    assert 0.4 < episode.calls[0]["seconds"] < 20


def test_retries_stay_within_the_time() -> None:
    """There is time for three of the four tries that are allowed at most."""
    down = Reply("down", status=503, headers={"Retry-After": "0.8"})
    with Provider(Script({"c": down})) as provider:
        episode = route(provider.url, policy=rule_named("cheapest"), limits=Limits(seconds=2.0))
    assert episode.calls[0]["error_type"] == "unavailable"
    assert episode.calls[0]["attempts"] == provider.asked["c"]
    assert 1 < provider.asked["c"] < 4


def test_the_longest_answer_fits_model_and_context() -> None:
    limits = Limits(call_tokens=500)
    small = entry("a", 1.0, 2.0, context_window=1000, max_output_tokens=None)
    assert answer_tokens(small, None, 10, limits) == 500
    assert answer_tokens(small, 700, 10, limits) == 700
    assert answer_tokens(small, 5000, 900, limits) == 100
    assert answer_tokens(small, None, 5000, limits) == 1
    assert answer_tokens(entry("a", 1.0, 2.0), 9999, 10, limits) == 4000


@pytest.mark.parametrize("text", ["", "word " * 100, "\u4e2d\u6587" * 50, "\ud83d", "x"])
def test_prompts_are_estimated_from_above(text: str) -> None:
    assert prompt_tokens([{"role": "user", "content": text}]) >= 8 + len(text.split())
    assert prompt_tokens([{"role": "user", "content": [{"type": "text", "text": text}]}]) >= 8
    assert prompt_tokens([{"role": "assistant", "content": None}]) >= 8


def test_usage_adds_up() -> None:
    assert Usage(1, 2, 3, 4) + Usage(10, 20, 30, 40) == Usage(11, 22, 33, 44)
    with pytest.raises(TypeError):
        Usage(1) + 1  # type: ignore[operator]
