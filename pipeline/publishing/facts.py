"""Everything that a card says in numbers, counted in the files that go out.

Files of a dataset repository, the manifest and the build's attempts come in; rows of plain values
go out.
"""

from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow.parquet as pq

from pipeline.layout import Layout
from pipeline.publishing.licences import Policy
from pipeline.publishing.parts import RL, Part
from pipeline.publishing.rights import OUTCOMES, Rights
from schemas.examples import EXAMPLE_TIERS

Rows = list[dict[str, Any]]
BINS = 20
SIMULATED = "simulated"


class Facts(NamedTuple):
    """Counts of what goes out.

    Attributes:
        splits: Rows of each split of each configuration; configurations in order.
        composition: Rows and problems by data source, domain and tier.
        sources: Rows of `rl` and of `outcomes` by data source, with dataset, revision and licence.
        licences: Each licence, its terms and its rows.
        histogram: Problems in each twentieth of the pass rate that decides their tier.
        rates: Problems by reference and method.
        samplers: Attempts by engine, reference, sampling, grader and its version.
        laws: Catalogues by law and price list.
        factors: Quantiles of shown over list output price.
        prices: Where list prices come from, with first and last date.
        rejected: Rows by stage and reason.
        models: Outcomes by model.
        languages: Two-letter codes.
        simulated: Names of what no model answered.
    """

    splits: dict[str, dict[str, int]]
    composition: Rows
    sources: Rows
    licences: Rows
    histogram: Rows
    rates: Rows
    samplers: Rows
    laws: Rows
    factors: dict[str, float]
    prices: Rows
    rejected: Rows
    models: Rows
    languages: list[str]
    simulated: list[str]


def count(root: Path, order: list[Part], built: Layout, rights: Rights, policy: Policy) -> Facts:
    """Count a dataset repository.

    Args:
        root: The repository.
        order: What was written into it.
        built: The build it was made of: origins of problems and settings of samplers.
        rights: Where the problems of a bank come from.
        policy: Terms of licences.
    """
    rates, outcomes = _read(root, "pass_rates"), _read(root, "outcomes")
    sources = _sources(root, built) + _bank_sources(root, rights)
    samplers = _samplers(built)
    return Facts(
        splits=_splits(root, order),
        composition=_composition(root, rates),
        sources=sources,
        licences=_licences(sources, policy),
        histogram=histogram(rates),
        rates=_grouped(rates, ["reference", "method", "estimator", "proxy_for", "pooled"]),
        samplers=samplers,
        laws=_laws(root),
        factors=_factors(root),
        prices=_prices(root),
        rejected=_grouped(_read(root, "rejected"), ["stage", "reason"]),
        models=_models(outcomes),
        languages=_languages(root),
        simulated=_simulated(rates, samplers, outcomes),
    )


def _files(root: Path, config: str) -> list[Path]:
    return sorted((root / "data" / config).glob("*.parquet"))


def _read(root: Path, config: str) -> pl.LazyFrame | None:
    files = _files(root, config)
    return pl.scan_parquet(files) if files else None


