"""Recorded gsm8k solutions of four models, graded by us: real data, skipped where it is absent."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.accounting import Silent
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.tiering.stage import tier_problems

SHARED = Path(
    os.environ.get("XROUTER_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared")
)
SOLUTIONS = SHARED / "data" / "gsm8k" / "example_model_solutions.jsonl"
PROBLEMS = SHARED / "data" / "guru" / "test__math__gsm8k_1.3k.parquet"
ACCURACY = {
    "6b_finetuning": 0.217,
    "6b_verification": 0.390,
    "175b_finetuning": 0.347,
    "175b_verification": 0.563,
}


@pytest.mark.skipif(not SOLUTIONS.exists(), reason=f"needs {SOLUTIONS.name} under XROUTER_SHARED")
def test_the_four_models_come_out_at_their_known_accuracies(
    build: Callable[..., Layout], row: Callable[..., dict[str, Any]]
) -> None:
    upstream = pl.read_parquet(PROBLEMS).iter_rows(named=True)
    layout = build(
        row(
            source["prompt"][0]["content"],
            source["reward_model"]["ground_truth"],
            data_source=source["data_source"],
        )
        for source in upstream
    )
    references = [f"recorded:{SOLUTIONS}"]
    settings = Settings.model_validate({"workers": 2, "tiering": {"references": references}})
    report = tier_problems(settings, layout, Silent())
    assert (report.rows_in, report.rows_out, report.rejected) == (1319, 1319, {})

    attempts = pl.read_parquet(layout.attempts)
    assert attempts.height == 4 * 1319
    right = pl.col("verdict") == "correct"
    found = dict(attempts.group_by("reference").agg(right.mean()).iter_rows())
    assert found == {name: pytest.approx(rate, abs=5e-4) for name, rate in ACCURACY.items()}

    rates = pl.read_parquet(layout.pass_rates)
    chosen = rates.filter("selected")
    assert set(chosen["reference"]) == {"pooled:" + "+".join(sorted(ACCURACY))}
    assert chosen["pooled"].all()
    assert set(chosen["n"]) == {4}
    assert set(chosen["method"]) == {"recorded"}
    assert chosen["problem_id"].n_unique() == 1319

    # All 5,276 recorded verdicts are confirmed.
    assert attempts.filter(verdict="ungraded").is_empty()
    assert pl.read_parquet(layout.disagreements).is_empty()
    recorded = pl.read_ndjson(SOLUTIONS)
    claimed = {name: recorded[name].struct.field("is_correct").sum() for name in ACCURACY}
    assert dict(attempts.group_by("reference").agg(right.sum()).iter_rows()) == claimed
