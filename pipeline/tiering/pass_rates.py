"""Pass rates: counts of graded attempts come in; rates, intervals and tiers go out.

Knows nothing of engines and files. All arithmetic is on whole columns.
"""

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.settings import TieringSettings
from schemas.attempts import PassRates

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]

POOLED_PREFIX = "pooled:"
TIER_NAMES = ("hard", "medium", "easy")


class Interval(NamedTuple):
    """Bounds of a share, elementwise."""

    low: Floats
    high: Floats


def wilson(k: npt.ArrayLike, n: npt.ArrayLike, confidence: float) -> Interval:
    """Wilson score interval of k successes in n trials.

    `(p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)` with `p = k/n` and `z` the standard
    normal quantile at `(1 + confidence) / 2`. Unlike the textbook interval it keeps a width at 0/n
    and at n/n.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209-212.

    Args:
        k: Successes, 0 <= k <= n.
        n: Trials, at least 1.
        confidence: Share of such intervals that hold the true rate, in (0, 1).

    Returns:
        Bounds in [0, 1]; exactly 0 where k is 0 and exactly 1 where k is n.
    """
    successes, trials = np.asarray(k, np.float64), np.asarray(n, np.float64)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / trials
    scale = 1 + z**2 / trials
    centre = (share + z**2 / (2 * trials)) / scale
    spread = share * (1 - share) / trials + z**2 / (4 * trials**2)
    half = z * np.sqrt(spread) / scale
    low = np.where(successes == 0, 0.0, np.maximum(centre - half, 0.0))
    high = np.where(successes == trials, 1.0, np.minimum(centre + half, 1.0))
    return Interval(low, high)


def tiers(rate: npt.ArrayLike, settings: TieringSettings) -> Names:
    """Tier of each rate: hard below the first cut, easy from the second one on, else medium."""
    cuts = [settings.hard_below, settings.easy_from]
    return np.array(TIER_NAMES)[np.digitize(np.asarray(rate, np.float64), cuts, right=False)]


def rated(counts: pl.DataFrame, settings: TieringSettings) -> pl.DataFrame:
    """Add interval, tier and `settled` to counts.

    Args:
        counts: `problem_id, reference, n, k, pass_rate, method, proxy_for, pooled`; n is 0 where
            it is unknown.
        settings: Cuts and confidence.

    Returns:
        Table `pass_rates` with `selected` false throughout, in the order of `counts`.
    """
    trials, successes = counts["n"].to_numpy(), counts["k"].to_numpy()
    rate = counts["pass_rate"].to_numpy()
    known = trials > 0
    low, high = wilson(successes, np.maximum(trials, 1), settings.confidence)
    settled = known & (tiers(low, settings) == tiers(high, settings))
    return counts.with_columns(
        pl.Series("low", _where_known(low, known), pl.Float64),
        pl.Series("high", _where_known(high, known), pl.Float64),
        pl.lit("share").alias("estimator"),
        pl.Series("tier", tiers(rate, settings).tolist(), pl.String),
        pl.lit(None, pl.Float64).alias("tier_probability"),
        pl.Series("settled", settled),
        pl.lit(False).alias("selected"),
    ).select(PassRates.column_names())


class TierEstimate(Protocol):
    """What is known of a rate beyond its counts; see `measured.posterior.Estimate`."""

    @property
    def rate(self) -> float:
        """Posterior mean."""

    @property
    def low(self) -> float:
        """Lower credible bound."""

    @property
    def high(self) -> float:
        """Upper credible bound."""

    @property
    def tier(self) -> int:
        """0 hard, 1 medium, 2 easy."""

    @property
    def tier_probability(self) -> float:
        """Of that tier."""

    @property
    def settled(self) -> bool:
        """The interval lies in that tier."""


