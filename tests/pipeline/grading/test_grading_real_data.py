"""Public data through our graders: reference solutions of programs."""

import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.grading import pool, sandbox
from pipeline.grading.verdicts import GradeRequest
from pipeline.settings import GradingSettings

SHARED = Path(
    os.environ.get("XROUTER_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared")
)
GURU = SHARED / "data" / "guru"

needs_data = pytest.mark.skipif(not GURU.is_dir(), reason=f"no shared data at {SHARED}")
needs_sandbox = pytest.mark.skipif(not sandbox.available().ok, reason="no sandbox")


@needs_data
@needs_sandbox
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_reference_solutions_pass() -> None:
    path = GURU / "train__codegen__mbpp_974.parquet"
    rows: list[dict[str, Any]] = pl.read_parquet(path).to_dicts()
    requests = [
        GradeRequest(
            "code",
            f"```python\n{row['extra_info']['reference']}\n```",
            row["reward_model"]["ground_truth"],
        )
        for row in rows
    ]
    # MBPP 123 needs 4 s on a quiet machine: room for a busy one.
    grades = pool.grade_many(requests, GradingSettings(code_seconds=30), workers=2)
    failed = {
        row["extra_info"]["task_id"]: grade.detail
        for row, grade in zip(rows, grades, strict=True)
        if grade.verdict != "correct"
    }
    # None of them is broken upstream.
    assert failed == {}
    assert len(rows) == 974


@needs_data
@needs_sandbox
@pytest.mark.slow
def test_a_spoilt_reference_solution_fails() -> None:
    rows = pl.read_parquet(GURU / "test__codegen__humaneval_164.parquet").head(20).to_dicts()
    requests = [
        GradeRequest(
            "code",
            "```python\n" + row["extra_info"]["reference"].replace("return", "return None and"),
            row["reward_model"]["ground_truth"],
        )
        for row in rows
    ]
    grades = pool.grade_many(requests, GradingSettings(), workers=2)
    assert {grade.verdict for grade in grades} == {"wrong"}
