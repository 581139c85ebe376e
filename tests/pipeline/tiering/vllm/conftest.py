"""Starts stub servers through the launcher, and looks at what it left behind."""

import contextlib
import http.client
import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline.errors import XRouterError
from pipeline.settings import VllmSettings
from pipeline.tiering.vllm.serve import serve

HERE = Path(__file__).parent
PATIENCE = 30.0
TOKEN = "hf_not_to_be_shown"


class Start(NamedTuple):
    """One start of a stub server, as it reported it."""

    port: int
    pids: list[int]
    seed: str
    gpus: str | None


class Stub:
    """The stub's folder, and settings that start it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.token = TOKEN

    def settings(self, env: dict[str, str] | None = None, **more: Any) -> VllmSettings:
        variables = {
            "PYTHONPATH": str(HERE / "stub"),
            "STUB_DIR": str(self.folder),
            "HF_TOKEN": TOKEN,
        }
        values = {
            "python": sys.executable,
            "model": "test/tiny",
            "profile": "cpu-test",
            "port": free_ports(2),
            "startup_seconds": 20,
            "stop_seconds": 5,
            "env": variables | (env or {}),
        }
        return VllmSettings.model_validate(values | more)

    def starts(self) -> list[Start]:
        path = self.folder / "started"
        lines = path.read_text().splitlines() if path.exists() else []
        return [Start(**json.loads(line)) for line in lines]

    def log(self, number: int = 0) -> str:
        return (self.logs / f"replica-{number}.log").read_text()

    def gone(self) -> bool:
        """Whether no process that ever reported itself is left."""
        return not any(is_alive(pid) for start in self.starts() for pid in start.pids)

    def refused(self, settings: VllmSettings, kind: type[XRouterError]) -> str:
        """What is said where servers cannot be started."""
        with pytest.raises(kind) as caught, serve(settings, self.logs):
            pass
        return str(caught.value)

    def until(self, true: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, f"not within {PATIENCE:g} s: {what}"
            time.sleep(0.05)

    def post(self, port: int, path: str, body: Any) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("POST", path, json.dumps(body))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def kill_server(self, port: int, code: int = 3) -> None:
        with contextlib.suppress(http.client.HTTPException, ConnectionError):
            self.post(port, "/die", {"code": code})


@pytest.fixture
def stub(tmp_path: Path) -> Stub:
    return Stub(tmp_path)


@pytest.fixture
def lives() -> Callable[[int], bool]:
    return is_alive


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def free_ports(count: int) -> int:
    """The first of some neighbouring ports on which nobody listens."""
    while True:
        with contextlib.ExitStack() as held, contextlib.suppress(OSError, OverflowError):
            first = held.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            for number in range(1, count):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port + number))
            return port
