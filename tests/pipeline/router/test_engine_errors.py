"""What a policy or a model does wrong is an observation and a row; the episode goes on."""

import asyncio
from typing import Any

import pytest
from stubs.provider import Provider, Reply, Script, tokens, tool_call
from stubs.routing import PROMPT, STAMP, calls_of, chat, menu, route, select, settings

from pipeline.providers.openai_http import open_session
from pipeline.router.deployments import Deployments
from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.live import LiveSource
from pipeline.router.record import Episode
from pipeline.router.rules import rule_named
from pipeline.router.simulated import SimulatedSource
from pipeline.router.turns import Query, Turn, View

DONE = Reply("done")


def wants(*calls: dict[str, Any]) -> Reply:
    return Reply("", tool_calls=list(calls), finish="tool_calls")


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (tool_call("call_z", PROMPT), "unknown_tool", "call_a, call_b, call_c"),
        (tool_call("call z!\ud83d", PROMPT), "unknown_tool", "there is no tool"),
        (tool_call("call_a", '{"system_prompt": "x'), "bad_arguments", "no JSON"),
        (tool_call("call_a", "[" * 100_000), "bad_arguments", "no JSON"),
        (tool_call("call_a", "[1]"), "bad_arguments", "no JSON object"),
        (tool_call("call_a", ""), "bad_arguments", "system_prompt, a text, is missing"),
        (tool_call("call_a", {"system_prompt": 3}), "bad_arguments", "system_prompt"),
        (tool_call("call_a", PROMPT | {"messages": []}), "bad_arguments", "unknown arguments"),
        (tool_call("call_a", PROMPT | {"temperature": 3}), "bad_arguments", "from 0 to 2"),
        (tool_call("call_a", PROMPT | {"temperature": True}), "bad_arguments", "temperature"),
        (tool_call("call_a", '{"system_prompt": "", "temperature": NaN}'), "bad_arguments", "nan"),
        (tool_call("call_a", PROMPT | {"max_tokens": 0}), "bad_arguments", "max_tokens"),
        (tool_call("call_a", PROMPT | {"max_tokens": 1.5}), "bad_arguments", "max_tokens"),
        (tool_call("call_a", PROMPT | {"max_tokens": 10**30}), "bad_arguments", "max_tokens"),
        (tool_call("select_response", {"call_id": "c9"}), "unknown_call", "none yet"),
        (tool_call("select_response", {"call_id": 1}), "bad_arguments", "call_id"),
        (tool_call("select_response", "{"), "bad_arguments", "no JSON"),
        ({"id": "x", "type": "function"}, "bad_arguments", "cannot be read"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value)[:20],
)
def test_a_bad_tool_call_is_an_observation(call: dict[str, Any], kind: str, said: str) -> None:
    with Provider(Script({"router": [wants(call), DONE]})) as provider:
        episode = route(provider.url)
    assert (episode.answer, episode.row["mode"]) == ("done", "direct")
    (row,) = episode.calls
    assert (row["status"], row["error_type"], row["attempts"]) == ("refused", kind, 0)
    assert (row["cost_usd"], row["turn"]) == (0.0, 0)
    turn, seen = provider.requests[1]["messages"][-2:]
    assert seen["content"].startswith(f"call_id: c1\n\nerror: {kind}: ")
    assert said in seen["content"]
    # A server may refuse a conversation with a broken call in it.
    function = turn["tool_calls"][0]["function"]
    assert function["name"].isascii()
    assert function["name"]
    assert function["arguments"].startswith("{")
    assert function["arguments"].endswith("}")


def test_one_bad_call_does_not_stop_the_others() -> None:
    turn = wants(tool_call("call_z", PROMPT), *calls_of("a"), tool_call("call_b", "{"))
    with Provider(Script({"router": [turn, DONE], "a": Reply("from a")})) as provider:
        episode = route(provider.url)
    assert [c["status"] for c in episode.calls] == ["refused", "ok", "refused"]
    assert episode.texts == {"c2": "from a"}
    seen = provider.requests[-1]["messages"][-3:]
    assert [m["tool_call_id"] for m in seen] == ["call_call_z", "a0", "call_call_b"]


