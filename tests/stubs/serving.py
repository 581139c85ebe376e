"""The server on the loopback device: in a thread for most tests, as a process for signals."""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq

from pipeline.serving.server import serve_here
from pipeline.settings import Settings
from stubs.provider import Provider

ROOT = Path(__file__).resolve().parents[2]
BUDGET, DEAR = "gpt-oss-120b", "gpt-5"
HELLO = [{"role": "user", "content": "Why is the sky blue?"}]


class Running:
    """A server in a thread, and a client of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.address = ""
        self.server: Any = None
        self.service: Any = None
        self.fault: BaseException | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Running":
        self._thread.start()
        assert self._ready.wait(60)
        if self.fault is not None:
            raise self.fault
        self.http = httpx.Client(base_url=self.address, timeout=30)
        while self.server is None or not self.server.started:
            time.sleep(0.01)
        return self

    def _run(self) -> None:
        def begun(server: Any, service: Any) -> None:
            self.server, self.service = server, service

        def announce(address: str) -> None:
            self.address = address
            self._ready.set()

        try:
            asyncio.run(serve_here(self.settings, announce, begun))
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.fault = error
            self._ready.set()

    def stop(self) -> None:
        if self.server is not None:
            self.server.should_exit = True
            self.http.close()
        self._thread.join(60)
        assert not self._thread.is_alive()
        if self.fault is not None:
            raise self.fault

    def ask(self, body: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        whole = {"model": "xrouter", "messages": HELLO} | (body or {})
        return self.http.post("/v1/chat/completions", json=whole, headers=headers)

    def rows(self) -> list[dict[str, Any]]:
        """Episodes in the ledger; stops the server."""
        self.stop()
        return ledger(self.settings.out)


def ledger(out: Path) -> list[dict[str, Any]]:
    files = sorted((out / "spool").glob("episodes-*.parquet"))
    return [row for path in files for row in pq.read_table(path).to_pylist()]


Start = Callable[..., Running]


def settings_of(
    out: Path, router: dict[str, Any], serve: dict[str, Any], models: Path | None
) -> Settings:
    quick = {"port": 0, "flush_seconds": 0.2, "watch_seconds": 0.1, "drain_seconds": 1.0}
    found: Settings = Settings.model_validate(
        {"out": out, "router": router, "serve": quick | serve, "catalog": {"models": models}}
    )
    return found


def live(provider: Provider, **more: Any) -> dict[str, Any]:
    """Settings of a router whose models are at a provider."""
    place = {"url": provider.url}
    return {
        "pool": "live",
        "policy": f"always:{BUDGET}",
        "models": [BUDGET, DEAR],
        "deployments": {
            BUDGET: place | {"model": "budget"},
            DEAR: place | {"model": "dear"},
        },
        "tries": 1,
    } | more


@contextlib.contextmanager
def process(*options: str, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`xrouter serve` as a process of its own, and its address."""
    command = [sys.executable, "-c", "from flows.cli import main; main()", "serve", "--port", "0"]
    found = subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | env,
    )  # fmt: skip
    try:
        assert found.stdout is not None
        line = found.stdout.readline()
        assert "http://" in line, found.stderr.read() if found.stderr else ""
        yield found, line.partition(" at ")[2].partition("/v1;")[0]
    finally:
        if found.poll() is None:
            found.kill()
        found.communicate()


def until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not come true"
        time.sleep(0.02)
