"""Small builds of every kind of row, with the tables of the stages before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipeline.accounting import Silent, StageReport
from pipeline.dataset.assemble import assemble_examples
from pipeline.io import write_parquet
from pipeline.layout import Layout
from pipeline.settings import Settings
from schemas.attempts import PassRates
from schemas.problems import Problems, problem_id, to_json

RATES = {"hard": 0.0, "medium": 0.5, "easy": 1.0}
# Shapes of ground truth that no single Arrow type holds.
TRUTHS: list[Any] = ["42", [[1, 2], [3]], {"inputs": ["1"], "outputs": ["2"]}, 3.5, None]

Inputs = Callable[..., Layout]
Build = Callable[..., StageReport]


def problem(number: int, kind: str = "reasoning", text: str = "", **changes: Any) -> dict[str, Any]:
    everyday = kind == "everyday"
    messages = [{"role": "user", "content": text or f"Problem {number}: what is {number} + 1? é漢"}]
    if number % 7 == 0:
        messages.insert(0, {"role": "system", "content": "Answer in French."})
    source = f"chat__{number % 2}" if everyday else f"math__{number % 3}"
    row = {
        "problem_id": problem_id(source, messages),
        "data_source": source,
        "domain": "chat" if everyday else ("math", "code", "logic")[number % 3],
        "kind": kind,
        "messages": messages,
        "grader": "chitchat" if everyday else "math",
        "ground_truth": to_json(TRUTHS[number % len(TRUTHS)]),
        "grader_args": to_json({"n": number} if number % 2 else {}),
        "published_pass_rates": [],
        "origin": {
            "dataset": "made/up",
            "revision": None,
            "file": "a.parquet",
            "row": number,
            "licence": "MIT",
        },
    }
    return row | changes


def pass_rate(row: dict[str, Any], tier: str, **changes: Any) -> dict[str, Any]:
    rate = RATES[tier]
    return {
        "problem_id": row["problem_id"],
        "reference": "model-a",
        "n": 4,
        "k": int(4 * rate),
        "estimator": "share",
        "pass_rate": rate,
        "low": 0.0,
        "high": 1.0,
        "tier": tier,
        "settled": False,
        "method": "recorded",
        "proxy_for": None,
        "pooled": False,
        "selected": True,
    } | changes


def tier_of(number: int) -> str | None:
    return (None, "easy", "medium", "hard")[number % 4]


def write_inputs(root: Path, problems: list[dict[str, Any]], rates: list[dict[str, Any]]) -> Layout:
    layout = Layout(root)
    table = pl.DataFrame(problems, schema=Problems.create_empty().schema).sort("problem_id")
    write_parquet(Problems.validate(table, cast=True), layout.problems)
    rated = pl.DataFrame(rates, schema=PassRates.create_empty().schema)
    write_parquet(
        PassRates.validate(rated.sort("problem_id", "reference"), cast=True), layout.pass_rates
    )
    return layout


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Write `reasoning` problems of all tiers in equal shares, and `everyday` ones."""

    def make(reasoning: int = 60, everyday: int = 20, name: str = "build") -> Layout:
        made = [problem(i) for i in range(reasoning)]
        chat = [problem(10_000 + i, "everyday") for i in range(everyday)]
        tiers = [(row, tier_of(i)) for i, row in enumerate(made)]
        rates = [pass_rate(row, tier) for row, tier in tiers if tier]
        return write_inputs(tmp_path / name, made + chat, rates)

    return make


@pytest.fixture
def build() -> Build:
    """Run the stage on a layout with some dataset settings."""

    def run(layout: Layout, **settings: Any) -> StageReport:
        workers, seed = settings.pop("workers", 2), settings.pop("seed", 0)
        sections = {k: settings.pop(k) for k in ("catalog", "shard_size") if k in settings}
        chosen = Settings.model_validate(
            {"out": layout.root, "workers": workers, "seed": seed, "dataset": settings, **sections}
        )
        return assemble_examples(chosen, layout, Silent())

    return run


@pytest.fixture
def rows() -> Callable[[Layout, str], list[dict[str, Any]]]:
    """Read the examples of a split as Python objects."""

    def read(layout: Layout, split: str) -> list[dict[str, Any]]:
        return pl.read_parquet(layout.examples(split)).to_dicts()

    return read


@pytest.fixture
def random_keys() -> Callable[[int], np.ndarray[Any, np.dtype[np.uint64]]]:
    return lambda n: np.sort(np.random.default_rng(1).integers(0, 2**64, n, dtype=np.uint64))


@pytest.fixture
def tables() -> tuple[Any, Any, Any]:
    """The makers of single rows: `problem`, `pass_rate`, `write_inputs`."""
    return problem, pass_rate, write_inputs
