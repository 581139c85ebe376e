"""What is refused, in OpenAI's shape, and never a 5xx."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from stubs.provider import Provider, Reply
from stubs.serving import HELLO, Start, live

from pipeline.serving.errors import ApiError
from pipeline.serving.openapi import document
from pipeline.serving.protocol import KNOWN, read_ask

JSON = {"content-type": "application/json"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}


def ask(**more: Any) -> Any:
    return read_ask(json.dumps({"model": "xrouter", "messages": HELLO} | more).encode())


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 2},
        {"n": True},
        {"tools": [TOOL]},
        {"tool_choice": "auto"},
        {"functions": []},
        {"response_format": {"type": "json_object"}},
        {"logprobs": True},
        {"top_logprobs": 3},
        {"logit_bias": {"50256": -100}},
        {"store": True},
        {"reasoning_effort": "high"},
        {"no_such_thing": 1},
        {"temperature": 2.1},
        {"temperature": "hot"},
        {"temperature": True},
        {"top_p": -0.1},
        {"seed": 1.5},
        {"seed": 2**70},
        {"stop": []},
        {"stop": ["a", "b", "c", "d", "e"]},
        {"stop": ""},
        {"max_tokens": 0},
        {"max_tokens": 2**40},
        {"max_tokens": 5, "max_completion_tokens": 5},
        {"user": ""},
        {"user": 7},
        {"stream": "yes"},
        {"stream_options": {"include_usage": True}},
        {"stream": True, "stream_options": {"include_all": True}},
        {"stream": True, "stream_options": {"include_obfuscation": True}},
        {"xrouter": []},
        {"xrouter": {"max_cost": 1}},
        {"xrouter": {"max_cost_usd": -1}},
        {"xrouter": {"max_turns": 0}},
        {"xrouter": {"max_seconds": 0}},
        {"xrouter": {"models": []}},
        {"xrouter": {"models": ["a", "a"]}},
        {"model": None},
        {"model": ""},
        {"messages": None},
        {"messages": []},
        {"messages": "Why?"},
        {"messages": ["Why?"]},
        {"messages": [{"role": "tool", "content": "4", "tool_call_id": "c1"}]},
        {"messages": [{"role": "user"}]},
        {"messages": [{"role": "user", "content": []}]},
        {"messages": [{"role": "user", "content": [IMAGE]}]},
        {"messages": [{"role": "user", "content": "x", "audio": {"id": "1"}}]},
        {"messages": [{"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]}]},
    ],
    ids=lambda wrong: json.dumps(wrong)[:60],
)
def test_what_cannot_be_honoured_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as refusal:
        ask(**wrong)
    error = refusal.value.body()["error"]
    assert refusal.value.status == 400
    assert error["type"] == "invalid_request_error"
    assert error["param"] or "object" in error["message"]
    assert set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b'"x"', b"[" * 100_000, b"\xff\xfe", b'{"model": NaN}']
)
def test_what_is_no_request_is_refused(raw: bytes) -> None:
    with pytest.raises(ApiError) as refusal:
        read_ask(raw)
    assert refusal.value.status == 400


def test_what_asks_for_nothing_is_taken() -> None:
    nothing = {
        "n": 1, "logprobs": False, "store": False, "response_format": {"type": "text"},
        "logit_bias": {}, "tools": None, "stop": None, "temperature": None, "xrouter": None,
    }  # fmt: skip
    assert ask(**nothing) == ask()
    assert ask().options == {}
    assert not ask().stream


def test_the_document_names_every_parameter() -> None:
    assert document()["components"]["schemas"]["Request"]["properties"].keys() == KNOWN


def test_refusals_over_http(start: Start) -> None:
    running = start(body_bytes=2000)
    http, path = running.http, "/v1/chat/completions"
    body = {"model": "xrouter", "messages": HELLO}
    found = {
        "unknown model": (running.ask({"model": "gpt-0"}), 404),
        "unknown subset": (running.ask({"xrouter": {"models": ["gpt-0"]}}), 400),
        "too large": (running.ask({"user": "x" * 3000}), 413),
        "too large in chunks": (
            http.post(path, content=iter([b"x" * 900] * 9), headers=JSON), 413
        ),
        "no JSON type": (http.post(path, content=json.dumps(body)), 415),
        "no JSON": (http.post(path, content=b"{", headers=JSON), 400),
        "another host": (http.post(path, json=body, headers={"host": "evil.example"}), 403),
        "no such path": (http.get("/v1/nothing"), 404),
        "wrong method": (http.get(path), 405),
        "no such model": (http.get("/v1/models/gpt-0"), 404),
    }  # fmt: skip
    assert {name: answer.status_code for name, (answer, _) in found.items()} == {
        name: status for name, (_, status) in found.items()
    }
    for answer, _ in found.values():
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert running.ask().status_code == 200
    assert len(running.rows()) == 1


def test_a_request_that_never_comes_in_is_given_up(start: Start) -> None:
    running = start(body_seconds=0.3)
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n"
    port = httpx.URL(running.address).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=10) as line:
        line.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n{")
        assert b" 408 " in line.recv(100)


def test_too_many_at_a_time_are_told_to_wait(start: Start, provider: Provider) -> None:
    provider.answer = lambda body: Reply("ok", delay=0.5)
    running = start(live(provider), in_flight=2)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: running.ask(), range(6)))
    assert sorted({a.status_code for a in answers}) == [200, 503]
    assert provider.most_in_flight <= 2
    refused = next(a for a in answers if a.status_code == 503)
    assert refused.headers["retry-after"] == "1"
