"""The launcher with a real vLLM: a tiny Qwen3 on the CPU, in an environment of its own.

Needs a few minutes and 4 GiB; pipeline/tiering/vllm/README.md says how to make the environment.
"""

import http.client
import json
import logging
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline.errors import MachineError
from pipeline.settings import VllmSettings
from pipeline.tiering.vllm.command import plan_launches
from pipeline.tiering.vllm.profiles import load_profiles
from pipeline.tiering.vllm.serve import Served, serve

PYTHON = os.environ.get("XROUTER_VLLM_PYTHON", "")
HERE = Path(__file__).parent
PORT = 18_640
PARSE = """
import json, sys, warnings
warnings.simplefilter("ignore")
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.entrypoints.launchers.cli_args import make_arg_parser
from vllm.model_executor.layers.quantization import QUANTIZATION_METHODS
from vllm.reasoning import ReasoningParserManager
from vllm.utils.argparse_utils import FlexibleArgumentParser
parser = make_arg_parser(FlexibleArgumentParser())
for command in json.load(sys.stdin):
    parsed = parser.parse_args(command[3:])
    AsyncEngineArgs.from_cli_args(parsed)
    assert parsed.quantization in (None, *QUANTIZATION_METHODS), parsed.quantization
    ReasoningParserManager.get_reasoning_parser(parsed.reasoning_parser)
"""

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not PYTHON,
        reason="XROUTER_VLLM_PYTHON names no interpreter with vLLM; see "
        "pipeline/tiering/vllm/README.md",
    ),
]
log = logging.getLogger(__name__)


class Running(NamedTuple):
    """A server in use, and what was seen of its start."""

    served: Served
    seconds: float
    logs: Path


class Process(NamedTuple):
    """One line of the process table."""

    pid: int
    parent: int
    mebibytes: float
    command: str


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny-qwen3-digit"
    script = HERE / "tiny_qwen3.py"
    subprocess.run([PYTHON, str(script), str(folder), "--answers", "digit"], check=True)
    return folder


@pytest.fixture(scope="module")
def running(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    logs = tmp_path_factory.mktemp("logs")
    began = time.monotonic()
    with serve(settings_for(model), logs) as served:
        seconds = time.monotonic() - began
        log.info("ready after %.1f s", seconds)
        yield Running(served, seconds, logs)
        pids = [process.pid for process in tree()]
        assert len(pids) >= 3
        began = time.monotonic()
    log.info("ended after %.1f s", time.monotonic() - began)
    assert not set(pids) & {process.pid for process in processes()}


def settings_for(model: Path, **more: Any) -> VllmSettings:
    values = {"python": PYTHON, "model": str(model), "profile": "cpu-test", "port": PORT}
    return VllmSettings.model_validate(values | more)


def processes() -> list[Process]:
    command = ["ps", "-wweo", "pid=,ppid=,rss=,stat=,args="]
    seen = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 4) for line in seen.splitlines()]
    return [
        Process(int(pid), int(parent), int(size) / 1024, args)
        for pid, parent, size, state, args in (row for row in rows if len(row) == 5)
        if not state.startswith("Z")
    ]


def tree() -> list[Process]:
    """Everything that this test process has started, except `ps`."""
    found, above = [], {os.getpid()}
    while above:
        below = [p for p in processes() if p.parent in above and not p.command.startswith("ps ")]
        found.extend(below)
        above = {process.pid for process in below}
    return found


def ask(served: Served, prompt: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
    body = {
        "model": served.model,
        "messages": [{"role": "user", "content": prompt}],
        "max_tokens": 8,
        "temperature": 1.0,
    }
    try:
        headers = {"content-type": "application/json"}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        response = connection.getresponse()
        assert response.status == 200
        answer: dict[str, Any] = json.loads(response.read())
        return answer
    finally:
        connection.close()


def digits(served: Served, count: int) -> str:
    asked = [ask(served, f"what is the last digit of {n} + 7") for n in range(count)]
    return "".join(answer["choices"][0]["message"]["content"] for answer in asked)


def test_every_flag_of_every_profile_is_known_to_this_vllm(tmp_path: Path) -> None:
    settings = VllmSettings(revision="main")
    commands = [
        launch.command
        for profile in load_profiles().values()
        for launch in plan_launches(settings, profile, PYTHON, [("0",)], tmp_path)
    ]
    parsed = subprocess.run(
        [PYTHON, "-c", PARSE],
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert parsed.returncode == 0, parsed.stderr[-3000:]


def test_it_answers_many_at_once(running: Running) -> None:
    served = running.served
    assert served.engine_version.startswith("0.")
    assert (served.model, served.dtype) == ("tiny-qwen3-digit", "bfloat16")
    assert served.revision.startswith("files-")
    prompts = [f"how many of {n} apples are left" for n in range(400)]
    began = time.monotonic()
    with ThreadPoolExecutor(served.profile.max_num_seqs) as pool:
        answers = list(pool.map(lambda prompt: ask(served, prompt), prompts))
    seconds = time.monotonic() - began
    log.info("%.0f requests/s", len(prompts) / seconds)
    for process in tree():
        log.info("%6.0f MiB  %s", process.mebibytes, process.command[:60])
    for answer in answers:
        (choice,) = answer["choices"]
        assert choice["finish_reason"] == "stop"
        assert choice["message"]["content"].isdecimal()
        assert choice["message"]["reasoning"] is None
        assert answer["usage"]["completion_tokens"] == 2


def test_what_it_said_is_in_the_log(running: Running) -> None:
    text = (running.logs / "replica-0.log").read_text()
    assert "\n== " in text
    assert "Application startup complete" in text
    assert "apples" not in text


def test_a_killed_server_comes_back_and_draws_anew(running: Running) -> None:
    supervisor = running.served.supervisor
    before = digits(running.served, 60)
    old = [p for p in tree() if "keeper.py" not in p.command]
    server = next(process for process in old if "api_server" in process.command)
    os.kill(server.pid, signal.SIGKILL)
    began = time.monotonic()
    while supervisor.status()[0].restarts == 0 or supervisor.status()[0].state != "ready":
        supervisor.check()
        assert time.monotonic() - began < 600
        time.sleep(0.2)
    log.info("restarted after %.1f s", time.monotonic() - began)
    assert not {process.pid for process in old} & {process.pid for process in processes()}
    after = digits(running.served, 60)
    assert before != after


def test_a_model_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with (
        pytest.raises(MachineError, match="the model cannot be loaded"),
        serve(settings_for(tmp_path / "model", port=PORT + 1), tmp_path),
    ):
        pass
