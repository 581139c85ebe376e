from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stubs.hub import COMMIT, FakeHub, parquet

from pipeline.errors import InputError, MachineError
from pipeline.settings import Settings
from pipeline.sources.pins import pinned
from pipeline.sources.routes import data_file

REPO = "someone/problems"

Row = Callable[..., dict[str, Any]]


def asking(*problems: str) -> Settings:
    return Settings(sources={"problems": problems, "everyday": ["sample"]})  # type: ignore[arg-type]


def test_a_build_keeps_the_commit_it_read_first(server: FakeHub, row: Row, tmp_path: Path) -> None:
    server.files[REPO] = {"a.parquet": parquet(row())}
    lock = tmp_path / "hub.lock"
    first = pinned(asking(f"hub:{REPO}", "sample"), lock)
    assert first.sources.problems == (f"hub:{REPO}@{COMMIT}", "sample")
    server.revisions["main"] = "2" * 40
    server.status = 503
    assert pinned(asking(f"hub:{REPO}", "sample"), lock) == first
    with pytest.raises(MachineError, match="could not be reached"):
        pinned(asking(f"hub:{REPO}@v1"), lock)
    server.status = None
    assert pinned(asking(f"hub:{REPO}@v1"), lock).sources.problems == (f"hub:{REPO}@{'1' * 40}",)
    lock.unlink()
    assert pinned(asking(f"hub:{REPO}"), lock).sources.problems == (f"hub:{REPO}@{'2' * 40}",)


def test_a_known_dataset_is_counted_before_it_is_pinned(server: FakeHub, tmp_path: Path) -> None:
    pin = data_file("hub.toml")["LLM360/guru-RL-92k"]["revision"]
    server.revisions[pin] = pin
    server.files["LLM360/guru-RL-92k"] = {"train/a.parquet": b""}
    with pytest.raises(InputError, match="1 files instead of the 15"):
        pinned(asking("hub:LLM360/guru-RL-92k"), tmp_path / "hub.lock")
    assert not (tmp_path / "hub.lock").exists()


def test_nothing_is_asked_without_a_hub_dataset(tmp_path: Path) -> None:
    settings = asking("sample")
    assert pinned(settings, tmp_path / "hub.lock") == settings
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}'])
def test_a_damaged_lock_is_named(tmp_path: Path, text: str) -> None:
    lock = tmp_path / "hub.lock"
    lock.write_text(text)
    with pytest.raises(InputError, match="delete it to pin anew"):
        pinned(asking(f"hub:{REPO}"), lock)
