"""Builds small problem tables for the tests of this room."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.io import write_parquet
from pipeline.layout import Layout
from schemas.problems import Problems, References, problem_id, to_json

Row = dict[str, Any]
Build = Callable[..., Layout]


def make_row(prompt: str, truth: Any, grader: str = "math", **more: Any) -> Row:
    messages = [{"role": "user", "content": prompt}]
    source = more.pop("data_source", f"{grader}__test")
    row = {
        "problem_id": problem_id(source, messages),
        "data_source": source,
        "domain": "math",
        "kind": "reasoning",
        "messages": messages,
        "grader": grader,
        "ground_truth": to_json(truth),
        "grader_args": to_json(more.pop("grader_args", {})),
        "published_pass_rates": [
            {"reference": name, "rate": rate} for name, rate in more.pop("published", {}).items()
        ],
        "origin": {
            "dataset": "test",
            "revision": None,
            "file": more.pop("file", None),
            "row": None,
            "licence": "MIT",
        },
    }
    return row | more


def write_problems(root: Path, rows: Iterable[Row]) -> Layout:
    layout = Layout(root)
    ordered = sorted(rows, key=lambda row: row["problem_id"])
    solutions = [
        {"problem_id": row["problem_id"], "solution": row.pop("solution")}
        for row in ordered
        if "solution" in row
    ]
    problems = pl.DataFrame(ordered, schema=Problems.create_empty().schema)
    references = pl.DataFrame(solutions, schema=References.create_empty().schema)
    write_parquet(Problems.validate(problems), layout.problems)
    write_parquet(References.validate(references), layout.references)
    return layout


@pytest.fixture
def row() -> Callable[..., Row]:
    return make_row


@pytest.fixture
def build(tmp_path: Path) -> Build:
    def _build(rows: Iterable[Row], name: str = "build") -> Layout:
        return write_problems(tmp_path / name, [dict(row) for row in rows])

    return _build
