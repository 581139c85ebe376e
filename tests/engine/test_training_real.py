"""Stock verl with our plug-ins: exact tokens, a run that learns, is killed, goes on and is merged.

pipeline/training/README.md says how to make the environment. Takes about four minutes on two cores.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest
from stubs.verl_python import NEEDS_VERL, PYTHON

from pipeline.settings import Settings
from pipeline.training.environment import own_variables
from pipeline.training.plan import newest_checkpoint, plan
from pipeline.training.tiny.world import Sizes, world_settings, write_world
from warehouse.spool import load_spool
from warehouse.store import query
from warehouse.training_report import write_training_report

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# What differs in length differs in reward, so that even random weights have something to learn.
SMALL = ("batch=4", "mini_batch=4", "group=4", "save_every=1", "test_every=2", "reply_chars=64",
         "response_tokens=40", "overlong_tokens=38", "generation_batches=20")  # fmt: skip
MAKE = (
    "import pathlib, sys; from pipeline.training.tiny.network import make_network; "
    "make_network(pathlib.Path(sys.argv[1]))"
)

pytestmark = NEEDS_VERL


class Begun(NamedTuple):
    """What runs start from."""

    world: Path
    model: Path


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    root = tmp_path_factory.mktemp("begun")
    write_world(root / "world", 0, Sizes(train=60, validation=8, test=8, samples=2))
    model = root / "model"
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    subprocess.run([PYTHON, "-c", MAKE, str(model)], env=environment, check=True)
    return Begun(root / "world", model)


@pytest.fixture(scope="module")
def episodes(begun: Begun, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Four scripted episodes through verl's agent loop."""
    out = tmp_path_factory.mktemp("loop")
    training = {
        "preset": "tiny", "model": str(begun.model), "examples": begun.world,
        "values": {"response_tokens": 500, "overlong_tokens": 0},
    }  # fmt: skip
    settings = Settings.model_validate({"out": out, "workers": 1, "training": training})
    run = plan(world_settings(begun.world, settings), resume=False).run
    run.write(out / "run.json")
    own = own_variables(run.preset, out / "run.json", out / "metrics.jsonl")
    done = subprocess.run(
        [PYTHON, str(HERE / "verl_loop.py"), str(begun.model)],
        env=dict(os.environ) | own, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"begins"')]


def test_tokens_are_the_templates_and_the_samplers_own(episodes: list[dict[str, Any]]) -> None:
    assert len(episodes) == 4
    for each in episodes:
        assert each["begins"], "the prompt is not what the template renders"
        assert each["own"], "what the mask lets learn is not what the server wrote"
        assert each["log_probs"]
        assert {"prompts", "responses", "response_mask", "rm_scores"} <= set(each["fields"])


def test_decisions_are_those_of_the_script(episodes: list[dict[str, Any]]) -> None:
    decisions = [each["decision"] for each in episodes]
    assert [d["mode"] for d in decisions] == ["select", "synthesize", "direct", "failed"]
    assert decisions[0]["selected_call"] == "c2"
    assert [c["status"] for c in decisions[1]["calls"]] == ["ok", "refused"]
    assert [each["observations"] for each in episodes] == [2, 2, 0, 2]
    assert decisions[3]["error"].startswith("turns: ")
    for each in episodes:
        assert each["score"] == each["facts"]["score"] == each["decision"]["reward"]


def command(begun: Begun, out: Path, steps: int, *more: str) -> list[str]:
    values = [part for value in SMALL for part in ("--set", value)]
    return [
        sys.executable, "-c", "from flows.cli import main; main()", "train", "--preset", "tiny",
        "--name", "r",
        "--examples", str(begun.world), "--pool", f"bank:{begun.world}",
        "--model", str(begun.model), "--out", str(out), "--steps", str(steps), "--json",
        *values, *more,
    ]  # fmt: skip


def ledger(out: Path) -> list[dict[str, Any]]:
    paths = sorted((out / "spool").glob("episodes-*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


class Resumed(NamedTuple):
    """A run that was killed after its second checkpoint and went on for two steps more."""

    out: Path
    before: int
    result: dict[str, Any]


@pytest.fixture(scope="module")
def resumed(begun: Begun, tmp_path_factory: pytest.TempPathFactory) -> Resumed:
    out = tmp_path_factory.mktemp("resumed")
    folder = out / "training" / "r"
    first = subprocess.Popen(command(begun, out, 6), cwd=ROOT, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 600
    while newest_checkpoint(folder / "checkpoints") < 2 and time.monotonic() < until:
        assert first.poll() is None, "training ended before it could be killed"
        time.sleep(0.2)
    first.send_signal(signal.SIGKILL)
    first.wait()
    # Its keeper has yet to end what it started.
    while _holders(folder) and time.monotonic() < until:
        time.sleep(0.5)
    before = newest_checkpoint(folder / "checkpoints")
    done = subprocess.run(
        command(begun, out, before + 2, "--resume"), cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return Resumed(out, before, json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_and_counts_no_episode_twice(resumed: Resumed) -> None:
    out, before, result = resumed
    steps = before + 2
    assert result["step"] == steps
    trained = [step["step"] for step in result["steps"] if "critic/score/mean" in step["values"]]
    assert trained == list(range(before + 1, steps + 1))
    rows = ledger(out)
    assert max(Counter(row["episode_id"] for row in rows).values()) == 1
    assert {row["run_id"] for row in rows} == {result["run_id"]}
    files = [path.name for path in (out / "spool").glob("episodes-*-train.parquet")]
    assert sorted(int(name.split("-")[-2]) for name in files) == list(range(1, steps + 1))
    revisions = {int(row["policy_revision"]) for row in rows if row["kind"] == "train"}
    assert revisions == set(range(steps))
    validated = Counter(row["policy_revision"] for row in rows if row["kind"] == "validate")
    assert set(validated.values()) == {8}, "a validation is counted twice or in part"


@pytest.mark.slow
def test_its_weights_answer_a_chat(resumed: Resumed) -> None:
    folder = Path(resumed.result["router"])
    assert (folder / "model.safetensors").exists()
    host = [PYTHON, "-m", "pipeline.training.tiny.host", str(folder), "--name", "r", "--port"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([*host, str(port)], env=environment) as process:
        try:
            body = {"model": "r", "messages": [{"role": "user", "content": "hello"}]}
            answer = _post(f"http://127.0.0.1:{port}/v1/chat/completions", body, process)
        finally:
            process.terminate()
    assert answer["choices"][0]["finish_reason"] in ("stop", "tool_calls", "length")
    assert answer["usage"]["completion_tokens"] > 0


@pytest.mark.slow
def test_its_episodes_make_curves(resumed: Resumed, tmp_path: Path) -> None:
    store = tmp_path / "w.duckdb"
    loaded = load_spool(store, resumed.out / "spool")
    assert (loaded.set_aside, loaded.refused) == ([], [])
    sql = "SELECT DISTINCT step FROM learning_curve WHERE kind = 'train' ORDER BY 1"
    steps = range(resumed.before + 2)
    assert [step for (step,) in query(store, sql).rows()] == list(steps)
    assert write_training_report(store, tmp_path / "t.html").stat().st_size > 100_000


def _post(url: str, body: dict[str, Any], process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Ask, as soon as somebody listens."""
    until = time.monotonic() + 120
    while True:
        try:
            data = json.dumps(body).encode()
            request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=60) as reply:
                answer: dict[str, Any] = json.load(reply)
            return answer
        except urllib.error.URLError:
            assert process.poll() is None, "the host ended"
            assert time.monotonic() < until, "nobody listens"
            time.sleep(0.2)


def _holders(folder: Path) -> list[int]:
    """Processes that still work for a run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                variables = (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(folder / "run.json").encode() in variables:
                found.append(int(entry.name))
    return found
