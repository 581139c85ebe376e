"""What a bank holds, model by model: for people, and for tests of an import."""

from pathlib import Path
from typing import Any

import polars as pl

from pipeline.bank.tables import read_outcomes


def model_rows(path: Path) -> list[dict[str, Any]]:
    """Outcomes, accuracy of judged ones, mean score, length and cost, for each model of a bank.

    Raises:
        InputError: There is no such bank.
    """
    judged = pl.col("verdict").is_in(("correct", "wrong", "parse_failure", "truncated"))
    rows = (
        read_outcomes(path)
        .group_by("model_id")
        .agg(
            pl.len().alias("outcomes"),
            (pl.col("verdict").filter(judged) == "correct").mean().alias("accuracy"),
            pl.col("score").mean().alias("score"),
            pl.col("output_tokens").mean().alias("tokens written"),
            pl.col("cost_usd").mean().alias("usd each"),
        )
        .sort("model_id")
    )
    return rows.to_dicts()
