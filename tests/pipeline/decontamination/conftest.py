"""Items and problems that the tests of decontamination share: the embedded sample, cut in two."""

import os
from pathlib import Path

import polars as pl
import pytest

from pipeline.sources.sample import problems as sample_problems

SHARED = Path(
    os.environ.get("XROUTER_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared")
)
EVERY = 7


@pytest.fixture(scope="session")
def sample_items() -> pl.DataFrame:
    """Every seventh problem of the sample, as if its sources were suites."""
    rows = list(sample_problems())[::EVERY]
    texts = [row.messages[-1]["content"] for row in rows]
    names = [str(number) for number in range(len(rows))]
    return pl.DataFrame({"suite": [r.data_source for r in rows], "item": names, "text": texts})


@pytest.fixture(scope="session")
def data() -> Path:
    """The real public data."""
    folder = SHARED / "data"
    if not (folder / "benchmarks").exists():
        pytest.skip("no benchmarks in the shared data")
    return folder
