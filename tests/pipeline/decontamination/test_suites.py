"""Against the real suites: planted copies are found, clean sets are not flagged."""

import json
from pathlib import Path

import polars as pl
import pytest
from stubs.decontamination_sets import problems_of
from stubs.full_suites import full_references, published_sizes
from stubs.plants import LIGHT, REWORDED, plants

from pipeline.decontamination.find import find_contamination
from pipeline.decontamination_settings import DecontaminationSettings
from pipeline.evaluation.suites.texts import reference_texts

SETTINGS = DecontaminationSettings()
MOST_FALSE = 0.005


@pytest.fixture(scope="module")
def references(data: Path) -> pl.DataFrame:
    """Every suite that the directory has."""
    return reference_texts(data)


@pytest.mark.slow
@pytest.mark.parametrize(("full", "seed"), [(False, 7001), (True, 7002)])
def test_two_hundred_planted_copies_are_all_found(
    references: pl.DataFrame, data: Path, full: bool, seed: int
) -> None:
    if full:
        references = full_references(data, seed)
        # Turns of MT-Bench are two texts of one item.
        assert references.height == sum(published_sizes().values()) + 80
    planted = plants(references, 200, seed, LIGHT)
    found = find_contamination(planted, references, SETTINGS).contamination
    missed = planted.join(found, on=["problem_id", "suite", "item"], how="anti")
    assert missed.select("kind", "suite", "item").rows() == []


@pytest.mark.slow
def test_reworded_copies_are_found_mostly(references: pl.DataFrame) -> None:
    planted = plants(references, 200, 7003, REWORDED)
    found = find_contamination(planted, references, SETTINGS).contamination
    assert planted.join(found, on="problem_id", how="semi").height >= 196


@pytest.mark.slow
def test_training_sets_are_clean(references: pl.DataFrame, data: Path) -> None:
    rows = (data / "gsm8k/train.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(row)["question"] for row in rows]
    found = find_contamination(problems_of(texts), references, SETTINGS).contamination
    assert found["problem_id"].n_unique() <= MOST_FALSE * len(texts)


@pytest.mark.slow
def test_rows_of_a_suite_in_another_frame_are_found(references: pl.DataFrame, data: Path) -> None:
    for name, suite in (
        ("test__math__gsm8k_1.3k", "gsm8k"),
        ("test__codegen__humaneval_164", "humaneval"),
    ):
        rows = pl.read_parquet(data / "guru" / f"{name}.parquet")
        texts = [prompt[-1]["content"] for prompt in rows["prompt"].to_list()]
        found = find_contamination(problems_of(texts), references, SETTINGS)
        assert found.contamination.filter(pl.col("suite") == suite)["item"].n_unique() == len(texts)
