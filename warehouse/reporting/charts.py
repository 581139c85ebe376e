"""Charts: sorted frames in, Vega-Lite specifications out. Colours are readable on light and dark.

Axis and text colours come from the page's style sheet, so that one specification serves both.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import polars as pl

from schemas.attempts import TIERS

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]

TIER_COLOURS = {
    "easy": "#3a9188",
    "medium": "#d99b2b",
    "hard": "#b8477a",
    "untiered": "#8a919c",
}
MODEL_COLOURS = {
    "premium": "#7a5cb8",
    "standard": "#3f7fc1",
    "budget": "#3a9188",
    "specialized": "#d07a3a",
}
VERDICT_COLOURS = {
    "correct": "#3a9188",
    "wrong": "#b8477a",
    "parse_failure": "#d99b2b",
    "truncated": "#7a5cb8",
    "ungraded": "#8a919c",
}
MARK = " (simulated)"
# That of the page: Vega measures text with it, so a style sheet must not replace it.
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
BAR_STEP = 24


def composition(frame: pl.DataFrame, split: str) -> Spec:
    """Rows of one split by domain, stacked by tier."""
    import altair as alt

    rows = frame.filter(pl.col("split") == split)
    data = rows.group_by("domain", "tier").agg(pl.col("examples").sum())
    data = _ranked(data, "tier", TIER_COLOURS).sort("domain", "rank")
    order = data.group_by("domain").agg(pl.col("examples").sum())
    domains = order.sort(pl.col("examples"), "domain", descending=[True, False])["domain"].to_list()
    total = int(data["examples"].sum())
    chart = (
        alt.Chart(values(data), height=BAR_STEP * len(domains))
        .mark_bar()
        .encode(
            x=alt.X(
                "sum(examples):Q",
                title="rows",
                axis=alt.Axis(tickCount=4, tickMinStep=1, format="~s"),
            ),
            y=alt.Y("domain:N", title=None, sort=domains),
            color=_colour("tier", TIER_COLOURS),
            order="rank:Q",
            tooltip=["domain:N", "tier:N", alt.Tooltip("sum(examples):Q", title="rows")],
        )
    )
    mark = simulated_mark(rows["is_simulated"])
    return finish(
        chart,
        f"{split}: {total:,} row{'s' * (total != 1)}{mark}",
        f"Rows of {split} by domain and tier",
    )


def histogram(frame: pl.DataFrame, hard_below: float | None, easy_from: float | None) -> Spec:
    """Problems by the pass rate that decides their tier, for one method, with the cuts as rules."""
    import altair as alt

    method, simulated = frame["method"][0], frame["is_simulated"].any()
    bars = (
        alt.Chart(values(frame), height=240)
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X(
                "bin_low:Q",
                bin="binned",
                title="pass rate",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".2f", values=[0, 0.25, 0.5, 0.75, 1]),
            ),
            x2="bin_high:Q",
            y=alt.Y("problems:Q", title="problems", stack="zero", axis=alt.Axis(tickMinStep=1)),
            color=_colour("tier", {tier: TIER_COLOURS[tier] for tier in TIERS}),
            tooltip=["bin_low:Q", "bin_high:Q", "tier:N", "problems:Q"],
        )
    )
    cuts = [(hard_below, "hard below"), (easy_from, "easy from")]
    layers = [bars, *(_cut(value, label) for value, label in cuts if value is not None)]
    total = int(frame["problems"].sum())
    mark = MARK if simulated and method != "simulated" else ""
    title = f"{method}{mark}: {total:,} problem{'s' * (total != 1)}"
    return finish(alt.layer(*layers), title, f"Problems by pass rate, method {method}")


def _cut(value: float, label: str) -> Any:
    """A dashed rule at a tier cut, with its name on top."""
    import altair as alt

    base = alt.Chart(values([{"cut": value, "label": f"{label} {value:g}"}]))
    rule = base.mark_rule(strokeDash=[5, 3], strokeWidth=1.5, color="#777").encode(x="cut:Q")
    text = base.mark_text(align="left", dx=4, dy=6, baseline="top", fontSize=11).encode(
        x="cut:Q", y=alt.value(0), text="label:N"
    )
    return alt.layer(rule, text)


def factors(frame: pl.DataFrame) -> Spec:
    """Per model the quantiles of the price factor: 5 to 95 % thin, 25 to 75 % thick, the median."""
    import altair as alt

    columns = ["factor_p05", "factor_p25", "factor_p50", "factor_p75", "factor_p95"]
    data = frame.filter(pl.col("factor_p05") > 0).select("model_id", "tier", "offered", *columns)
    low = float(data["factor_p05"].min() or 1) * 0.9  # type: ignore[arg-type]
    high = float(data["factor_p95"].max() or 1) * 1.1  # type: ignore[arg-type]
    scale = alt.Scale(type="log", domain=[min(low, 0.9), max(high, 1.1)], nice=False)
    y = alt.Y("model_id:N", title=None, sort=data["model_id"].to_list())
    title = "price factor, shown over base (log scale)"
    x = alt.X("factor_p05:Q", scale=scale, title=title, axis=_log_axis())
    base = alt.Chart(values(data), height=20 * data.height).encode(
        y=y,
        color=_colour("tier", MODEL_COLOURS),
        tooltip=["model_id:N", "offered:Q", *(f"{column}:Q" for column in columns)],
    )
    thin = base.mark_rule(strokeWidth=1.5).encode(x=x, x2="factor_p95:Q")
    thick = base.mark_bar(size=9, opacity=0.75).encode(x=alt.X("factor_p25:Q"), x2="factor_p75:Q")
    ink = alt.value("currentColor")  # the text colour of the page, light or dark
    median = base.mark_tick(thickness=2, size=15).encode(x="factor_p50:Q", color=ink)
    one = alt.Chart(values([{"one": 1}])).mark_rule(strokeDash=[5, 3], color="#777")
    layered = alt.layer(one.encode(x="one:Q"), thin, thick, median)
    return finish(layered, "Price factor per model", "Quantiles of the price factor per model")


def shown_against_base(frame: pl.DataFrame) -> Spec:
    """Shown over base answer price of single entries, both on a log scale, with the diagonal."""
    import altair as alt

    data = frame.filter((pl.col("output") > 0) & (pl.col("base_output") > 0))
    every = [*data["output"].to_list(), *data["base_output"].to_list(), 1.0]
    scale = alt.Scale(type="log", domain=[min(every) * 0.9, max(every) * 1.1], nice=False)
    line = (
        alt.Chart(values([{"price": min(every)}, {"price": max(every)}]))
        .mark_line(strokeDash=[5, 3], strokeWidth=1, color="#777")
        .encode(x=alt.X("price:Q", scale=scale), y=alt.Y("price:Q", scale=scale))
    )
    points = (
        alt.Chart(values(data), height=340)
        .mark_circle(size=26, opacity=0.5)
        .encode(
            x=alt.X("base_output:Q", scale=scale, title="base price", axis=_log_axis(grid=False)),
            y=alt.Y("output:Q", scale=scale, title="shown price", axis=_log_axis(grid=False)),
            color=_colour("tier", MODEL_COLOURS),
            tooltip=["model_id:N", "base_output:Q", "output:Q", "price_factor:Q"],
        )
    )
    title = "Answer price shown against base (USD per million tokens)"
    return finish(alt.layer(line, points), title, "Shown against base answer prices of entries")


def verdicts(frame: pl.DataFrame) -> Spec:
    """Mix of verdicts per reference."""
    import altair as alt

    name = pl.concat_str(
        "reference", pl.when("is_simulated").then(pl.lit(MARK)).otherwise(pl.lit(""))
    )
    wide = frame.with_columns(name.alias("name"))
    data = wide.unpivot(
        list(VERDICT_COLOURS), index="name", variable_name="verdict", value_name="n"
    )
    data = _ranked(data, "verdict", VERDICT_COLOURS)
    chart = (
        alt.Chart(values(data.sort("name", "rank")), height=BAR_STEP * frame.height)
        .mark_bar()
        .encode(
            x=alt.X("n:Q", stack="normalize", title="share of attempts", axis=alt.Axis(format="%")),
            y=alt.Y("name:N", title=None, axis=alt.Axis(labelLimit=260)),
            color=_colour("verdict", VERDICT_COLOURS),
            order="rank:Q",
            tooltip=["name:N", "verdict:N", "n:Q"],
        )
    )
    mark = simulated_mark(frame["is_simulated"])
    return finish(chart, f"Verdicts by our grading{mark}", "Share of verdicts per reference")


def simulated_mark(flags: pl.Series) -> str:
    """What a title says of a figure whose rows carry these flags."""
    if not flags.any():
        return ""
    return MARK if flags.all() else " (partly simulated)"


def _ranked(data: pl.DataFrame, field: str, order: Iterable[str]) -> pl.DataFrame:
    """Add `rank`, the place of a field's value in an order, by which bars are stacked."""
    ranks = {value: rank for rank, value in enumerate(order)}
    return data.with_columns(pl.col(field).replace_strict(ranks).alias("rank"))


def _colour(field: str, colours: dict[str, str]) -> "alt.Color":
    import altair as alt

    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{field}:N", scale=scale, legend=alt.Legend(orient="bottom", title=None))


def _log_axis(grid: bool = True) -> "alt.Axis":
    import altair as alt

    return alt.Axis(format="~g", tickCount=5, grid=grid)


def values(data: pl.DataFrame | list[Spec]) -> "alt.InlineData":
    """Rows inside a specification."""
    import altair as alt

    return alt.InlineData(values=data.to_dicts() if isinstance(data, pl.DataFrame) else data)


def finish(chart: Any, title: str, description: str) -> Spec:
    """Add what all charts share; the width is that of the place in the page."""
    import altair as alt

    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    text = f"{description}. {title}."
    spec: Spec = (
        chart.properties(width="container", autosize=fit, title=title, description=text)
        .configure(background="transparent", font=FONT)
        .configure_view(stroke=None)
        .configure_title(anchor="start", fontSize=14, fontWeight=600)
        .configure_legend(labelFontSize=11)
        .configure_axis(labelFontSize=11, titleFontSize=11, titleFontWeight="normal", domain=False)
        .configure_axisY(grid=False, ticks=False)
        .to_dict()
    )
    return spec
