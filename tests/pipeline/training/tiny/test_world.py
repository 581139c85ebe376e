"""The tiny world: rows of our own formats, held-out prices and wordings, outcomes by the law."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.bank.source import open_bank
from pipeline.grading.registry import grade
from pipeline.grading.verdicts import GradeRequest
from pipeline.layout import Layout
from pipeline.router.menu import Menu
from pipeline.router.turns import Query
from pipeline.settings import Settings
from pipeline.training.tiny.law import DIRECT, EVERYDAY, the_models, the_prices, the_world
from pipeline.training.tiny.problems import FOLDS, Problems
from pipeline.training.tiny.world import Sizes, examples, world_settings, write_world
from schemas.examples import EXAMPLES, SPLITS

SIZES = Sizes(train=300, validation=40, test=200, samples=4)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return write_world(tmp_path_factory.mktemp("world"), seed=3, sizes=SIZES)


def rows(world: Layout, split: str) -> list[dict]:
    return pl.read_parquet(world.examples(split)).to_dicts()


def test_sizes_and_schema(world: Layout) -> None:
    assert [len(rows(world, split)) for split in SPLITS] == list(SIZES[:3])
    problems = Problems(the_world(), 3, "train").take(5)
    assert examples(the_world(), 3, "train", problems).schema.equals(EXAMPLES)


def test_the_same_seed_gives_the_same_bytes(world: Layout, tmp_path: Path) -> None:
    again = write_world(tmp_path, seed=3, sizes=SIZES)
    for name in ("examples/train.parquet", "examples/test.parquet", "outcomes.parquet"):
        assert (again.root / name).read_bytes() == (world.root / name).read_bytes()


def test_another_seed_gives_another_world(tmp_path: Path) -> None:
    few = Sizes(20, 5, 5, 1)
    one, other = (write_world(tmp_path / str(seed), seed, few) for seed in (0, 1))
    assert rows(one, "train")[0]["prompt"] != rows(other, "train")[0]["prompt"]


def test_a_longer_stream_begins_as_a_shorter_one() -> None:
    assert Problems(the_world(), 0, "train").take(30)[:10] == (
        Problems(the_world(), 0, "train").take(10)
    )


def test_everything_says_that_it_is_simulated(world: Layout) -> None:
    for split in SPLITS:
        for row in rows(world, split):
            assert row["data_source"].startswith("simulated/")
            assert row["extra_info"]["reference"].startswith("simulated/")
            assert all("Simulated" in m.display_name for m in the_models().models)
    assert set(pl.read_parquet(world.root / "outcomes.parquet")["source"]) == {"simulated"}


def test_the_prompt_is_the_one_that_every_preset_reads(world: Layout) -> None:
    for row in rows(world, "test")[:20]:
        menu = Menu.of_rows(row["extra_info"]["catalog"])
        assert row["prompt"][0] == {"role": "system", "content": menu.instructions}
        assert menu.catalog_id == row["extra_info"]["catalog_id"]


def factors(world: Layout, split: str) -> np.ndarray:
    entries = [e for row in rows(world, split) for e in row["extra_info"]["catalog"]]
    return np.array([e["price_factor"] for e in entries])


def test_prices_of_held_out_rows_lie_in_bands_that_training_never_sees(world: Layout) -> None:
    def held_out(values: np.ndarray) -> np.ndarray:
        logs = np.abs(np.log(values))
        return np.any([(a <= logs) & (logs <= b) for a, b in the_prices().held_out.bands], axis=0)

    assert not held_out(factors(world, "train")).any()
    assert held_out(factors(world, "validation")).all()
    assert held_out(factors(world, "test")).all()


def wording(row: dict) -> str:
    return row["prompt"][1]["content"].rpartition(" for ")[0]


def test_wordings_of_held_out_rows_are_new(world: Layout) -> None:
    seen = {wording(row) for row in rows(world, "train")}
    for split in ("validation", "test"):
        assert not seen & {wording(row) for row in rows(world, split)}
    texts = [row["prompt"][1]["content"] for split in SPLITS for row in rows(world, split)]
    assert len(set(texts)) == len(texts)
    assert FOLDS == 5


def test_words_tell_difficulty_most_of_the_time(world: Layout) -> None:
    """A guess from the last words alone is better than chance and worse than certain."""
    law = the_world()
    kept = []
    for row in rows(world, "train"):
        if row["extra_info"]["kind"] == EVERYDAY:
            continue
        said = wording(row)
        guess = next(
            level for level, ends in law.qualifiers.items() if any(said.endswith(e) for e in ends)
        )
        kept.append(guess == row["extra_info"]["tier"])
    assert 0.75 < np.mean(kept) < 0.95


def test_outcomes_follow_the_law(world: Layout) -> None:
    law, tiers = the_world(), {m.model_id: m.tier for m in the_models().models}
    bank = open_bank(world.root).bank
    differences = []
    for row in rows(world, "test"):
        extra = row["extra_info"]
        for model, tier in tiers.items():
            records = [bank.record(extra["problem_id"], model, n) for n in range(SIZES.samples)]
            share = np.mean([r.full for r in records if r is not None])
            chance = law.chance(row["ability"], extra["tier"], tier)
            assert abs(share - chance) <= 1 / SIZES.samples + 1e-9
            differences.append(share - chance)
    assert abs(np.mean(differences)) < 0.02


def test_recorded_texts_are_graded_as_recorded(world: Layout) -> None:
    bank, settings = open_bank(world.root).bank, Settings().grading
    for row in rows(world, "test")[:40]:
        extra = row["extra_info"]
        truth, args = row["reward_model"]["ground_truth"], extra["grader_args"]
        for model in ("sim-ash", "sim-oak"):
            record = bank.record(extra["problem_id"], model, 0)
            assert record is not None
            text = bank.text(record) or ""
            found = grade(GradeRequest(extra["grader"], text, truth, args), settings)
            assert found.verdict == record.verdict


def test_the_own_answer_is_right_as_often_as_the_law_says(world: Layout) -> None:
    law, settings = the_world(), Settings().grading
    right: dict[str, list[bool]] = {}
    for row in rows(world, "train"):
        extra = row["extra_info"]
        truth = row["reward_model"]["ground_truth"]
        request = GradeRequest(extra["grader"], law.direct.answer, truth, extra["grader_args"])
        group = extra["kind"] if extra["kind"] == EVERYDAY else extra["tier"]
        right.setdefault(group, []).append(grade(request, settings).verdict == "correct")
    assert np.mean(right["everyday"]) == 1.0
    assert abs(np.mean(right["easy"]) - law.direct.success["easy"]) < 0.2
    assert np.mean(right["hard"]) == 0.0


def test_specialists_are_good_where_the_law_says_so() -> None:
    law = the_world()
    assert law.chance("math", "hard", "specialized") == law.chance("math", "hard", "premium")
    assert law.chance("logic", "hard", "specialized") == law.chance("logic", "hard", "standard")
    assert law.chance("chat", "easy", DIRECT) == 1.0


def test_settings_of_a_run_lead_into_the_world(world: Layout) -> None:
    settings = world_settings(world.root)
    assert settings.router.pool == f"bank:{world.root}"
    assert settings.reward.expected_bank == world.root
    bank = open_bank(world.root).bank
    found = bank.find(Query(rows(world, "test")[0]["prompt"][1:]))
    assert found == rows(world, "test")[0]["extra_info"]["problem_id"]


def test_ground_truths_are_json(world: Layout) -> None:
    for row in rows(world, "validation"):
        json.loads(row["reward_model"]["ground_truth"])
