"""A small build, a bank over it, and a Hub."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from stubs.hub_repo import TOKEN, HubState, serve
from stubs.publications import publication, write_build

from pipeline.bank.tables import write_bank
from pipeline.layout import Layout
from pipeline.publishing.repository import Publication


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A build whose every row may go out."""
    sets = {"free": "CC0-1.0", "alike": "CC-BY-SA-3.0"}
    return write_build(tmp_path_factory.mktemp("publishing"), sets)


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory, built: Layout) -> Path:
    """Answers of two models to every problem of the build."""
    root = tmp_path_factory.mktemp("bank")
    asked = pl.read_parquet(built.problems).filter(kind="reasoning").to_dicts()
    outcomes = [
        {
            "problem_id": row["problem_id"],
            "model_id": model,
            "sample": 0,
            "verdict": "correct" if (i + j) % 3 else "wrong",
            "input_tokens": 10,
            "output_tokens": 5,
            "text": f"It is {i}.",
            "source": "live",
            "data_source": row["data_source"],
        }
        for i, row in enumerate(asked)
        for j, model in enumerate(("gpt-5", "gpt-5-mini"))
    ]
    names = ("problem_id", "data_source", "messages", "grader", "ground_truth", "grader_args")
    write_bank(root, outcomes, [{name: row[name] for name in names} for row in asked])
    return root


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubState]:
    """A Hub that knows this user's token."""
    import huggingface_hub.constants
    import huggingface_hub.utils._http as http

    with serve() as (state, url):
        monkeypatch.setenv("HF_ENDPOINT", url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        # Waits between tries of huggingface_hub, of which there are five.
        monkeypatch.setattr(http.time, "sleep", lambda _: None)
        yield state


@pytest.fixture(scope="session")
def made(built: Layout, tmp_path_factory: pytest.TempPathFactory) -> Publication:
    """The repository of the build, ready to be sent."""
    return publication(built, tmp_path_factory.mktemp("made") / "to")
