"""The policy that keeps tokens: what it reads and writes, exactly, in every mode of an episode."""

import asyncio
from typing import Any

import pytest
from stubs.routing import STAMP, menu
from stubs.token_server import END, SELECT, Tokens, call

from pipeline.catalog.tariff import Tariff
from pipeline.errors import InputError
from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.record import Episode
from pipeline.router.simulated import SimulatedSource
from pipeline.router.turns import Query
from pipeline.training.token_policy import CUT, Bounds, TokenPolicy, cut_middle

MESSAGES = [
    {"role": "system", "content": "You are a router."},
    {"role": "system", "content": "Answer in French."},
    {"role": "user", "content": "Why?"},
]
ROOM = Bounds(prompt=10_000, response=10_000, reply_chars=400)


def played(
    *replies: str, bounds: Bounds = ROOM, simple: bool = False, **more: Any
) -> tuple[Episode, TokenPolicy, Tokens]:
    tokens = Tokens(*replies, **more)
    policy = TokenPolicy(tokens, "tiny", Tariff(1.0, 2.0, 1.0), bounds, {}, MESSAGES, simple)
    router = Router(policy, SimulatedSource(), Limits(turns=3))
    episode = asyncio.run(router.run(Query(MESSAGES[1:]), menu(), STAMP))
    return episode, policy, tokens


def written(policy: TokenPolicy) -> list[str]:
    """What the mask says the model wrote, stretch by stretch."""
    start = len(policy.ids) - len(policy.mask)
    texts, before = [], 0
    for token, own in zip(policy.ids[start:], policy.mask, strict=True):
        if own and not before:
            texts.append(bytearray())
        if own:
            texts[-1].append(token)
        before = own
    return [bytes(text).decode() for text in texts]


def test_a_direct_answer_is_one_turn() -> None:
    episode, policy, tokens = played("Parce que.")
    assert (episode.row["mode"], episode.answer) == ("direct", "Parce que.")
    assert written(policy) == [f"Parce que.{chr(END)}"]
    assert policy.mask == [1] * 11
    assert policy.log_probs == [-0.5] * 11
    assert tokens.decode(tokens.asked[0]).startswith("['call_a', 'call_b', 'call_c', 'select_resp")


def test_the_users_own_system_message_is_read() -> None:
    _, policy, tokens = played("Oui.")
    assert "S:You are a router.\nS:Answer in French.\nU:Why?" in tokens.decode(policy.ids)


def test_calls_are_read_and_not_learned() -> None:
    turn = call("call_a") + call("call_b")
    episode, policy, _ = played(turn, SELECT)
    assert (episode.row["mode"], episode.row["selected_call"]) == ("select", "c1")
    assert written(policy) == [turn + chr(END), SELECT + chr(END)]
    text = bytes(policy.ids).decode()
    assert "T:call_id: c1" in text
    assert "T:call_id: c2" in text
    assert len(policy.log_probs) == len(policy.mask)
    assert {p for p, own in zip(policy.log_probs, policy.mask, strict=True) if not own} == {0.0}


def test_the_server_is_asked_to_go_on_from_the_very_tokens() -> None:
    _, policy, tokens = played(call("call_a"), "Because.")
    assert tokens.asked[1][: len(tokens.asked[0])] == tokens.asked[0]
    assert policy.ids[: len(tokens.asked[1])] == tokens.asked[1]


def test_a_bad_call_is_an_observation() -> None:
    episode, policy, _ = played("<tool_call>{</tool_call>", call("call_nobody"), "Because.")
    assert episode.row["mode"] == "direct"
    assert [c["error_type"] for c in episode.calls] == ["bad_arguments", "unknown_tool"]
    assert "T:call_id: c1\n\nerror: bad_arguments" in bytes(policy.ids).decode()


def test_tokens_are_counted_and_charged() -> None:
    episode, _, tokens = played(call("call_a"), "Because.")
    row = episode.row
    assert row["router_input_tokens"] == sum(map(len, tokens.asked))
    assert row["router_output_tokens"] == len(call("call_a")) + 1 + len("Because.") + 1
    cost = row["router_input_tokens"] / 1e6 + row["router_output_tokens"] * 2 / 1e6
    assert row["router_cost_usd"] == pytest.approx(cost)


def test_the_revision_is_that_of_the_weights() -> None:
    episode, policy, _ = played(call("call_a"), "Because.", steps=(7, 8))
    assert episode.row["policy_revision"] == "8"
    assert (policy.extra["min_global_steps"], policy.extra["max_global_steps"]) == (7, 8)


def test_without_room_the_episode_ends() -> None:
    episode, policy, tokens = played(call("call_a"), "?", bounds=ROOM._replace(response=150))
    assert episode.row["mode"] == "failed"
    assert episode.row["error"].startswith("policy_length: ")
    assert len(tokens.asked) == 1
    assert len(policy.mask) > 150


def test_a_prompt_that_is_too_long_is_not_cut() -> None:
    with pytest.raises(InputError, match="prompt_tokens is 20"):
        played("Yes.", bounds=ROOM._replace(prompt=20))


def test_a_turn_that_was_cut_says_so() -> None:
    assert played("Because of", cut=True)[0].finish_reason == "length"
    assert played("Because.")[0].finish_reason == "stop"


def test_a_simple_row_shows_no_tools_and_is_handed_on() -> None:
    episode, policy, tokens = played("CALL: call_b", simple=True)
    assert (episode.row["mode"], episode.calls[0]["model_id"]) == ("select", "b")
    assert tokens.decode(tokens.asked[0]).startswith("[]")
    assert written(policy) == [f"CALL: call_b{chr(END)}"]
    assert played("Because.", simple=True)[0].row["mode"] == "direct"
    lost = played("CALL: nobody", simple=True)[0]
    assert (lost.row["mode"], lost.row["error"][:15]) == ("failed", "policy_no_reply")


def test_long_replies_lose_their_middle() -> None:
    assert cut_middle("short", 64) == "short"
    cut = cut_middle("call_id: c1\n" + "x" * 900 + " so 42", 100)
    assert len(cut) <= 100
    assert cut.startswith("call_id: c1")
    assert CUT in cut
    assert cut.endswith("so 42")