def test_a_call_that_the_servers_parser_left_in_the_text() -> None:
    text = 'Let me ask.\n<tool_call>\n{"name": "call_a", "arguments": {"system_prompt": \n'
    with Provider(Script({"router": [Reply(text), DONE]})) as provider:
        episode = route(provider.url)
    assert episode.answer == "done"
    assert [c["error_type"] for c in episode.calls] == ["bad_arguments"]
    assert provider.requests[1]["messages"][-2]["content"] == "Let me ask."


@pytest.mark.parametrize(
    ("fault", "kind", "attempts"),
    [
        (Reply("no", status=400), "bad_request", 1),
        (Reply("no", status=401), "auth", 1),
        (Reply("down", status=503), "unavailable", 4),
        (Reply(raw="{"), "garbage", 4),
    ],
)
def test_a_failed_call_is_an_observation(fault: Reply, kind: str, attempts: int) -> None:
    turns = [wants(*calls_of("a")), wants(*select("c1")), DONE]
    with Provider(Script({"router": turns, "a": fault})) as provider:
        episode = route(provider.url)
    failed, refused = episode.calls
    assert (failed["status"], failed["error_type"], failed["attempts"]) == ("error", kind, attempts)
    # What failed cannot be selected.
    assert (refused["status"], refused["error_type"]) == ("refused", "unknown_call")
    assert (episode.answer, episode.row["mode"], episode.texts) == ("done", "direct", {})
    assert provider.requests[-1]["messages"][-3]["content"].startswith(
        f"call_id: c1\n\nerror: {kind}"
    )


def test_a_policy_that_fails_is_tried_again_and_then_recorded() -> None:
    busy = Reply("busy", status=429, headers={"Retry-After": "0"})
    with Provider(Script({"router": [busy, DONE]})) as provider:
        assert route(provider.url).answer == "done"
    with Provider(Script({"router": Reply("no", status=401)})) as provider:
        episode = route(provider.url)
    assert episode.failed
    assert str(episode.row["error"]).startswith("policy_auth: HTTP 401")


def test_a_rule_whose_model_fails_has_no_answer() -> None:
    with Provider(Script({"c": Reply("no", status=400)})) as provider:
        episode = route(provider.url, policy=rule_named("cheapest"))
    assert (episode.failed, episode.calls[0]["error_type"]) == (True, "bad_request")
    assert str(episode.row["error"]).startswith("no_answer")


def test_cancelling_cancels_upstream_and_is_logged() -> None:
    logged: list[Episode] = []
    script = Script(
        {
            "router": wants(*calls_of("a", "b")),
            "a": Reply("from a", usage=tokens(1_000_000, 0)),
            "b": Reply(hang=True),
        }
    )

    async def main(provider: Provider) -> None:
        async with open_session() as session:
            source = LiveSource(Deployments(settings(provider.url), session), 1)
            router = Router(chat(provider.url, session), source, log=logged.append)
            query = Query([{"role": "user", "content": "Why?"}])
            task = asyncio.create_task(router.run(query, menu(), STAMP))
            while not provider.tokens.get("a"):
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while not provider.dropped:
                await asyncio.sleep(0.01)

    with Provider(script) as provider:
        asyncio.run(asyncio.wait_for(main(provider), 20))
    (episode,) = logged
    assert episode.failed
    assert str(episode.row["error"]).startswith("cancelled")
    seen = [(c["status"], c["error_type"]) for c in episode.calls]
    assert seen == [("ok", None), ("error", "cancelled")]
    assert episode.row["total_cost_usd"] == 1.0


def test_a_bug_is_raised_and_what_was_called_is_logged() -> None:
    class Broken:
        name, revision = "broken", None

        async def decide(self, view: View, seconds: float) -> Turn:
            if view.history:
                raise ZeroDivisionError
            return await rule_named("cheapest").decide(view, seconds)

    logged: list[Episode] = []
    router = Router(Broken(), SimulatedSource(), Limits(), logged.append)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(router.run(Query([{"role": "user", "content": "x"}]), menu(), STAMP))
    assert logged[0].row["error"] == "internal: ZeroDivisionError"
    assert logged[0].row["total_cost_usd"] > 0
