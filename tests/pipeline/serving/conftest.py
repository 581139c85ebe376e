"""Real servers on the loopback device, in threads; stopped at the end of each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stubs.provider import Provider, Reply
from stubs.serving import BUDGET, HELLO, Running, Start, settings_of

from pipeline.bank.tables import write_bank
from schemas.problems import problem_id


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers: `router` and `serve` are sections of the settings."""
    running: list[Running] = []

    def begin(
        router: dict[str, Any] | None = None, models: Path | None = None, **serve: Any
    ) -> Running:
        settings = settings_of(tmp_path / "out", router or {}, serve, models)
        running.append(Running(settings).start())
        return running[-1]

    yield begin
    for server in running:
        if server._thread.is_alive():
            server.stop()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(lambda body: Reply("The sky scatters blue light.")) as found:
        yield found


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank that knows one answer to one question."""
    known = problem_id("skies", HELLO)
    outcome = {"problem_id": known, "model_id": BUDGET, "sample": 0, "verdict": "correct"}
    outcome |= {"score": 1.0, "source": "live", "data_source": "skies", "text": "recorded: blue"}
    outcome |= {"input_tokens": 10, "output_tokens": 20}
    asked = {"problem_id": known, "data_source": "skies", "messages": HELLO, "tier": "easy"}
    write_bank(tmp_path / "bank", [outcome], [asked])
    return tmp_path / "bank"
