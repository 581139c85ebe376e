"""Charts of the routing page without data: the page's scripts hand each its rows, named `rows`.

Stacks are reckoned by the scripts, so that a chart shows the same numbers as the table under it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from warehouse.reporting.charts import TIER_COLOURS, Spec, finish
from warehouse.reporting.curves import MODE_COLOURS

if TYPE_CHECKING:
    import altair as alt

ROWS = "rows"
SERIES = (
    *("#3f7fc1", "#d07a3a", "#3a9188", "#b8477a", "#7a5cb8", "#a58b2c", "#5b8f3a", "#c25b5b"),
    *("#4aa3b5", "#8d6e5a", "#d487b8", "#6b7f99", "#9c6fd1", "#b3a06a", "#2f6f6a", "#e0a04e"),
    *("#7f9c3f", "#a0507f", "#5470c6", "#c98d7d", "#49806b", "#8a7fb0", "#b06f2e", "#6aa0d8"),
)
REST = "#8a919c"  # what stands for several, or for none
ROLES = {
    "policy": ("#3f7fc1", "circle"),
    "oracle": ("#3a9188", "diamond"),
    "best single model": ("#b8477a", "square"),
    "cheapest model": ("#d07a3a", "triangle-up"),
    "any model at random": ("#d99b2b", "cross"),
    "one model": ("#8a919c", "circle"),
}
CHANGES = {"rose": "#d07a3a", "fell": "#3f7fc1", "within noise": REST}


def all_shells(members: Mapping[str, Sequence[str]], rest: Sequence[str]) -> dict[str, Spec]:
    """Every chart by the id of its element; colours go by value, whatever is filtered."""
    policies = _colours(members["policy"], rest)
    models = _colours(members["model_id"], rest)
    reasons = _colours(members["error_type"], rest)
    tiers = {**TIER_COLOURS, "unknown": REST}
    return {
        "chart-cost": _over_time("USD", policies, "Cost by policy"),
        "chart-spend": _over_time("USD", models, "Paid to models"),
        "chart-frontier": _frontier(),
        "chart-mix-models": _shares(models, "Models called, by tier of the problem"),
        "chart-mix-modes": _shares(MODE_COLOURS, "How episodes end, by policy"),
        "chart-regret": _bars(tiers, "Mean regret of a decision", "regret", ".2~f", grouped=True),
        "chart-drift": _forest(),
        "chart-trend-cost": _trend("USD per episode", "Cost of an episode", "$~g"),
        "chart-trend-accuracy": _trend("share", "Right answers", "%"),
        "chart-trend-failed": _trend("share", "Failed episodes", "%"),
        "chart-faults": _bars(reasons, "Calls without an answer, by model", "calls", "~s"),
        "chart-latency": _latency(),
    }


def _colours(values: Sequence[str], rest: Sequence[str]) -> dict[str, str]:
    """A colour for each value, the same on every chart."""
    own = [value for value in values if value not in rest]
    colours = {value: SERIES[place % len(SERIES)] for place, value in enumerate(own)}
    return colours | {value: REST for value in values if value in rest}


def _shell(chart: Any, title: str, text: str, step: int | None = None) -> Spec:
    """Finish a chart; the page's scripts give it `rows`, `mark` (of what is simulated) and `shown`.

    Args:
        chart: Of altair.
        title: On top of it.
        text: For who cannot see it.
        step: Pixels a name, where the chart is as high as there are names.
    """
    spec = finish(chart, title, text)
    spec["usermeta"] = {"step": step, "domain": _domain(spec)}
    spec["title"] = {"text": {"expr": f"'{title}' + mark"}}
    return spec


def _domain(spec: Spec) -> list[str]:
    """Values that have a colour, in the order of the legend."""
    for layer in [spec, *spec.get("layer", [])]:
        colour = layer.get("encoding", {}).get("color", {})
        if "scale" in colour:
            return list(colour["scale"]["domain"])
    return []


def _rows(height: int) -> Any:
    import altair as alt

    return alt.Chart(alt.NamedData(name=ROWS), height=height)


def _colour(field: str, colours: Mapping[str, str], columns: int = 3) -> "alt.Color":
    """A colour by value; the legend has what the page says is shown."""
    import altair as alt

    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{field}:N", scale=scale, legend=_legend(columns))


def _legend(columns: int = 3) -> "alt.Legend":
    import altair as alt

    shown = alt.ExprRef("shown")
    return alt.Legend(
        orient="bottom", title=None, columns=columns, labelLimit=220, symbolOpacity=1, values=shown
    )


def _over_time(unit: str, colours: Mapping[str, str], title: str) -> Spec:
    """Stacked bars, each as wide as its period."""
    import altair as alt

    chart = (
        _rows(240)
        .mark_rect(stroke="transparent", strokeWidth=1)
        .encode(
            x=alt.X("from:T", scale=alt.Scale(type="utc"), title=None, axis=_time_axis()),
            x2="until:T",
            y=alt.Y("low:Q", title=unit, axis=alt.Axis(tickCount=5, format="$~s")),
            y2="high:Q",
            color=_colour("series", colours),
            tooltip=["series:N", "period:N", "usd:N", "count:N"],
        )
    )
    return _shell(chart, title, f"{title} over time, in {unit}")


def _time_axis() -> "alt.Axis":
    import altair as alt

    return alt.Axis(tickCount=6, labelOverlap=True, format="%-d %b", grid=False)


def _frontier() -> Spec:
    """Cost against accuracy, with intervals, and the steps that nothing beats."""
    import altair as alt

    colours = {name: colour for name, (colour, _) in ROLES.items()}
    shapes = alt.Scale(domain=list(ROLES), range=[shape for _, shape in ROLES.values()])
    x = alt.X(
        "usd:Q",
        title="USD per problem (log scale)",
        scale=alt.Scale(type="log", nice=False, padding=30),
        axis=alt.Axis(format="$~g", tickCount=4, grid=False, labelOverlap=True),
    )
    y = alt.Y(
        "accuracy:Q",
        title="share of right answers",
        scale=alt.Scale(zero=False, padding=12),
        axis=alt.Axis(format="%", tickCount=6, grid=True),
    )
    colour = _colour("role", colours, 2)
    base = _rows(360).encode(x=x)
    hull = (
        base.transform_filter("datum.step")
        .mark_line(interpolate="step-after", strokeDash=[4, 3], color="#777", strokeWidth=1.2)
        .encode(y=y, order="usd:Q")
    )
    whiskers = base.mark_rule(opacity=0.5).encode(y="low:Q", y2="high:Q", color=colour)
    points = base.mark_point(filled=True, size=110, opacity=0.95).encode(
        y=y,
        color=colour,
        shape=alt.Shape("role:N", scale=shapes, legend=_legend(2)),
        tooltip=["name:N", "role:N", "shown_accuracy:N", "shown_usd:N", "problems:Q"],
    )
    names = base.mark_text(align="left", dx=9, dy=-7, fontSize=11, limit=150).encode(
        y=y, text="label:N"
    )
    layered = alt.layer(hull, whiskers, points, names)
    return _shell(
        layered, "Quality against cost", "Share of right answers against cost per problem"
    )


def _shares(colours: Mapping[str, str], title: str) -> Spec:
    import altair as alt

    chart = (
        _rows(28)
        .mark_bar()
        .encode(
            x=alt.X(
                "low:Q",
                title="share",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=5),
            ),
            x2="high:Q",
            y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=150)),
            color=_colour("series", colours),
            tooltip=["name:N", "series:N", "share:N", "count:N"],
        )
    )
    return _shell(chart, title, title, 28)


def _bars(
    colours: Mapping[str, str], title: str, unit: str, shown: str, grouped: bool = False
) -> Spec:
    """Bars from `low` to `high`: side by side for each name, or one after the other."""
    import altair as alt

    chart = (
        _rows(26)
        .mark_bar()
        .encode(
            x=alt.X("low:Q", title=unit, axis=alt.Axis(tickCount=5, format=shown)),
            x2="high:Q",
            y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=150)),
            color=_colour("series", colours),
            tooltip=["name:N", "series:N", "shown:N", "count:N"],
        )
    )
    if grouped:
        chart = chart.encode(yOffset=alt.YOffset("series:N", sort=list(colours)))
    return _shell(chart, title, title, 44 if grouped else 26)


def _forest() -> Spec:
    """Changes of shares with their intervals, around zero."""
    import altair as alt

    base = _rows(20).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=190)),
        color=_colour("verdict", CHANGES),
        tooltip=["name:N", "before:N", "now:N", "change:N", "interval:N", "verdict:N"],
    )
    axis = alt.Axis(format="+%", tickCount=5)
    rule = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title="change of share, with its interval", axis=axis), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x="middle:Q")
    zero = (
        alt.Chart(alt.InlineData(values=[{"zero": 0}]))
        .mark_rule(strokeDash=[4, 3], color="#777")
        .encode(x="zero:Q")
    )
    return _shell(
        alt.layer(zero, rule, points), "Shares, now against before", "Changes of shares", 20
    )


def _trend(unit: str, title: str, shown: str) -> Spec:
    """One figure over time, with its interval where it has one."""
    import altair as alt

    x = alt.X("from:T", scale=alt.Scale(type="utc"), title=None, axis=_time_axis())
    y = alt.Y(
        "value:Q",
        title=unit,
        scale=alt.Scale(zero=False, padding=6),
        axis=alt.Axis(format=shown, tickCount=4),
    )
    base = _rows(150).encode(x=x)
    band = base.mark_area(opacity=0.18, color=SERIES[0]).encode(y="low:Q", y2="high:Q")
    line = base.mark_line(color=SERIES[0], point=alt.OverlayMarkDef(size=28, color=SERIES[0]))
    line = line.encode(y=y, tooltip=["period:N", "shown:N", "count:N"])
    return _shell(alt.layer(band, line), title, f"{title} over time")


def _latency() -> Spec:
    """Middle, 95th and 99th percentile of each model."""
    import altair as alt

    base = _rows(22).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=150)),
        tooltip=["name:N", "p50:N", "p95:N", "p99:N", "count:N"],
    )
    x = alt.X(
        "low:Q",
        title="seconds (log scale)",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(format="~g", tickCount=5),
    )
    rule = base.mark_rule(strokeWidth=2, color=SERIES[0]).encode(x=x, x2="high:Q")
    middle = base.mark_point(filled=True, size=90, opacity=1, color=SERIES[0]).encode(x="low:Q")
    slow = base.mark_tick(thickness=2, size=14, color=SERIES[0]).encode(x="middle:Q")
    last = base.mark_tick(thickness=2, size=8, color=SERIES[0]).encode(x="high:Q")
    layered = alt.layer(rule, middle, slow, last)
    return _shell(layered, "Seconds of an answered call", "Middle, 95 and 99 % of each model", 22)
