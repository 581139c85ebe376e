"""Play: what sampled turns come to in the engine, and that it agrees with what is computed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the training environment: torch")
pytest.importorskip("transformers", reason="needs the training environment: transformers")

from pipeline.settings import Settings
from pipeline.training.sampling import Request, Result
from pipeline.training.tiny import played
from pipeline.training.tiny.cases import lengths_of, read_cases
from pipeline.training.tiny.codec import Codec, call_text, open_codec, select_text
from pipeline.training.tiny.law import the_world
from pipeline.training.tiny.network import make_network
from pipeline.training.tiny.played import play
from pipeline.training.tiny.world import Sizes, world_settings, write_world

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("play")
    write_world(root / "world", 0, Sizes(train=20, validation=10, test=30, samples=8))
    make_network(root / "raw")
    return root


def scripted(monkeypatch: pytest.MonkeyPatch, codec: Codec, decide: Any) -> list[list[int]]:
    """Episodes whose turns are written by a function of the prompt's text; returns the prompts."""
    prompts: list[list[int]] = []

    def write(network: Any, requests: list[Request], pad: int, generator: Any) -> list[Result]:
        prompts.extend(request.prompt for request in requests)
        said = [codec.said(decide(codec.tokenizer.decode(r.prompt))) for r in requests]
        return [(ids[: r.longest], [], "") for ids, r in zip(said, requests, strict=True)]

    monkeypatch.setattr(played, "sample", write)
    return prompts


def test_calling_and_selecting_earns_what_the_law_says(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, codec = world_settings(home / "world"), open_codec(home / "raw")
    at = home / "world" / "examples"
    cases = read_cases(
        at / "test.parquet", the_world(), lengths_of(settings, sorted(at.glob("*.parquet")))
    )
    names = {codec.tokenizer.decode(codec.offer(case.menu)): case.names[0] for case in cases}

    def decide(text: str) -> str:
        if "<tool_response>" in text.rpartition("<|im_start|>user")[2]:
            return select_text()
        return call_text(next(name for offer, name in names.items() if text.startswith(offer)))

    prompts = scripted(monkeypatch, codec, decide)
    found = play(home / "raw", home / "world", settings, episodes=8)
    assert found.modes == {"select": 1.0, "refused": 0.0}
    assert len(prompts) == 2 * 8 * len(cases)
    assert found.rows.cost == pytest.approx([case.cost[1] for case in cases])
    # Every recorded answer once: the share of right ones is the law's, rounded to an eighth.
    wanted = np.array([case.chance[1] for case in cases])
    assert np.abs(found.rows.accuracy - wanted).max() <= 1 / 8


def test_what_goes_on_for_ever_earns_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, codec = world_settings(home / "world"), open_codec(home / "raw")
    scripted(monkeypatch, codec, lambda text: call_text("nobody"))
    found = play(home / "raw", home / "world", settings, episodes=1)
    assert found.modes == {"failed": 1.0, "refused": 1.0}
    assert found.rows.score.reward == 0.0


def test_the_same_seed_plays_the_same(home: Path) -> None:
    settings = world_settings(home / "world", Settings(seed=3))
    first, second = (play(home / "raw", home / "world", settings, episodes=1) for _ in range(2))
    assert first.rows.reward.tolist() == second.rows.reward.tolist()
    assert first.modes == second.modes
