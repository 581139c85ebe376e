"""Tables of problems and of items, from texts."""

from collections.abc import Sequence

import polars as pl


def problems_of(texts: Sequence[str], source: str = "test") -> pl.DataFrame:
    """A table of problems with one user message each, in order."""
    return pl.DataFrame(
        {
            "problem_id": [f"{number:016x}" for number in range(len(texts))],
            "data_source": [source] * len(texts),
            "messages": [[{"role": "user", "content": text}] for text in texts],
        },
        schema_overrides={
            "messages": pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
        },
    )


def items_of(*texts: str, suite: str = "suite") -> pl.DataFrame:
    """Items of one suite, named by their number."""
    return pl.DataFrame(
        {
            "suite": [suite] * len(texts),
            "item": [str(number) for number in range(len(texts))],
            "text": list(texts),
        }
    )
