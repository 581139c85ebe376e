"""Servers that die while a run goes on."""

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import MachineError, SettingsError
from pipeline.tiering.vllm.serve import Served, serve

Lives = Callable[[int], bool]


def ready(served: Served, restarts: int, number: int = 0) -> Callable[[], bool]:
    def _ready() -> bool:
        status = served.supervisor.status()[number]
        return status.state == "ready" and status.restarts == restarts

    return _ready


def test_a_server_that_dies_comes_back_on_its_port(stub: Any, lives: Lives) -> None:
    settings = stub.settings(replicas=2)
    with serve(settings, stub.logs) as served:
        before = {start.port: start for start in stub.starts()}
        stub.kill_server(settings.port, code=3)
        stub.until(ready(served, 1), "replica 0 restarted")
        after = stub.starts()[-1]
        assert after.port == settings.port
        assert after.seed != before[settings.port].seed
        assert not any(lives(pid) for pid in before[settings.port].pids)
        assert all(lives(pid) for pid in before[settings.port + 1].pids)
        ask = {"model": served.model, "messages": [{"role": "user", "content": "again"}]}
        assert stub.post(settings.port, "/v1/chat/completions", ask)["choices"]
        fault = served.supervisor.status()[0].fault
        assert fault is not None
        assert fault.startswith(f"vLLM replica 0 on port {settings.port} ended with exit code 3")
        served.supervisor.check()
    assert stub.gone()


def test_a_server_that_falls_silent_is_restarted(stub: Any, lives: Lives) -> None:
    with serve(stub.settings(health_seconds=0.5, stop_seconds=0.5), stub.logs) as served:
        (start,) = stub.starts()
        os.kill(start.pids[0], signal.SIGSTOP)
        stub.until(ready(served, 1), "replica restarted")
        assert "has been silent for" in (served.supervisor.status()[0].fault or "")
        assert not any(lives(pid) for pid in start.pids)


def test_a_client_may_ask_for_a_restart(stub: Any) -> None:
    with serve(stub.settings(), stub.logs) as served:
        served.supervisor.restart(served.urls[0])
        stub.until(ready(served, 1), "replica restarted")
        with pytest.raises(SettingsError, match="no replica at http://elsewhere/v1"):
            served.supervisor.restart("http://elsewhere/v1")


def test_a_replica_is_given_up_after_so_many_failures(stub: Any) -> None:
    settings = stub.settings(replicas=2, restarts=1)
    with serve(settings, stub.logs) as served:
        for number in (0, 1):
            port = settings.port + number
            (stub.folder / f"crash-{port}").write_text("OSError: [Errno 12] Cannot allocate memory")
            served.supervisor.check()
            stub.kill_server(port)
            stub.until(
                lambda n=number: served.supervisor.status()[n].state == "given up", "given up"
            )
        with pytest.raises(MachineError, match="failed 2 times in a row and were given up") as told:
            served.supervisor.check()
        assert "not enough memory" in str(told.value)
        assert [status.restarts for status in served.supervisor.status()] == [1, 1]
    assert stub.gone()


def test_the_death_of_the_keeper_leaves_nothing_behind(stub: Any, lives: Lives) -> None:
    with serve(stub.settings(), stub.logs) as served:
        (start,) = stub.starts()
        os.kill(parent_of(start.pids[0]), signal.SIGKILL)
        stub.until(ready(served, 1), "replica restarted")
        assert not any(lives(pid) for pid in start.pids)
        assert "SIGKILL" in (served.supervisor.status()[0].fault or "")
    assert stub.gone()


def test_a_block_can_be_left_while_a_server_is_being_restarted(stub: Any) -> None:
    settings = stub.settings()
    with contextlib.suppress(KeyboardInterrupt), serve(settings, stub.logs):
        (stub.folder / "frozen").touch()
        stub.kill_server(settings.port)
        stub.until(lambda: len(stub.starts()) == 2, "second start")
        raise KeyboardInterrupt
    assert stub.gone()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
