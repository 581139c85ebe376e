"""The three ways to an answer, against a server that plays the policy and the models it calls."""

import json
from typing import Any

import pytest
from stubs.provider import Provider, Reply, Script, tokens, tool_call
from stubs.routing import calls_of, entry, menu, route, select

from pipeline.catalog.tariff import LongPrompt
from pipeline.router.menu import Menu
from pipeline.router.rules import rule_named

SYSTEM = {"role": "system", "content": "You are a pirate."}
TALK = [
    SYSTEM,
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Ahoy"},
    {"role": "user", "content": [{"type": "text", "text": "Why?"}]},
]
A, B = Reply("from a", usage=tokens(100, 50, 40, 20)), Reply("from b", usage=tokens(200, 10))


def played(*turns: Reply, **models: Any) -> Provider:
    return Provider(Script({"router": list(turns), "a": A, "b": B} | models))


def wants(*names: str, **arguments: Any) -> Reply:
    return Reply("", tool_calls=calls_of(*names, **arguments), finish="tool_calls")


def test_a_direct_answer() -> None:
    with played(Reply("42", usage=tokens(300, 7))) as provider:
        episode = route(provider.url)
    assert (episode.answer, episode.finish_reason, episode.calls) == ("42", "stop", [])
    row = episode.row
    assert (row["mode"], row["turns"], row["error"], row["selected_call"]) == (
        "direct", 1, None, None,
    )  # fmt: skip
    assert (row["router_input_tokens"], row["router_output_tokens"]) == (300, 7)
    assert row["total_cost_usd"] == 0.0
    assert row["offered"] == ["a", "b", "c"]
    assert provider.asked == {"router": 1}


def test_calls_and_an_answer_made_of_them() -> None:
    with played(wants("a"), wants("b"), Reply("both agree")) as provider:
        episode = route(provider.url, shown=menu(factor=2.0))
    assert (episode.answer, episode.row["mode"], episode.row["turns"]) == (
        "both agree", "synthesize", 3,
    )  # fmt: skip
    first, second = episode.calls
    assert [c["turn"] for c in episode.calls] == [0, 1]
    assert [c["call_id"] for c in episode.calls] == ["c1", "c2"]
    assert first["cost_usd"] == pytest.approx((60 * 2.0 + 40 * 0.2 + 50 * 4.0) / 1e6)
    assert first["list_cost_usd"] == pytest.approx(first["cost_usd"] / 2)
    assert second["cost_usd"] == pytest.approx((200 * 6.0 + 10 * 12.0) / 1e6)
    assert episode.row["calls_cost_usd"] == pytest.approx(
        first["cost_usd"] + second["cost_usd"], abs=0
    )
    names = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")
    assert [first[name] for name in names] == [100, 40, 50, 20]
    assert (first["status"], first["source"], first["selected"]) == ("ok", "live", False)
    assert episode.texts == {"c1": "from a", "c2": "from b"}


def test_a_reply_is_selected_by_its_call_id() -> None:
    twice = [Reply("first of a"), Reply("second of a")]
    with played(wants("a", "a"), Reply("so", tool_calls=select("c2")), a=twice) as provider:
        episode = route(provider.url)
    chosen = {c["call_id"]: c["selected"] for c in episode.calls}
    assert chosen == {"c1": False, "c2": True}
    assert episode.row["selected_call"] == "c2"
    assert episode.row["mode"] == "select"
    assert episode.answer == episode.texts["c2"]
    assert {episode.texts["c1"], episode.answer} == {"first of a", "second of a"}


def test_calls_of_one_turn_are_made_at_once() -> None:
    slow = Reply("slow", delay=0.3)
    with played(wants("a", "b", "a", "b"), Reply("done"), a=slow, b=slow) as provider:
        episode = route(provider.url)
        assert provider.most_in_flight == 4
    assert [c["turn"] for c in episode.calls] == [0, 0, 0, 0]
    assert episode.row["seconds"] < 0.3 * 3


def test_what_a_policy_reads_and_what_a_called_model_reads() -> None:
    with played(wants("a"), Reply("done")) as provider:
        route(provider.url, messages=TALK)
    first, called, second = provider.requests
    assert first["messages"][0]["content"] == menu().instructions
    assert first["messages"][1:] == TALK
    assert first["tools"] == menu().tools
    system, *rest = called["messages"]
    assert system == {"role": "system", "content": "Be brief.\n\nYou are a pirate."}
    assert rest == TALK[1:]
    assert "tools" not in called
    said, seen = second["messages"][5:]
    assert [c["function"]["name"] for c in said["tool_calls"]] == ["call_a"]
    assert seen["tool_call_id"] == said["tool_calls"][0]["id"] == "a0"
    assert seen["content"] == "call_id: c1\n\nfrom a"


