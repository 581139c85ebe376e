import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stubs.hub import FakeHub, serve

from pipeline.grading import registry
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings

ROOT = Path(__file__).resolve().parents[4]

Write = Callable[..., Path]


@pytest.fixture
def shared() -> Path:
    path = Path(os.environ.get("XROUTER_SHARED", ROOT / ".." / "shared")) / "data"
    if not path.is_dir():
        pytest.skip(f"no shared data at {path}; set XROUTER_SHARED")
    return path


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes rows as JSON lines into a folder of its own, and gives the folder."""

    def lines(name: str, *rows: dict[str, Any]) -> Path:
        path = tmp_path / "suites" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return tmp_path / "suites"

    return lines


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    """A Hub on the loopback device."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serve() as (state, url):
        monkeypatch.setenv("HF_ENDPOINT", url)
        yield state


def graded(problem: dict[str, Any], text: str) -> Grade:
    """An answer to a row of the table `problems`, graded in this process."""
    request = GradeRequest(problem["grader"], text, problem["ground_truth"], problem["grader_args"])
    return registry.grade(request, GradingSettings())


@pytest.fixture
def grade() -> Callable[[dict[str, Any], str], Grade]:
    return graded