def with_estimates(counts: pl.DataFrame, estimates: Sequence[TierEstimate]) -> pl.DataFrame:
    """Table `pass_rates` of counts whose rates are posteriors, in the order of `counts`."""
    return counts.with_columns(
        pl.Series("pass_rate", [e.rate for e in estimates], pl.Float64),
        pl.lit("posterior_mean").alias("estimator"),
        pl.Series("low", [e.low for e in estimates], pl.Float64),
        pl.Series("high", [e.high for e in estimates], pl.Float64),
        pl.Series("tier", [TIER_NAMES[e.tier] for e in estimates], pl.String),
        pl.Series("tier_probability", [e.tier_probability for e in estimates], pl.Float64),
        pl.Series("settled", [e.settled for e in estimates], pl.Boolean),
        pl.lit(False).alias("selected"),
    ).select(PassRates.column_names())


def count_attempts(attempts: pl.DataFrame) -> pl.DataFrame:
    """Counts per problem and reference over graded attempts; all-ungraded pairs give no row."""
    graded = _graded(attempts)
    return _with_rate(graded.group_by("problem_id", "reference").agg(*_COUNTS)).with_columns(
        pooled=pl.lit(False)
    )


def pool_references(attempts: pl.DataFrame) -> pl.DataFrame:
    """Counts per problem over all its references together, where it has several.

    The pooled reference is named after those that have graded attempts on the problem.
    """
    graded = _graded(attempts)
    names = pl.col("reference").unique().sort()
    pooled = graded.group_by("problem_id").agg(names.alias("names"), *_COUNTS)
    several = pooled.filter(pl.col("names").list.len() > 1)
    name = pl.lit(POOLED_PREFIX) + pl.col("names").list.join("+")
    return _with_rate(several.with_columns(name.alias("reference")).drop("names")).with_columns(
        pooled=pl.lit(True)
    )


def select_first(rates: pl.DataFrame) -> pl.DataFrame:
    """Mark per problem the row that decides its tier.

    Args:
        rates: Table `pass_rates` with `precedence` (0 is the first reference spec).

    Returns:
        Table `pass_rates`, sorted by key. Within one spec a pooled row goes before its parts.
    """
    ranked = rates.sort("problem_id", "precedence", pl.col("pooled").not_(), "reference")
    first = pl.int_range(pl.len()).over("problem_id") == 0
    marked = ranked.with_columns(selected=first).drop("precedence")
    return marked.sort("problem_id", "reference")


_COUNTS = (
    pl.len().cast(pl.Int32).alias("n"),
    (pl.col("verdict") == "correct").sum().cast(pl.Int32).alias("k"),
    # One simulated attempt makes the whole rate a simulated one.
    pl.when((pl.col("engine") == "simulated").any())
    .then(pl.lit("simulated"))
    .when((pl.col("engine") == "recorded").any())
    .then(pl.lit("recorded"))
    .otherwise(pl.lit("measured"))
    .alias("method"),
)


def _graded(attempts: pl.DataFrame) -> pl.DataFrame:
    """Graded attempts of the pairs of problem and reference that have a rate.

    Without a sandbox every program is ungraded, but an answer without a program is still a parse
    failure. Where nothing but such failures stands beside ungraded attempts, a rate over them alone
    would call the problem hard because of a fault of ours, so the pair counts as ungraded.
    """
    verdict, pair = pl.col("verdict"), ["problem_id", "reference"]
    judged = verdict.is_in(["correct", "wrong"]).any().over(pair)
    complete = (verdict != "ungraded").all().over(pair)
    return attempts.filter(judged | complete).filter(verdict != "ungraded")


def _with_rate(counts: pl.DataFrame) -> pl.DataFrame:
    columns = ["problem_id", "reference", "n", "k", "pass_rate", "method", "proxy_for"]
    return counts.with_columns(
        pass_rate=pl.col("k") / pl.col("n"), proxy_for=pl.lit(None, pl.String)
    ).select(columns)


def _where_known(values: Floats, known: Bools) -> list[float | None]:
    return [value if is_known else None for value, is_known in zip(values, known, strict=True)]
