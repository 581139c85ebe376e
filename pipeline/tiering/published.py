"""The engine `published`: a pass rate that came with the problems. It has no answers, only counts.

A missing rate is missing, never 0. Where the number of samples is unknown there is no interval.
"""

from typing import NamedTuple

import polars as pl

from pipeline.errors import SettingsError
from pipeline.layout import Layout
from pipeline.left_out import left_out
from pipeline.tiering.specs import Published, bare_column

_COUNT_TOLERANCE = 0.1
"""A rate rounded to two digits lies within 0.08 of a whole number of 16 samples."""


class PublishedRates(NamedTuple):
    """Counts for `pass_rates.rated`, and how many rates did not fit the declared n."""

    counts: pl.DataFrame
    misfits: int


def published_rates(spec: Published, layout: Layout) -> PublishedRates:
    """Take one published rate of every reasoning problem that has it.

    A rate that is no multiple of 1/n is kept with n unknown: the declared n is wrong for it.

    Raises:
        SettingsError: No problem carries the rate.
    """
    rates = published_rates_of(layout)
    name = bare_column(spec.column)
    known = rates["reference"].unique().sort().to_list()
    wanted = [reference for reference in known if bare_column(reference) == name]
    chosen = rates.filter(pl.col("reference").is_in(wanted))
    if chosen.is_empty():
        raise SettingsError(
            f"published:{spec.column}: no reasoning problem carries this rate; the rates that came "
            f"with the problems are: {', '.join(known) or 'none'}"
        )
    exact = pl.col("rate") * spec.n
    k = exact.round().cast(pl.Int32)
    fits = (exact - k).abs() <= _COUNT_TOLERANCE
    exact_name = pl.col("reference") != spec.column
    ordered = chosen.sort("problem_id", exact_name, "reference")
    first = ordered.unique("problem_id", keep="first", maintain_order=True)
    counts = first.select(
        "problem_id",
        reference=pl.lit(name),
        n=pl.when(fits).then(spec.n).otherwise(0).cast(pl.Int32),
        k=pl.when(fits).then(k).otherwise(0).cast(pl.Int32),
        pass_rate=pl.col("rate"),
        method=pl.lit("published"),
        proxy_for=pl.lit(spec.proxy_for, pl.String),
        pooled=pl.lit(False),
    )
    misfits = first.select((~fits).sum()).item() if spec.n else 0
    return PublishedRates(counts.sort("problem_id"), misfits)


def published_rates_of(layout: Layout) -> pl.DataFrame:
    """Every rate that came with a reasoning problem: `problem_id, reference, rate`."""
    columns = ["problem_id", "kind", "published_pass_rates"]
    frame = pl.read_parquet(layout.problems, columns=columns)
    wanted = (pl.col("kind") == "reasoning") & ~pl.col("problem_id").is_in(left_out(layout))
    rows = frame.filter(wanted).explode("published_pass_rates")
    rates = rows.select("problem_id", pl.col("published_pass_rates").struct.unnest())
    return rates.filter(pl.col("rate").is_between(0, 1))