def _splits(root: Path, order: list[Part]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for part in order:
        splits = found.setdefault(part.config, {})
        files = sorted((root / "data" / part.config).glob(f"{part.split}-*.parquet"))
        if files:
            splits[part.split] = sum(pq.read_metadata(file).num_rows for file in files)
    return found


def _grouped(frame: pl.LazyFrame | None, columns: list[str]) -> Rows:
    if frame is None:
        return []
    counted = frame.group_by(columns).len("rows").collect()
    return _shown(counted.sort(columns, nulls_last=True))


def _shown(frame: pl.DataFrame) -> Rows:
    """Rows whose texts can stand in a cell of a table, whatever an upstream called its sets."""
    text = pl.col(pl.String).str.replace_many({"|": "\\|", "\n": " ", "\r": " ", "<": "&lt;"})
    return frame.with_columns(text).to_dicts()


def _extra(*names: str) -> list[pl.Expr]:
    return [pl.col("extra_info").struct.field(name) for name in names]


def _composition(root: Path, rates: pl.LazyFrame | None) -> Rows:
    rows = _read(root, RL)
    if rows is None:
        return []
    wanted = rows.select(
        "data_source", pl.col("ability").alias("domain"), *_extra("tier", "problem_id")
    )
    known = pl.LazyFrame(schema={"problem_id": pl.String, "method": pl.String})
    if rates is not None:
        known = rates.filter("selected").select("problem_id", "method")
    keys = ["data_source", "domain", "tier"]
    counted = (
        wanted.join(known, on="problem_id", how="left")
        .group_by(keys)
        .agg(
            rows=pl.len(),
            problems=pl.col("problem_id").n_unique(),
            simulated=((pl.col("method") == SIMULATED) & (pl.col("tier") != "untiered")).sum(),
        )
        .collect()
    )
    rank = pl.col("tier").replace_strict({tier: i for i, tier in enumerate(EXAMPLE_TIERS)})
    return _shown(counted.sort("data_source", "domain", rank))


def _sources(root: Path, built: Layout) -> Rows:
    rows = _read(root, RL)
    if rows is None:
        return []
    problems = pl.scan_parquet(built.problems).select(
        "problem_id",
        *[pl.col("origin").struct.field(n) for n in ("dataset", "revision", "licence")],
    )
    keys = ["data_source", "dataset", "revision", "licence"]
    joined = rows.select("data_source", *_extra("problem_id")).join(problems, on="problem_id")
    return [row | {"config": RL} for row in _grouped(joined, keys)]


def _bank_sources(root: Path, rights: Rights) -> Rows:
    rows = _read(root, OUTCOMES)
    if rows is None:
        return []
    origins = rights.origins[OUTCOMES].lazy().select("problem_id", "dataset", "licence")
    joined = rows.select("problem_id", "data_source").join(origins, on="problem_id")
    keys = ["data_source", "dataset", "licence"]
    return [row | {"config": OUTCOMES, "revision": None} for row in _grouped(joined, keys)]


def _licences(sources: Rows, policy: Policy) -> Rows:
    found: dict[str, dict[str, Any]] = {}
    for source in sources:
        for name, terms in policy.terms(source["licence"]).items():
            entry = found.setdefault(name, {"licence": name, "rows": 0, "terms": terms})
            entry["rows"] += source["rows"]
    return [found[name] for name in sorted(found)]


def histogram(rates: pl.LazyFrame | None) -> Rows:
    """Problems by twentieth of the rate that decides their tier; empty bins are left out."""
    if rates is None:
        return []
    exact = (pl.col("estimator") == "share") & (pl.col("n") > 0)
    share = pl.col("k").cast(pl.Int64) * BINS // pl.col("n")
    by_rate = (pl.col("pass_rate") * BINS).round(9).floor().cast(pl.Int64)
    bins = pl.when(exact).then(share).otherwise(by_rate).clip(0, BINS - 1).alias("bin")
    counted = rates.filter("selected").group_by(bins).len("problems").collect().sort("bin")
    return counted.with_columns(
        low=(pl.col("bin") / BINS).round(2), high=((pl.col("bin") + 1) / BINS).round(2)
    ).to_dicts()


def _samplers(built: Layout) -> Rows:
    if not built.attempts.exists():
        return []
    keys = ["engine", "engine_version", "reference", "reference_revision", "dtype", "sampling"]
    return _grouped(pl.scan_parquet(built.attempts), [*keys, "grader", "grader_version"])


def _laws(root: Path) -> Rows:
    frame = _read(root, "catalog")
    if frame is None:
        return []
    base = [pl.col("base_snapshot").struct.field(n).alias(f"list_{n}") for n in ("hash", "date")]
    return _grouped(frame.select("law", "seed", *base), ["law", "seed", "list_hash", "list_date"])


def _factors(root: Path) -> dict[str, float]:
    frame = _read(root, "catalog")
    if frame is None:
        return {}
    entry = pl.col("entries").explode().struct.field("price_factor")
    values = frame.select(entry).collect()["price_factor"]
    return {f"{q:g}": values.quantile(q) or 0.0 for q in (0.05, 0.25, 0.5, 0.75, 0.95)}


def _prices(root: Path) -> Rows:
    frame = _read(root, "prices")
    if frame is None:
        return []
    counted = frame.group_by("source").agg(
        rows=pl.len(), first=pl.col("effective_at").min(), last=pl.col("effective_at").max()
    )
    return _shown(counted.collect().sort("source"))


def _models(outcomes: pl.LazyFrame | None) -> Rows:
    if outcomes is None:
        return []
    counted = outcomes.group_by("model_id", "data_source", "source").agg(
        rows=pl.len(),
        problems=pl.col("problem_id").n_unique(),
        correct=(pl.col("verdict") == "correct").sum(),
        graded=(pl.col("verdict").is_not_null() & (pl.col("verdict") != "ungraded")).sum(),
    )
    return _shown(counted.collect().sort("model_id", "data_source", "source"))


def _languages(root: Path) -> list[str]:
    rows = _read(root, RL)
    if rows is None:
        return []
    language = (
        pl.col("extra_info").struct.field("grader_args").str.extract(r'"language":"([a-z]{2,3})', 1)
    )
    chat = pl.when(pl.col("ability") == "chat").then(language)
    found = rows.select(chat.fill_null("en").alias("language").unique()).collect()
    return found["language"].sort().to_list()


def _simulated(
    rates: pl.LazyFrame | None, samplers: Rows, outcomes: pl.LazyFrame | None
) -> list[str]:
    found = {f"attempts of {row['reference']}" for row in samplers if row["engine"] == SIMULATED}
    if rates is not None:
        named = rates.filter(pl.col("method") == SIMULATED).select("reference").unique().collect()
        found |= {f"`pass_rates` and tiers of {name}" for name in named["reference"]}
    if outcomes is not None:
        named = outcomes.filter(pl.col("source") == SIMULATED).select("model_id").unique().collect()
        found |= {f"`outcomes` of {name}" for name in named["model_id"]}
    return sorted(found)
