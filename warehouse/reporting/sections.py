"""What stands in which section: facts in, charts by element id and tables by name out."""

from typing import Any

import polars as pl
from markupsafe import Markup

from schemas.examples import EXAMPLE_TIERS, SPLITS
from warehouse.check import CheckResult
from warehouse.reporting import charts
from warehouse.reporting.facts import Facts
from warehouse.reporting.tables import table, with_mark

PROMPT_CHARS = 420


def all_charts(facts: Facts) -> dict[str, charts.Spec]:
    """Specifications by the id of the element they are drawn into; empty data draws no chart."""
    frames, specs = facts.frames, {}
    for split in SPLITS:
        if (frames["composition"]["split"] == split).any():
            specs[f"chart-composition-{split}"] = charts.composition(frames["composition"], split)
    for (method,), rows in frames["histogram"].group_by("method", maintain_order=True):
        specs[f"chart-pass-rates-{method}"] = charts.histogram(
            rows, facts.build["hard_below"], facts.build["easy_from"]
        )
    if (frames["prices"]["factor_p05"] > 0).any():
        specs["chart-factors"] = charts.factors(frames["prices"])
    if (frames["entries"]["output"] > 0).any():
        specs["chart-prices"] = charts.shown_against_base(frames["entries"])
    if not frames["references"].is_empty():
        specs["chart-verdicts"] = charts.verdicts(frames["references"])
    return specs


def all_tables(facts: Facts, checks: list[CheckResult]) -> dict[str, Markup]:
    """Tables by name."""
    frames = facts.frames
    return {
        "composition": _composition(frames["composition"]),
        "settledness": _settledness(frames["settledness"]),
        "prices": _prices(frames["prices"]),
        "references": _references(frames["references"]),
        "rejects": table(
            "table-rejects",
            "Dropped rows by stage and reason",
            frames["rejects"],
            {"reason": "Reason", "stage": "Stage", "rows": "Rows", "example_key": "One of them"},
            integers=("rows",),
        ),
        "disagreements": table(
            "table-disagreements",
            "The first recorded verdicts that our grading does not confirm",
            frames["disagreements"].with_columns(pl.col("ground_truth").str.slice(0, 80)),
            {
                "problem_id": "Problem",
                "reference": "Reference",
                "recorded_correct": "Recorded as correct",
                "verdict": "Our verdict",
                "ground_truth": "Expected",
                "detail": "Why",
            },
        ),
        "checks": _checks(checks),
        "sources": _sources(facts.manifest),
    }


def _composition(frame: pl.DataFrame) -> Markup:
    """Rows by domain and source, one column per tier and split."""
    keys = ["domain", "data_source"]
    sums = [
        pl.col("examples").filter(pl.col(column) == value).sum().alias(value)
        for column, values in (("tier", EXAMPLE_TIERS), ("split", SPLITS))
        for value in values
    ]
    total = pl.col("examples").sum().alias("rows")
    wide = frame.group_by(keys).agg(
        *sums, total, pl.col("problems").sum(), pl.col("is_simulated").any()
    )
    rows = with_mark(wide.sort(keys), "data_source").select(
        "data_source", "domain", pl.exclude(keys)
    )
    numbers = (*EXAMPLE_TIERS, *SPLITS, "rows", "problems")
    labels = {"data_source": "Source", "domain": "Domain"} | {n: n.capitalize() for n in numbers}
    return table("table-composition", "Rows by source", rows, labels, integers=numbers)


def _settledness(frame: pl.DataFrame) -> Markup:
    labels = {
        "tier": "Tier",
        "method": "Method",
        "problems": "Problems",
        "settled_problems": "Settled",
        "settled_share": "Share settled",
        "median_width": "Median interval width",
        "median_n": "Median n",
    }
    return table(
        "table-settledness",
        "How sure the tiers are",
        with_mark(frame, "tier"),
        labels,
        integers=("problems", "settled_problems"),
        decimals={"median_width": 3, "median_n": 3},
        percents=("settled_share",),
    )


def _prices(frame: pl.DataFrame) -> Markup:
    labels = {
        "model_id": "Model",
        "tier": "Tier",
        "offered": "Offered",
        "offered_free": "Of these free",
        "base_input": "Base in",
        "base_output": "Base out",
        "lowest_output": "Lowest out",
        "highest_output": "Highest out",
        "factor_p05": "Factor 5 %",
        "factor_p50": "Median",
        "factor_p95": "95 %",
    }
    prices = ("base_input", "base_output", "lowest_output", "highest_output")
    factors = ("factor_p05", "factor_p50", "factor_p95")
    digits = dict.fromkeys(prices, 4) | dict.fromkeys(factors, 3)
    return table(
        "table-prices",
        "Prices in USD per million tokens and price factors per model, over the exported rows",
        frame,
        labels,
        integers=("offered", "offered_free"),
        decimals=digits,
    )


def _references(frame: pl.DataFrame) -> Markup:
    counts = {
        "problems": "Problems",
        "graded": "Graded",
        "correct": "Correct",
        "wrong": "Wrong",
        "parse_failure": "No answer found",
        "truncated": "Truncated",
        "ungraded": "Ungraded",
        "disagreements": "Disagreements",
    }
    labels = {"reference": "Reference", "engine": "Engine", "accuracy": "Accuracy", **counts}
    return table(
        "table-references",
        "Accuracy of the references by our grading",
        with_mark(frame, "reference"),
        labels,
        integers=tuple(counts),
        percents=("accuracy",),
    )


def _checks(checks: list[CheckResult]) -> Markup:
    rows = [
        {
            "name": check.name.replace("_", " "),
            "what": check.what,
            "result": "passed" if check.passed else "FAILED",
            "violations": check.violations,
            "first": "; ".join(f"{v.key}: {v.detail}" for v in check.examples[:1]) or None,
        }
        for check in checks
    ]
    schema = {c: pl.String for c in ("name", "what", "result", "first")} | {"violations": pl.Int64}
    labels = {
        "name": "Check",
        "what": "Fails where",
        "result": "Result",
        "violations": "Rows found",
        "first": "The first",
    }
    frame = pl.DataFrame(rows, schema=schema)
    return table("table-checks", "Checks of the store", frame, labels, integers=("violations",))


def _sources(manifest: dict[str, Any]) -> Markup:
    schema = {"dataset": pl.String, "revision": pl.String, "licence": pl.String, "rows": pl.Int64}
    frame = pl.DataFrame(manifest["sources"], schema=schema)
    labels = {c: c.capitalize() for c in schema}
    return table("table-sources", "Upstream datasets", frame, labels, integers=("rows",))


def samples(facts: Facts) -> list[dict[str, Any]]:
    """Sample rows with their price list."""
    offers = facts.frames["offers"].partition_by("catalog_id", as_dict=True)
    rows = []
    for row in facts.frames["samples"].iter_rows(named=True):
        prompt = row["prompt"] or ""
        short = prompt[:PROMPT_CHARS].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
        row["prompt"] = prompt if len(prompt) <= PROMPT_CHARS else short
        row["offers"] = offers[(row["catalog_id"],)].to_dicts()
        rows.append(row)
    return rows
