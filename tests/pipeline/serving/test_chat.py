"""The chat endpoint as the official client uses it."""

import json
from pathlib import Path
from typing import Any

import openai
import pytest
from stubs.provider import Provider, Reply, tokens, tool_call
from stubs.serving import BUDGET, DEAR, HELLO, Running, Start, live


def client(running: Running, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{running.address}/v1", api_key=key, max_retries=0)


def test_the_official_client_gets_an_answer_from_the_simulated_pool(start: Start) -> None:
    running = start()
    with client(running) as openai_client:
        answer = openai_client.chat.completions.create(model="xrouter", messages=HELLO)
        models = [model.id for model in openai_client.models.list()]
        one = openai_client.models.retrieve(DEAR)
    assert "simulated" in (answer.choices[0].message.content or "")
    assert answer.choices[0].finish_reason == "stop"
    found = answer.model_extra["xrouter"]
    assert (found["simulated"], found["mode"], found["policy"]) == (
        True,
        "select",
        "cheapest-capable",
    )
    assert found["calls"][0]["source"] == "simulated"
    assert models[0] == "xrouter"
    assert {BUDGET, DEAR} < set(models)
    assert one.id == DEAR
    (row,) = running.rows()
    assert answer.id == f"chatcmpl-{row['episode_id']}" == f"chatcmpl-{found['episode_id']}"
    assert answer._request_id == row["episode_id"]
    assert row["kind"] == "serve"
    assert row["request_text"] is None


def test_the_official_client_streams(start: Start) -> None:
    running = start()
    with client(running) as openai_client:
        stream = openai_client.chat.completions.create(
            model="xrouter", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        parts = list(stream)
    text = "".join(p.choices[0].delta.content or "" for p in parts if p.choices)
    assert text.startswith("[simulated reply")
    assert [p.choices[0].finish_reason for p in parts if p.choices][-1] == "stop"
    assert parts[-1].usage is not None
    assert parts[-1].choices == []
    assert parts[-1].usage.total_tokens > 0
    assert all(p.usage is None for p in parts[:-1])
    assert parts[-2].model_extra["xrouter"]["mode"] == "select"
    assert len(running.rows()) == 1


def test_a_long_answer_is_streamed_in_parts_that_make_it_up(
    start: Start, provider: Provider
) -> None:
    text = "word " * 1000 + "x" * 3000 + "\u00e4\U0001f600" * 500
    provider.answer = lambda body: Reply(text)
    running = start(live(provider))
    with client(running) as openai_client:
        stream = openai_client.chat.completions.create(model="xrouter", messages=HELLO, stream=True)
        parts = [p.choices[0].delta.content or "" for p in stream]
    assert "".join(parts) == text
    assert len(parts) > 10


def test_usage_is_what_was_billed_and_costs_are_those_of_the_list(
    start: Start, provider: Provider
) -> None:
    provider.answer = lambda body: Reply("blue", finish="length", usage=tokens(100, 40, 60, 10))
    running = start(live(provider))
    body = running.ask().json()
    assert body["usage"] == tokens(100, 40, 60, 10)
    assert body["choices"][0]["finish_reason"] == "length"
    entry = running.service.menus.whole.by_model(BUDGET).row
    fresh, cached = 40 * entry["input_per_million"], 60 * entry["cached_input_per_million"]
    cost = (fresh + cached + 40 * entry["output_per_million"]) / 1e6
    assert body["xrouter"]["cost_usd"] == {
        "router": 0.0, "calls": pytest.approx(cost), "total": pytest.approx(cost)
    }  # fmt: skip
    (row,) = running.rows()
    assert row["total_cost_usd"] == pytest.approx(cost)
    assert not row["simulated"]


def test_a_models_own_name_always_asks_that_model(start: Start, provider: Provider) -> None:
    running = start(live(provider))
    body = running.ask({"model": DEAR}).json()
    assert body["model"] == DEAR
    assert body["xrouter"]["models"] == [DEAR]
    assert provider.asked == {"dear": 1}
    assert running.rows()[0]["offered"] == [DEAR]


def test_parameters_and_the_whole_conversation_reach_the_model(
    start: Start, provider: Provider
) -> None:
    running = start(live(provider))
    messages = [
        {"role": "system", "content": "Answer in French."},
        *HELLO,
        {"role": "assistant", "content": "Parce que.", "refusal": None, "tool_calls": None},
        {"role": "user", "content": [{"type": "text", "text": "And at night?"}]},
    ]
    asked: dict[str, Any] = {
        "temperature": 0.3, "top_p": 0.9, "seed": 7, "stop": ["END"], "presence_penalty": 0.5,
        "frequency_penalty": -0.5, "max_completion_tokens": 33,
    }  # fmt: skip
    answer = running.ask({"messages": messages, "user": "ann@example.org", "n": 1} | asked)
    assert answer.status_code == 200
    (sent,) = provider.requests
    assert sent["max_tokens"] == asked.pop("max_completion_tokens")
    assert {name: sent[name] for name in asked} == asked
    assert [m["role"] for m in sent["messages"]] == [m["role"] for m in messages]
    assert "ann@example.org" not in json.dumps(sent)
    assert len(sent["user"]) == 16


def test_one_request_may_be_routed_otherwise(start: Start, provider: Provider) -> None:
    running = start(live(provider, policy="cheapest"))
    body = running.ask({"xrouter": {"models": [DEAR]}}).json()
    assert body["xrouter"]["models"] == [DEAR]
    broke = running.ask({"xrouter": {"max_cost_usd": 1e-9}})
    assert broke.status_code == 400
    assert broke.json()["error"]["code"] == "budget"
    none = running.ask({"xrouter": {"max_calls": 0}})
    assert none.status_code == 400
    assert none.json()["error"]["code"] == "calls"
    assert provider.asked == {"dear": 1}
    rows = running.rows()
    assert [row["mode"] for row in rows] == ["select", "failed", "failed"]
    assert none.json()["xrouter"]["episode_id"] == rows[2]["episode_id"]


def test_replies_are_given_only_where_asked_for_and_allowed(
    start: Start, provider: Provider
) -> None:
    wish = {"xrouter": {"include_replies": True}}
    assert start(live(provider)).ask(wish).status_code == 403
    allowed = start(live(provider), replies=True)
    (call,) = allowed.ask(wish).json()["xrouter"]["calls"]
    assert call["reply"] == "The sky scatters blue light."
    assert "reply" not in allowed.ask().json()["xrouter"]["calls"][0]


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_as_the_policy_may_answer_itself_or_write_together(
    start: Start, provider: Provider, stream: bool
) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        if body["model"] != "router":
            return Reply(f"says {body['model']}")
        if body["messages"][-1]["role"] == "tool":
            return Reply("<think>secret plan</think>Both say blue.")
        calls = [tool_call(f"call_{n}", {"system_prompt": "Be brief."}, n) for n in names]
        return Reply("", tool_calls=calls, finish="tool_calls")

    provider.answer = answer
    reach = {"policy": "model", "policy_url": provider.url, "policy_model": "router"}
    running = start(live(provider, **reach))
    names = [e.tool_name.removeprefix("call_") for e in running.service.menus.whole.entries]
    raw = running.ask({"stream": stream, "temperature": 0.2})
    assert "secret" not in raw.text
    assert "Both say blue." in raw.text
    (row,) = running.rows()
    assert row["mode"] == "synthesize"
    assert [c["status"] for c in row["calls"]] == ["ok", "ok"]
    assert row["router_input_tokens"] > 0


def test_texts_are_stored_only_where_wanted(start: Start) -> None:
    running = start(store_text=True)
    running.ask()
    (row,) = running.rows()
    assert "sky blue" in row["request_text"]
    assert "simulated" in row["answer_text"]


def test_a_bank_answers_and_refuses_what_a_record_cannot_honour(start: Start, bank: Path) -> None:
    running = start({"pool": f"bank:{bank}", "policy": "oracle"})
    body = running.ask({"max_tokens": 1000}).json()
    assert body["choices"][0]["message"]["content"] == "recorded: blue"
    assert body["xrouter"]["calls"][0]["source"] == "bank"
    assert not body["xrouter"]["simulated"]
    refused = running.ask({"temperature": 0})
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "temperature"
    unknown = running.ask({"messages": [{"role": "user", "content": "What else?"}]})
    assert unknown.status_code == 404
    assert unknown.json()["error"]["code"] == "no_record"
