"""What several tests of graders need: a verifier endpoint that behaves as it is told."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Behaviour = Callable[["Call"], None]


class Call(BaseHTTPRequestHandler):
    """One request; `server` is the judge."""

    protocol_version = "HTTP/1.1"
    server: "Judge"

    def do_POST(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.bodies.append(self.body)
            self.server.headers.append(dict(self.headers))
            self.server.busy += 1
            self.server.most_busy = max(self.server.most_busy, self.server.busy)
        try:
            self.server.behaviour(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        pass

    def send(self, status: int, body: bytes | str, **headers: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        with self.server.lock:  # before the caller can know, so that it is never counted twice
            self.server.busy -= 1
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def say(self, text: str) -> None:
        message = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
        self.send(200, json.dumps(message))

    @property
    def prompt(self) -> str:
        return str(self.body["messages"][0]["content"])


class Judge(ThreadingHTTPServer):
    """Counts what it is asked; `behaviour` may be changed at any time."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.behaviour = behaviour
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.busy = self.most_busy = 0
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is part of the test."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Behaviour], Judge]]:
    """Starts judges on the loopback interface; all end with the test."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    judges: list[Judge] = []

    def run(behaviour: Behaviour) -> Judge:
        judges.append(Judge(behaviour))
        return judges[-1]

    yield run
    for judge in judges:
        judge.stop()
