import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stubs.hub import FakeHub, serve

from pipeline.accounting import Silent, StageReport
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.sources.collect import collect_sources

ROOT = Path(__file__).resolve().parents[3]


class Collected(NamedTuple):
    report: StageReport
    problems: pl.DataFrame
    references: pl.DataFrame
    rejects: pl.DataFrame
    layout: Layout


@pytest.fixture
def shared() -> Path:
    path = Path(os.environ.get("XROUTER_SHARED", ROOT / ".." / "shared")) / "data"
    if not path.is_dir():
        pytest.skip(f"no shared data at {path}; set XROUTER_SHARED")
    return path


def guru_row(**changes: Any) -> dict[str, Any]:
    """A row in guru's format; `truth` and `question` are shortcuts."""
    row: dict[str, Any] = {
        "data_source": "math__gsm8k",
        "prompt": [{"role": "user", "content": changes.pop("question", "What is 6 * 7?")}],
        "ability": "math",
        "apply_chat_template": True,
        "reward_model": {"style": "rule", "ground_truth": changes.pop("truth", "42")},
        "extra_info": {"split": "train", "index": 0},
    }
    return row | changes


@pytest.fixture
def row() -> Callable[..., dict[str, Any]]:
    return guru_row


@pytest.fixture
def guru(tmp_path: Path) -> Callable[..., Path]:
    """Writes guru rows into a parquet file under `data/` and gives its path."""

    def write(*rows: dict[str, Any], name: str = "train.parquet") -> Path:
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = dict.fromkeys(name for row in rows for name in row)
        table = {name: [row.get(name) for row in rows] for name in columns}
        pq.write_table(pa.Table.from_pydict(table), path)
        return path

    return write


@pytest.fixture
def collect(tmp_path: Path) -> Callable[..., Collected]:
    def run(problems: Any = (), everyday: Any = (), out: str = "out", **more: Any) -> Collected:
        sources = {
            "problems": [str(p) for p in problems],
            "everyday": [str(p) for p in everyday],
            **more,
        }
        layout = Layout(tmp_path / out)
        report = collect_sources(Settings(sources=sources), layout, Silent())
        paths = (layout.problems, layout.references, layout.rejects("sources"))
        return Collected(report, *(pl.read_parquet(path) for path in paths), layout)

    return run


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The Hub library keeps its files here, and asks no proxy."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return monkeypatch


@pytest.fixture
def server(environment: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with serve() as (state, url):
        environment.setenv("HF_ENDPOINT", url)
        yield state
