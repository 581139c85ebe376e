"""Providers that fail, clients that leave, a ledger that cannot be written, files that change."""

import json
import shutil
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from stubs.provider import Provider, Reply, tool_call
from stubs.serving import BUDGET, HELLO, Start, live, until

from pipeline.catalog.load import MODELS_FILE


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        (Reply("no", status=401), 502, "auth"),
        (Reply("no", status=403), 502, "forbidden"),
        (Reply("no", status=404), 502, "not_found"),
        (Reply("too hot", status=400), 400, "bad_request"),
        (Reply("slow down", status=429), 503, "rate_limit"),
        (Reply("oops", status=500), 502, "unavailable"),
        (Reply(raw="not json"), 502, "garbage"),
        (Reply(cut=True), 502, "unavailable"),
        (Reply(hang=True), 504, "timeout"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_failing_provider_is_the_right_error(
    start: Start, provider: Provider, reply: Reply, status: int, code: str
) -> None:
    provider.answer = lambda body: reply
    running = start(live(provider, limits={"seconds": 1.0}))
    began = time.monotonic()
    plain, streamed = running.ask(), running.ask({"stream": True})
    assert time.monotonic() - began < 30
    for answer in (plain, streamed):
        assert answer.status_code == status
        assert answer.json()["error"]["code"] == code
    assert ("too hot" in plain.text) == (status == 400)
    rows = running.rows()
    assert [row["mode"] for row in rows] == ["failed", "failed"]
    assert plain.headers["x-request-id"] == rows[0]["episode_id"]


def test_a_dead_provider_opens_the_circuit(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        place = {BUDGET: {"url": url}}
        router = {"pool": "live", "policy": "cheapest", "models": [BUDGET], "deployments": place}
        running = start(router | {"tries": 1, "breaker": {"faults": 2}})
        codes = [running.ask().json()["error"]["code"] for _ in range(3)]
    assert codes == ["connection", "connection", "circuit_open"]
    answer = running.ask()
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "15"


def test_a_policy_that_comes_to_nothing_is_an_error(start: Start, provider: Provider) -> None:
    nonsense = [tool_call("call_nobody", {"system_prompt": ""})]
    provider.answer = lambda body: Reply("", tool_calls=nonsense)
    reach = {"policy": "model", "policy_url": provider.url, "policy_model": "router"}
    running = start(live(provider, **reach))
    answer = running.ask()
    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "turns"


def test_who_waits_for_a_stream_is_told_that_somebody_is_at_work(
    start: Start, provider: Provider
) -> None:
    provider.answer = lambda body: Reply("at last", delay=0.5)
    running = start(live(provider), keep_alive_seconds=0.1)
    text = running.ask({"stream": True}).text
    assert text.startswith(": waiting\n\n")
    assert "at last" in text
    provider.answer = lambda body: Reply("no", status=500, delay=0.3)
    client = openai.OpenAI(base_url=f"{running.address}/v1", api_key="none", max_retries=0)
    stream = client.chat.completions.create(model="xrouter", messages=HELLO, stream=True)  # type: ignore[call-overload]
    with client, pytest.raises(openai.APIError, match="provider failed"):
        list(stream)


@pytest.mark.parametrize(("stream", "seconds"), [(False, 5.0), (True, 5.0), (True, 0.02)])
def test_a_client_that_leaves_cancels_the_call(
    start: Start, provider: Provider, stream: bool, seconds: float
) -> None:
    provider.answer = lambda body: Reply(hang=True)
    running = start(live(provider), keep_alive_seconds=seconds)
    body = {"model": "xrouter", "messages": HELLO, "stream": stream}
    raw = json.dumps(body).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(raw)}"
    with socket.create_connection(("127.0.0.1", httpx.URL(running.address).port or 0)) as line:
        line.sendall(head.encode() + b"\r\nContent-Type: application/json\r\n\r\n" + raw)
        until(lambda: provider.asked.total() == 1)
        if seconds < 1:
            assert b"200 OK" in line.recv(1000)
    until(lambda: provider.dropped == 1)
    until(lambda: running.service.running == 0)
    assert 'xrouter_requests_total{status="499"} 1.0' in running.http.get("/metrics").text
    (row,) = running.rows()
    assert row["error"].startswith("cancelled")
    assert row["calls"][0]["error_type"] == "cancelled"


def test_a_ledger_that_cannot_be_written_stops_the_door(start: Start, tmp_path: Path) -> None:
    running = start()
    assert running.ask().status_code == 200
    spool = tmp_path / "out" / "spool"
    until(lambda: list(spool.glob("episodes-*")) != [])
    kept = tmp_path / "kept"
    shutil.move(spool, kept)
    spool.write_text("in the way")
    # Until a flush has failed, it goes on.
    taken = running.ask().status_code == 200
    until(lambda: running.http.get("/ready").status_code == 503)
    refused = running.ask()
    assert refused.status_code == 503
    assert "ledger" in refused.json()["error"]["message"]
    assert refused.headers["retry-after"]
    assert "xrouter_ledger_failing 1.0" in running.http.get("/metrics").text
    assert running.http.get("/health").status_code == 200
    spool.unlink()
    shutil.move(kept, spool)
    until(lambda: running.http.get("/ready").status_code == 200)
    assert running.ask().status_code == 200
    assert len(running.rows()) == 2 + taken


def test_a_changed_list_of_models_is_used_and_a_broken_one_is_not(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    models = tmp_path / "models.toml"
    text = MODELS_FILE.read_text()
    models.write_text(text)
    running = start({"policy": "cheapest"}, models=models)
    before = {m["id"] for m in running.http.get("/v1/models").json()["data"]}
    models.write_text(text.replace(f'"{BUDGET}"', '"renamed"'))
    until(lambda: "renamed" in running.http.get("/v1/models").text)
    after = {m["id"] for m in running.http.get("/v1/models").json()["data"]}
    assert before - after == {BUDGET}
    assert running.ask({"model": BUDGET}).status_code == 404
    assert running.ask({"model": "renamed"}).status_code == 200
    with caplog.at_level("ERROR", "xrouter.serving"):
        models.write_text("broken = [")
        until(lambda: running.http.get("/ready").json()["notes"] != [])
    assert "is not used" in caplog.text
    assert str(tmp_path) not in running.http.get("/ready").text
    assert running.ask({"model": "renamed"}).status_code == 200
    models.write_text(text)
    until(lambda: running.http.get("/ready").json()["notes"] == [])
    assert running.ask({"model": BUDGET}).status_code == 200


def test_the_metrics_count_what_happened(start: Start, provider: Provider) -> None:
    running = start(live(provider))
    running.ask()
    running.ask({"n": 2})
    found: dict[str, Any] = {}
    for line in running.http.get("/metrics").text.splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    assert found['xrouter_requests_total{status="200"}'] == 1
    assert found['xrouter_requests_total{status="400"}'] == 1
    policy = f"always:{BUDGET}"
    episodes = f'xrouter_episodes_total{{mode="select",policy="{policy}",simulated="false"}}'
    assert found[episodes] == 1
    assert found[f'xrouter_calls_total{{error="none",model="{BUDGET}",status="ok"}}'] == 1
    assert found[f'xrouter_tokens_total{{direction="output",model="{BUDGET}"}}'] == 5
    assert found["xrouter_in_flight"] == 0
    assert json.dumps(found)
