"""Starting and ending servers, as a run sees it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import BusyError, MachineError
from pipeline.tiering.vllm.ports import reserved
from pipeline.tiering.vllm.serve import serve

HERE = Path(__file__).parent
ROOT = HERE.parents[3]


def test_replicas_answer_until_the_block_ends(stub: Any) -> None:
    settings = stub.settings(replicas=2)
    with serve(settings, stub.logs) as served:
        first, second = settings.port, settings.port + 1
        assert served.urls == (f"http://127.0.0.1:{first}/v1", f"http://127.0.0.1:{second}/v1")
        assert (served.engine_version, served.dtype) == ("0.32.0", "bfloat16")
        assert (served.model, served.revision) == ("test/tiny", "main")
        ask = {"model": served.model, "messages": [{"role": "user", "content": "hello"}]}
        for port in (first, second):
            answer = stub.post(port, "/v1/chat/completions", ask)
            assert answer["choices"][0]["message"]["content"] == "HELLO"
        assert len({start.seed for start in stub.starts()}) == 2
        assert not stub.gone()
    assert stub.gone()
    assert len(stub.starts()) == 2
    assert [status.state for status in served.supervisor.status()] == ["stopped"] * 2
    for number in (0, 1):
        assert "--model test/tiny" in stub.log(number)
        assert stub.token not in stub.log(number)


def test_servers_are_waited_for(stub: Any) -> None:
    began = time.monotonic()
    with serve(stub.settings({"STUB_SLOW": "1.5"}), stub.logs):
        assert time.monotonic() - began > 1.5


def test_a_server_that_ends_at_its_start_says_why_and_takes_the_others_along(stub: Any) -> None:
    settings = stub.settings(replicas=2)
    crash = stub.folder / f"crash-{settings.port + 1}"
    crash.write_text("torch.OutOfMemoryError: CUDA out of memory.")
    text = stub.refused(settings, MachineError)
    assert f"vLLM replica 1 on port {settings.port + 1} ended with exit code 1" in text
    assert (
        "there is not enough memory (torch.OutOfMemoryError: CUDA out of memory.); end what" in text
    )
    assert "CUDA out of memory." in text
    assert "HF_TOKEN is ***" in text
    assert stub.token not in text
    assert stub.gone()


def test_a_server_that_never_gets_ready_is_ended(stub: Any) -> None:
    settings = stub.settings({"STUB_SLOW": "60"}, startup_seconds=1)
    assert "is not ready after 1 s (startup_seconds)" in stub.refused(settings, MachineError)
    assert stub.starts()
    assert stub.gone()


def test_a_taken_port_is_named(stub: Any) -> None:
    settings = stub.settings(replicas=2)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", settings.port + 1))
        other.listen()
        text = stub.refused(settings, MachineError)
    assert f"port {settings.port + 1} cannot be used (Address already in use)" in text
    assert stub.starts() == []


def test_two_runs_cannot_have_one_port(stub: Any) -> None:
    settings = stub.settings()
    with reserved([settings.port]):
        assert "another run starts its servers there" in stub.refused(settings, BusyError)
    with reserved([settings.port]):
        pass


def test_a_stranger_on_the_port_is_noticed(stub: Any) -> None:
    text = stub.refused(stub.settings({"STUB_NAME": "test/other"}), MachineError)
    assert "serves test/other with vLLM 0.32.0, not test/tiny with 0.32.0" in text
    (stub.folder / "strange").touch()
    assert "but not as a vLLM server" in stub.refused(stub.settings(), MachineError)
    assert stub.gone()


def test_what_does_not_listen_to_reason_is_killed(stub: Any) -> None:
    with serve(stub.settings({"STUB_STUBBORN": "1"}, stop_seconds=0.5), stub.logs):
        (start,) = stub.starts()
        until_its_own_session(start.pids[1])
    assert stub.gone()


def until_its_own_session(pid: int) -> None:
    end = time.monotonic() + 10
    while os.getsid(pid) != pid:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda n: n.name)
def test_servers_end_with_the_run_however_it_dies(stub: Any, number: signal.Signals) -> None:
    settings = stub.settings({"STUB_STUBBORN": "1"}, stop_seconds=0.5, replicas=2)
    shown = settings.model_dump(mode="json") | {
        "env": {name: value.get_secret_value() for name, value in settings.env.items()}
    }
    command = [sys.executable, str(HERE / "parent.py"), json.dumps(shown), str(stub.logs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        assert len(stub.starts()) == 2
        parent.send_signal(number)
    stub.until(stub.gone, "all servers ended")
    assert "the process that wanted this server is gone" in stub.log()
    with reserved([settings.port, settings.port + 1]):
        pass


def test_an_interpreter_without_vllm_is_refused(stub: Any) -> None:
    text = stub.refused(stub.settings({"PYTHONPATH": ""}), MachineError)
    assert text.startswith(f"vLLM is not in the environment of {sys.executable}")
    assert "README.md" in text
    text = stub.refused(stub.settings(python="/no/such/python"), MachineError)
    assert text.startswith("/no/such/python is no program; make an environment for vLLM")
    text = stub.refused(stub.settings(python=None), MachineError)
    assert text.startswith("vllm is not in this environment")