def test_a_system_prompt_in_parts_is_read_as_text() -> None:
    parts = [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]
    messages = [{"role": "system", "content": parts}, {"role": "user", "content": "Why?"}]
    with played(wants("a"), Reply("done")) as provider:
        route(provider.url, messages=messages)
    assert provider.requests[1]["messages"][0]["content"] == "Be brief.\n\nOne.\n\nTwo."


def test_reasoning_is_in_no_answer_no_reply_and_no_later_turn() -> None:
    thinking = Reply("<think>secret</think>I ask a.", tool_calls=calls_of("a"))
    done = Reply("<think>secret</think>\n\nYes.", reasoning="secret")
    called = Reply("<think>secret</think>\nfrom a", reasoning="secret")
    with played(thinking, done, a=called) as provider:
        episode = route(provider.url)
    assert episode.answer == "Yes."
    assert episode.texts == {"c1": "from a"}
    assert "secret" not in json.dumps(provider.requests[2])


def test_an_answer_that_was_cut_in_its_reasoning_is_none() -> None:
    with played(Reply("<think>so long", finish="length")) as provider:
        episode = route(provider.url)
    assert episode.failed
    assert episode.row["error"] == "no_answer: the policy wrote no answer (length)"


def test_arguments_reach_the_called_model() -> None:
    with played(wants("a", temperature=0.7, max_tokens=12), Reply("done")) as provider:
        episode = route(provider.url)
    sent = provider.requests[1]
    assert (sent["temperature"], sent["max_tokens"]) == (0.7, 12)
    assert (episode.calls[0]["temperature"], episode.calls[0]["max_tokens"]) == (0.7, 12)


def test_what_the_caller_asked_for_holds_for_calls() -> None:
    options = {"temperature": 0.2, "max_tokens": 30, "stop": ["END"]}
    with played() as provider:
        episode = route(provider.url, policy=rule_named("always:a"), options=options)
    sent = provider.requests[0]
    assert {name: sent[name] for name in options} == options
    assert (episode.calls[0]["temperature"], episode.calls[0]["max_tokens"]) == (0.2, 30)
    with played(wants("a", temperature=0.9, max_tokens=20), Reply("x")) as provider:
        route(provider.url, options=options)
    assert [provider.requests[1][name] for name in options] == [0.9, 20, ["END"]]


def test_length_and_end_hold_for_the_answer_and_not_for_a_turn_that_calls() -> None:
    options = {"max_tokens": 5, "stop": ["END"]}
    long, short = Reply("one two three four five six"), Reply("one two END three", finish="length")
    with played(wants("a", max_tokens=4), long, short) as provider:
        episode = route(provider.url, options=options)
    turns = [sent for sent in provider.requests if sent["model"] == "router"]
    assert [sent.get("max_tokens") for sent in turns] == [None, None, 5]
    assert [sent.get("tool_choice") for sent in turns] == [None, None, "none"]
    assert not any("stop" in sent for sent in turns)
    assert (episode.answer, episode.finish_reason) == ("one two ", "stop")
    written = episode.row["router_output_tokens"]
    assert (written, episode.row["turns"]) == (provider.tokens["router"]["output"], 2)
    with played(Reply("short END of it")) as provider:
        episode = route(provider.url, options={"max_completion_tokens": 50, "stop": "END"})
    assert (episode.answer, len(provider.requests)) == ("short ", 1)


def test_a_turn_that_selects_makes_no_more_calls() -> None:
    both = Reply("", tool_calls=[*calls_of("b"), *select("c1")])
    with played(wants("a"), both) as provider:
        episode = route(provider.url)
    assert (episode.answer, provider.asked["b"]) == ("from a", 0)
    assert [(c["status"], c["error_type"]) for c in episode.calls] == [
        ("ok", None), ("refused", "after_select"),
    ]  # fmt: skip


def test_the_prices_of_a_long_prompt_are_charged() -> None:

    long = Menu([entry("a", 1.0, 2.0, 3.0, LongPrompt(150, 5.0, 7.0))])
    for read, price_in, price_out in ((150, 3.0, 6.0), (151, 15.0, 21.0)):
        with played(a=Reply("x", usage=tokens(read, 10))) as provider:
            episode = route(provider.url, policy=rule_named("cheapest"), shown=long)
        cost = (read * price_in + 10 * price_out) / 1e6
        assert episode.row["calls_cost_usd"] == pytest.approx(cost)
        assert episode.calls[0]["list_cost_usd"] == pytest.approx(cost / 3)


def test_arguments_that_are_no_text_are_read_all_the_same() -> None:
    raw = tool_call("call_a", "")
    raw["function"]["arguments"] = {"system_prompt": ""}
    with played(Reply("", tool_calls=[raw]), Reply("done")) as provider:
        assert route(provider.url).calls[0]["status"] == "ok"
