"""Stock readers get back what was written: `datasets`, and verl's own where it is installed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.layout import Layout
from schemas.examples import SPLITS

Inputs = Callable[..., Layout]
Build = Callable[..., Any]
Rows = Callable[[Layout, str], list[dict[str, Any]]]


@pytest.fixture
def load(tmp_path: Path) -> Callable[[Path], Any]:
    from datasets import load_dataset

    def read(path: Path) -> Any:
        cache = str(tmp_path / "cache")
        return load_dataset("parquet", data_files=str(path), cache_dir=cache)["train"]

    return read


@pytest.fixture
def two_builds(inputs: Inputs, build: Build) -> tuple[Layout, Layout]:
    """Builds of different domains, seeds and model names: reasoning, and with everyday rows."""
    first, second = inputs(60, 0, "reasoning"), inputs(30, 60, "mixed")
    build(first)
    build(second, seed=5, everyday_share=0.5, catalog={"anonymous_share": 1})
    return first, second


def test_every_file_loads_and_concatenates(two_builds: Any, load: Callable[[Path], Any]) -> None:
    from datasets import concatenate_datasets

    loaded = [load(layout.examples(split)) for layout in two_builds for split in SPLITS]
    features = [dataset.features for dataset in loaded]
    assert all(each == features[0] for each in features)
    together = concatenate_datasets(loaded)
    assert len(together) == sum(len(dataset) for dataset in loaded)
    assert len(set(together["ability"])) == 4


def test_two_unlike_rows_survive_unchanged(
    two_builds: Any, load: Callable[[Path], Any], rows: Rows
) -> None:
    from datasets import concatenate_datasets

    written = [row for layout in two_builds for row in rows(layout, "train")]
    tools = [set(row["extra_info"]["tool_selection"]) for row in written]
    shapes = [type(json.loads(row["reward_model"]["ground_truth"])) for row in written]
    pairs = (
        (i, j)
        for i in range(len(written))
        for j in range(i)
        if tools[i] & tools[j] == {"select_response"} and shapes[i] is not shapes[j]
    )
    i, j = next(pairs)
    read = concatenate_datasets([load(layout.examples("train")) for layout in two_builds])
    for k in (i, j):
        assert read[k] == written[k]
        kwargs = read[k]["extra_info"]["tools_kwargs"]
        assert set(kwargs) == {"select_response"}, "no argument of another row leaked in"
        assert None not in kwargs["select_response"]["create_kwargs"].values()


@pytest.mark.slow
def test_verl_reads_it(two_builds: Any, rows: Rows, tmp_path: Path) -> None:
    reason = "verl is not installed; its own dataset class is checked where it is"
    rl_dataset = pytest.importorskip("verl.utils.dataset.rl_dataset", reason=reason)
    omegaconf = pytest.importorskip("omegaconf", reason=reason)
    options = {"filter_overlong_prompts": False, "cache_dir": str(tmp_path / "cache")}
    files = [str(layout.examples("train")) for layout in two_builds]
    dataset = rl_dataset.RLHFDataset(
        files, tokenizer=None, config=omegaconf.OmegaConf.create(options)
    )
    written = [row for layout in two_builds for row in rows(layout, "train")]
    assert len(dataset) == len(written)
    for read, row in zip((dataset[i] for i in range(len(dataset))), written, strict=True):
        assert read["raw_prompt"] == row["prompt"]
        assert read["index"] == row["extra_info"]["index"]
        assert read["tools_kwargs"] == row["extra_info"]["tools_kwargs"]
        assert read["extra_info"] == row["extra_info"]
        assert read["agent_name"] == row["agent_name"]
        assert read["reward_model"] == row["reward_model"]
    batch = rl_dataset.collate_fn([dataset[i] for i in range(4)])
    assert len(batch["raw_prompt"]) == 4
