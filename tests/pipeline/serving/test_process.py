"""The server as a process: signals, kills, and what it lets out."""

import asyncio
import json
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from stubs.provider import Provider, Reply
from stubs.serving import BUDGET, HELLO, ledger, live, process, until
from typer.testing import CliRunner

from flows.cli.app import app
from pipeline.errors import MachineError, SettingsError
from pipeline.serving.keys import new_key
from pipeline.serving.server import serve_here
from pipeline.settings import Settings

FLUSH = 0.5


@pytest.fixture
def config(tmp_path: Path, provider: Provider) -> Path:
    """Settings with a live router at the provider, and a key for it."""
    router = live(provider)
    lines = ["[router]"]
    for name in ("pool", "policy", "models", "tries"):
        lines.append(f"{name} = {json.dumps(router[name])}")
    for model, place in router["deployments"].items():
        lines.append(f'[router.deployments."{model}"]\nkey_env = "TEST_PROVIDER_KEY"')
        lines += [f"{name} = {json.dumps(value)}" for name, value in place.items()]
    lines.append(f"[serve]\nflush_seconds = {FLUSH}\ndrain_seconds = 2")
    path = tmp_path / "settings.toml"
    path.write_text("\n".join(lines))
    return path


SECRET = "very-secret-provider-key-1234567890"
WORDS = "marmalade elephant"


def ask(address: str, token: str = "", **more: Any) -> httpx.Response:
    body = {"model": "xrouter", "messages": HELLO} | more
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.post(f"{address}/v1/chat/completions", json=body, headers=headers, timeout=20)


def in_flight(
    pool: ThreadPoolExecutor, count: int, what: Callable[[], httpx.Response]
) -> list[Future[httpx.Response]]:
    return [pool.submit(what) for _ in range(count)]


def test_a_stopping_server_finishes_what_it_can_and_records_the_rest(
    config: Path, provider: Provider, tmp_path: Path
) -> None:
    provider.answer = lambda body: Reply("done", delay=0.8, hang="hang" in str(body["messages"]))
    out = tmp_path / "out"
    options = ("--config", str(config), "--out", str(out))
    hang = [{"role": "user", "content": "hang"}]
    with process(*options, TEST_PROVIDER_KEY=SECRET) as (server, address):
        with ThreadPoolExecutor(11) as pool:
            done = in_flight(pool, 8, lambda: ask(address))
            lost = in_flight(pool, 3, lambda: ask(address, messages=hang))
            until(lambda: provider.most_in_flight == 11)
            server.send_signal(signal.SIGTERM)
            assert [a.result().status_code for a in done] == [200] * 8
            assert [a.result().status_code for a in lost] == [503] * 3
        assert server.wait(10) == 0
    told = {a.result().json()["xrouter"]["episode_id"] for a in done}
    rows = ledger(out)
    assert {row["episode_id"] for row in rows if row["mode"] != "failed"} == told
    errors = [row["calls"][0]["error_type"] for row in rows if row["mode"] == "failed"]
    assert errors == ["cancelled"] * 3
    assert provider.dropped == 3


def test_after_a_kill_every_answer_is_in_the_ledger_or_younger_than_a_flush(
    tmp_path: Path,
) -> None:
    out, told, lock = tmp_path / "out", dict[str, float](), threading.Lock()
    # Nobody reads the server's log here: it must not wait for that, either.

    def load(address: str) -> None:
        with httpx.Client(base_url=address) as client:
            body = {"model": "xrouter", "messages": HELLO}
            while True:
                try:
                    answer = client.post("/v1/chat/completions", json=body)
                except httpx.HTTPError:
                    return
                assert answer.status_code == 200
                with lock:
                    told[answer.json()["xrouter"]["episode_id"]] = time.monotonic()

    with (
        process("--out", str(out), XROUTER_SERVE__FLUSH_SECONDS=str(FLUSH)) as (server, address),
        ThreadPoolExecutor(6) as pool,
    ):
        work = [pool.submit(load, address) for _ in range(6)]
        time.sleep(3.5)
        killed = time.monotonic()
        server.send_signal(signal.SIGKILL)
        for one in work:
            one.result()
    kept = {row["episode_id"] for row in ledger(out)}
    lost = [killed - at for episode, at in told.items() if episode not in kept]
    assert len(kept & told.keys()) > 10
    # A flush begins within FLUSH and the look after it; writing takes a while on a busy machine.
    assert max(lost, default=0.0) < FLUSH + 2.0


def test_no_key_and_no_words_of_a_user_get_out(
    config: Path, provider: Provider, tmp_path: Path
) -> None:
    provider.answer = lambda body: (
        Reply(f"your key {SECRET} and your words {WORDS}", status=400)
        if "fail" in str(body["messages"])
        else Reply("fine")
    )
    keys, out = tmp_path / "keys.toml", tmp_path / "out"
    token, options = new_key(keys, "ann", None, None), ("--config", str(config))
    more = ("--keys", str(keys), "--out", str(out))
    with process(*options, *more, TEST_PROVIDER_KEY=SECRET) as (server, address):
        said = [
            ask(address, token, messages=[{"role": "user", "content": f"{WORDS} {end}"}])
            for end in ("", "fail")
        ]
        said.append(ask(address, token + "0"))
        said.append(ask(address, token, **{WORDS: 1}, stop=[SECRET] * 9))
        said.append(httpx.get(f"{address}/metrics", headers={"authorization": f"Bearer {token}"}))
        assert [a.status_code for a in said] == [200, 400, 401, 400, 200]
        server.send_signal(signal.SIGTERM)
        log = "".join(server.communicate(timeout=20))
    assert provider.keys[f"Bearer {SECRET}"] == 2
    shown = log + "".join(answer.text for answer in said)
    files = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    rows = json.dumps(ledger(out), default=str)
    secret = token.rpartition("-")[2]
    assert log.count("chat status=") == 4
    for text in (shown, files.decode("latin-1"), rows):
        assert secret not in text
        assert SECRET not in text
    assert WORDS not in log + rows + files.decode("latin-1")
    assert [row["api_key_id"] for row in ledger(out)] == ["ann", "ann"]


def command(*options: str) -> Any:
    return CliRunner().invoke(app, options)


def test_a_public_address_needs_keys() -> None:
    found = command("serve", "--host", "0.0.0.0", "--port", "0")
    assert isinstance(found.exception, SettingsError)
    assert "xrouter keys new" in str(found.exception)


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings.model_validate({"serve": {"port": port}})
        with pytest.raises(MachineError, match=f"127.0.0.1:{port}"):
            asyncio.run(serve_here(settings, print))


def test_keys_and_chat_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    made = command("keys", "new", "ann", "--keys", str(file), "--usd-per-day", "2")
    assert made.stdout.startswith("sk-xr-ann-")
    assert made.stdout.split()[0] not in file.read_text()
    said = command("chat", "Why?", "--policy", f"always:{BUDGET}", "--out", str(tmp_path / "out"))
    assert said.exit_code == 0
    assert "You wrote: Why?" in said.stdout
    assert f"from {BUDGET}" in said.stdout
    assert "simulated" in said.stdout.splitlines()[-1]
    (row,) = ledger(tmp_path / "out")
    assert row["simulated"]
