"""A world that runs can begin in."""

from pathlib import Path

import pytest

from pipeline.training.tiny.world import Sizes, write_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("world")
    write_world(root, 0, Sizes(train=30, validation=6, test=6, samples=2))
    return root
