"""Tiering from end to end with a real vLLM that is killed in the middle.

300 problems, a tiny Qwen3 on the CPU that answers with one digit; a few minutes and 4 GiB.
"""

import logging
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.accounting import Silent
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.sources.collect import collect_sources
from pipeline.tiering.stage import tier_problems

PYTHON = os.environ.get("XROUTER_VLLM_PYTHON", "")
PROBLEMS, KILL_AFTER = 300, 600
# What the model is most likely to say; how likely depends on the prompt.
LIKELY = "0237"

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        not PYTHON,
        reason="XROUTER_VLLM_PYTHON names no interpreter with vLLM; see "
        "pipeline/tiering/vllm/README.md",
    ),
]
log = logging.getLogger(__name__)


class Said(Silent):
    """Progress that is logged."""

    def __init__(self) -> None:
        self._next = 0.0

    def start(self, label: str, total: int) -> None:
        log.info("%s: %d", label, total)

    def say(self, text: str) -> None:
        if time.monotonic() > self._next:
            self._next = time.monotonic() + 5
            log.info(text)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny-qwen3-digit"
    script = Path(__file__).parent / "tiny_qwen3.py"
    subprocess.run([PYTHON, str(script), str(folder), "--answers", "digit"], check=True)
    return folder


def settings_for(root: Path, model: Path) -> Settings:
    return Settings.model_validate(
        {
            "out": root / "out",
            "sources": {"problems": [str(root / "source")], "everyday": []},
            "tiering": {
                "references": [f"vllm:{model}"],
                "measure": {
                    "in_flight": 32,
                    "temperature": 1.0,
                    "top_p": 1.0,
                    "top_k": None,
                    "min_p": None,
                    "max_tokens": 4,
                    "request_seconds": 60,
                    "extra": {"chat_template_kwargs": {"enable_thinking": False}},
                },
                "vllm": {"python": PYTHON, "profile": "cpu-test", "port": 18_740},
            },
        }
    )


def make_problems(settings: Settings, layout: Layout) -> None:
    rows = [
        {
            "data_source": "math__tiny",
            "prompt": [{"role": "user", "content": f"Say a digit, number {index}."}],
            "ability": "math",
            "reward_model": {"style": "rule", "ground_truth": LIKELY[index % len(LIKELY)]},
            "extra_info": {"index": index},
        }
        for index in range(PROBLEMS)
    ]
    source = Path(settings.sources.problems[0])
    source.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), source / "train.parquet")
    collect_sources(settings, layout, Silent())


def servers(model: Path) -> Iterator[int]:
    """Process ids of the API server of this model."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"vllm.entrypoints.openai.api_server" in command and str(model).encode() in command:
            yield int(folder.name)


def samples(ledger: Path) -> int:
    if not ledger.exists():
        return 0
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as db:
        try:
            return int(db.execute("SELECT count(*) FROM samples").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def kill_when_busy(ledger: Path, model: Path, killed: list[int]) -> None:
    """Kill -9 the server once some samples are in."""
    until = time.monotonic() + 900
    while samples(ledger) < KILL_AFTER and time.monotonic() < until:
        time.sleep(0.05)
    for pid in servers(model):
        os.kill(pid, signal.SIGKILL)
        killed.append(samples(ledger))


def test_a_killed_server_costs_nothing_but_time(model: Path, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, model)
    layout = Layout(settings.out)
    make_problems(settings, layout)
    killed: list[int] = []
    killer = threading.Thread(
        target=kill_when_busy, args=(layout.ledger, model.resolve(), killed), daemon=True
    )
    killer.start()
    began = time.monotonic()
    report = tier_problems(settings, layout, Said())
    log.info("%.0f s, %s", time.monotonic() - began, report.notes)
    assert killed
    assert KILL_AFTER <= killed[0] < samples(layout.ledger)
    assert report.complete
    assert report.rows_out == PROBLEMS
    rates = pl.read_parquet(layout.pass_rates)
    attempts = pl.read_parquet(layout.attempts)
    assert rates["n"].n_unique() > 3
    assert rates["n"].sum() == attempts.height <= samples(layout.ledger)
    assert set(attempts["engine"]) == {"vllm"}
    assert attempts["engine_version"].null_count() == 0
    assert set(attempts["dtype"]) == {"bfloat16"} or set(attempts["dtype"]) == {"float32"}
    numbers = attempts.group_by("problem_id").agg(pl.col("sample").sort())
    assert all(list(own) == list(range(len(own))) for own in numbers["sample"])
    before = samples(layout.ledger)
    first = layout.attempts.read_bytes(), layout.pass_rates.read_bytes()
    tier_problems(settings, layout, Silent())
    assert samples(layout.ledger) == before
    assert (layout.attempts.read_bytes(), layout.pass_rates.read_bytes()) == first
