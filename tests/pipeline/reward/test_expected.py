"""Lengths of answers from an outcome bank, and from the table where the bank says too little."""

from pathlib import Path

import polars as pl
import pytest

from pipeline.bank.tables import write_bank
from pipeline.catalog.load import load_models
from pipeline.errors import InputError
from pipeline.reward.expected import LEAST_OUTCOMES, expected_tokens, table_of
from pipeline.settings import Settings

PREMIUM = next(m.model_id for m in load_models(None).models if m.tier == "premium")
BUDGET = next(m.model_id for m in load_models(None).models if m.tier == "budget")


def outcome(problem: int, model: str, written: int | None) -> dict[str, object]:
    return {
        "problem_id": f"{problem:016x}", "model_id": model, "sample": 0, "verdict": "correct",
        "score": 1.0, "output_tokens": written, "source": "live", "data_source": "sums",
    }  # fmt: skip


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """Problems of which every other one is hard."""
    path = tmp_path / "train.parquet"
    rows = [
        {
            "ability": "math",
            "extra_info": {"problem_id": f"{n:016x}", "tier": "hard" if n % 2 else "easy"},
        }
        for n in range(2 * LEAST_OUTCOMES)
    ]
    pl.DataFrame(rows).write_parquet(path)
    return path


def settings(bank: Path | None) -> Settings:
    return Settings.model_validate({"reward": {"expected_bank": bank}})


def test_premium_answers_set_the_length_where_there_are_enough(
    tmp_path: Path, examples: Path
) -> None:
    odd = range(1, 2 * LEAST_OUTCOMES, 2)
    rows = [outcome(n, PREMIUM, 300) for n in odd] + [outcome(n, BUDGET, 100) for n in odd]
    rows += [outcome(0, BUDGET, 7)]  # too few of the easy ones
    write_bank(tmp_path / "bank", rows, [])
    found = expected_tokens(settings(tmp_path / "bank"), [examples])
    assert found.of("math", "hard") == 300
    assert found.measured == {("math", "hard")}
    assert found.of("math", "easy") == table_of(Settings().reward).of("math", "easy")


def test_a_bank_that_says_nothing_is_refused(tmp_path: Path, examples: Path) -> None:
    write_bank(tmp_path / "bank", [outcome(10**6, PREMIUM, 300), outcome(1, PREMIUM, None)], [])
    with pytest.raises(InputError, match="no outcome of known length is about one of the examples"):
        expected_tokens(settings(tmp_path / "bank"), [examples])
    with pytest.raises(InputError, match="needs the examples"):
        expected_tokens(settings(tmp_path / "bank"))
    assert expected_tokens(settings(None)).measured == frozenset()
