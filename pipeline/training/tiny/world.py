"""Writes the tiny world: examples of every split, in our own format, and a bank of all outcomes.

A seed and sizes come in; `examples/*.parquet`, `outcomes.parquet` and `questions.parquet` go out,
which every other room can read. Every row of them says that it is simulated.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from pipeline.bank.tables import write_bank
from pipeline.catalog.perturb import draw_catalogs
from pipeline.dataset.checks import check_examples
from pipeline.dataset.columns import keys_of
from pipeline.dataset.mix import row_keys
from pipeline.dataset.rows import PROBLEM_COLUMNS, Slots, build_examples
from pipeline.io import write_parquet
from pipeline.layout import Layout
from pipeline.rng import generator
from pipeline.settings import Settings
from pipeline.training.tiny.law import (
    EVERYDAY,
    LAWS_FILE,
    MODELS_FILE,
    PRICE_LAW,
    STANDARD,
    World,
    the_models,
    the_prices,
    the_world,
)
from pipeline.training.tiny.problems import SOURCE, Problem, Problems
from schemas.examples import EXAMPLE_TIERS, SPLITS

STAGE = "tiny.world"
REFERENCE = "simulated/tiny-world"
# Half of the rows call models by names that say nothing of them.
ANONYMOUS = 0.5


class Sizes(NamedTuple):
    """How much there is of what.

    Attributes:
        train: Rows.
        validation: Rows; prices and wordings that training never sees.
        test: Rows, likewise.
        samples: Outcomes of each model on each problem.
    """

    train: int = 3000
    validation: int = 200
    test: int = 1000
    samples: int = 8


def write_world(root: Path, seed: int = 0, sizes: Sizes | None = None) -> Layout:
    """Write a world; the same seed and sizes always give the same bytes.

    Args:
        root: Directory of the build, and of the bank.
        seed: Of every choice.
        sizes: How much.
    """
    sizes, world, at = sizes or Sizes(), the_world(), Layout(root)
    problems: list[Problem] = []
    # Validation and test draw from one stream, so that no text is in both.
    held_out = Problems(world, seed, "test")
    for split, count in zip(SPLITS, sizes[:3], strict=True):
        source = Problems(world, seed, split) if split == "train" else held_out
        drawn = source.take(count)
        frame = pl.DataFrame(examples(world, seed, split, drawn))
        write_parquet(frame, at.examples(split))
        problems += drawn
    write_bank(root, _outcomes(world, seed, problems, sizes.samples), map(_question, problems))
    return at


def examples(world: World, seed: int, split: str, problems: Sequence[Problem]) -> pa.Table:
    """Table `examples` of some problems, each with a catalogue of its own.

    Args:
        world: The law.
        seed: Of the catalogues.
        split: `train` sees no held-out price.
        problems: One row each.
    """
    rows = [
        {
            "problem_id": p.problem_id,
            "data_source": p.data_source,
            "domain": p.domain,
            "kind": p.kind,
            "messages": [{"role": "user", "content": p.text}],
            "grader": p.grader,
            "ground_truth": p.ground_truth,
            "grader_args": "{}",
        }
        for p in problems
    ]
    table = pa.Table.from_pylist(rows, schema=PROBLEM_COLUMNS)
    zeros = np.zeros(len(rows), np.int32)
    keys = row_keys(keys_of(table["problem_id"]), zeros)
    draw = draw_catalogs(the_models(), the_prices(), seed, split, keys, ANONYMOUS)
    slots = Slots(
        problem=np.arange(len(rows)),
        repetition=zeros,
        simple=np.zeros(len(rows), np.bool_),
        tier=np.array([EXAMPLE_TIERS.index(p.level) for p in problems], np.int8),
        pass_rate=np.array([world.chance(p.domain, p.level, STANDARD) for p in problems]),
        reference=zeros,
    )
    made = build_examples(table, slots, draw, split, (REFERENCE,))
    check_examples(made)
    return made


def world_settings(root: Path, settings: Settings | None = None) -> Settings:
    """Settings under which a run plays in a world: its bank, its models, its lengths of answers.

    Args:
        root: Where `write_world` wrote it.
        settings: What else is wanted.
    """
    base = settings or Settings()
    catalog = {"models": MODELS_FILE, "laws": LAWS_FILE, "perturbation": PRICE_LAW}
    return base.model_copy(
        update={
            "catalog": base.catalog.model_copy(update=catalog),
            "router": base.router.model_copy(update={"pool": f"bank:{root}"}),
            "reward": base.reward.model_copy(update={"expected_bank": root}),
        }
    )


def _outcomes(
    world: World, seed: int, problems: Sequence[Problem], samples: int
) -> Iterator[dict[str, Any]]:
    """As many right answers as the law says, rounded up or down at random, in random order."""
    draws = generator(seed, STAGE, "outcomes")
    models = [(model.model_id, model.tier) for model in the_models().models]
    for problem in problems:
        for model_id, tier in models:
            chance = world.chance(problem.domain, problem.level, tier)
            right = int(samples * chance + draws.random())
            for sample, place in enumerate(draws.permutation(samples).tolist()):
                yield _outcome(world, problem, model_id, sample, place < right)


def _outcome(
    world: World, problem: Problem, model_id: str, sample: int, right: bool
) -> dict[str, Any]:
    return {
        "problem_id": problem.problem_id,
        "model_id": model_id,
        "sample": sample,
        "verdict": "correct" if right else "wrong",
        "score": float(right),
        "input_tokens": world.tokens.input,
        "cached_input_tokens": 0,
        "output_tokens": world.tokens.output,
        "reasoning_tokens": 0,
        "seconds": None,
        "cost_usd": None,
        "text": problem.answer if right else problem.wrong,
        "source": SOURCE,
        "data_source": problem.data_source,
        "collected_at": None,
    }


def _question(problem: Problem) -> dict[str, Any]:
    return {
        "problem_id": problem.problem_id,
        "data_source": problem.data_source,
        "messages": [{"role": "user", "content": problem.text}],
        "tier": problem.level,
        "grader": problem.grader,
        "ground_truth": problem.ground_truth,
        "grader_args": "{}",
        "metric": None,
        "part": "everyday" if problem.kind == EVERYDAY else "reasoning",
    }
