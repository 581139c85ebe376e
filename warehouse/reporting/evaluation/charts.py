"""The chart of one suite: runs and baselines in, quality over cost with the frontier out."""

import math
from typing import Any

from warehouse.reporting.charts import MARK, Spec, finish, values
from warehouse.reporting.evaluation import grid
from warehouse.reporting.evaluation.roles import (
    BEST,
    CHEAPEST,
    ONE,
    ORACLE,
    ORDER,
    RANDOM,
    ROUTER,
    RULE,
    baseline_label,
    label,
)

Row = dict[str, Any]
LOOKS = {
    ROUTER: ("#3f7fc1", "circle"),
    ORACLE: ("#3a9188", "diamond"),
    BEST: ("#b8477a", "square"),
    CHEAPEST: ("#d07a3a", "triangle-up"),
    RANDOM: ("#d99b2b", "cross"),
    ONE: ("#8a919c", "circle"),
    RULE: ("#7a5cb8", "triangle-down"),
}
MOST_NAMES = 14
# Shares of the axes: points nearer than the first have one name, which stands left of the second.
NEAR, RIGHT = 0.03, 0.6


def frontier(runs: list[Row], baselines: list[Row]) -> Spec | None:
    """Value over cost on a logarithmic axis; None where nothing with a value costs anything.

    Args:
        runs: Of one suite, with their roles.
        baselines: What else is known of it, likewise.
    """
    points = [_of_run(run) for run in runs] + [_of_bank(row) for row in baselines]
    points = [p for p in points if p["value"] is not None and p["usd"]]
    if not points:
        return None
    points.sort(key=lambda p: (p["usd"], -p["value"], ORDER.index(p["role"]), p["name"]))
    _mark_steps(points)
    _name(points)
    return _chart(points, runs[0])


def _of_run(run: Row) -> Row:
    bounds = {"low": run["value_low"], "high": run["value_high"]}
    return _point(label(run), run, run["cost_usd"]) | bounds


def _of_bank(row: Row) -> Row:
    return _point(baseline_label(row), row, row["mean_cost_usd"]) | {"low": None, "high": None}


def _point(name: str, row: Row, usd: float | None) -> Row:
    return {
        "name": name,
        "role": row["role"],
        "value": row["value"],
        "usd": usd,
        "shown": grid.shown(row["value"], row["metric_scale"]).text,
        "cost": grid.dollars(usd),
        "items": row["problems"],
    }


def _mark_steps(points: list[Row]) -> None:
    """Which of the points that can be had no other one beats; they come sorted."""
    best = float("-inf")
    for point in points:
        can_be_had = point["role"] not in (ORACLE, RANDOM)
        point["step"] = can_be_had and point["value"] > best
        best = max(best, point["value"]) if can_be_had else best


def _name(points: list[Row]) -> None:
    """Names beside points; those too close to tell apart share one, and many single models none."""
    logs, heights = [math.log(p["usd"]) for p in points], [p["value"] for p in points]
    wide, high = max(logs) - min(logs) or 1.0, max(heights) - min(heights) or 1.0
    named: list[Row] = []
    for point, log in zip(points, logs, strict=True):
        point |= {"label": "", "right": (log - min(logs)) / wide > RIGHT}
        if len(points) > MOST_NAMES and point["role"] == ONE and not point["step"]:
            continue
        for other in named:
            near = abs(math.log(other["usd"]) - log) / wide < NEAR
            if near and abs(other["value"] - point["value"]) / high < NEAR:
                other["label"] += f", {point['name']}"
                break
        else:
            point["label"] = point["name"]
            named.append(point)


def _chart(points: list[Row], run: Row) -> Spec:
    import altair as alt

    looks = {role: LOOKS[role] for role in ORDER if any(p["role"] == role for p in points)}
    axes = _axes(run)
    x, y = axes["x"], axes["y"]

    def over(rows: list[Row]) -> Any:
        return alt.Chart(values(rows), height=340).encode(x=x)

    def names(right: bool) -> Any:
        align, dx = ("right", -8) if right else ("left", 8)
        rows = [p for p in points if p["label"] and p["right"] == right]
        text = over(rows).mark_text(align=align, dx=dx, dy=-9, fontSize=11, limit=180)
        return rows, text.encode(y=y, text="label:N")

    steps = [p for p in points if p["step"]]
    dash = over(steps).mark_line(interpolate="step-after", strokeDash=[4, 3], color="#777")
    bars = [p for p in points if p["low"] is not None]
    whiskers = over(bars).mark_rule(opacity=0.5)
    dots = over(points).mark_point(filled=True, size=110, opacity=0.95)
    layers = [
        (steps, dash.encode(y=y, order="usd:Q")),
        (bars, whiskers.encode(y="low:Q", y2="high:Q", color=_by_role("Color", looks, 0))),
        (
            points,
            dots.encode(
                y=y,
                color=_by_role("Color", looks, 0),
                shape=_by_role("Shape", looks, 1),
                tooltip=["name:N", "role:N", "shown:N", "cost:N", "items:Q"],
            ),
        ),
        names(right=False),
        names(right=True),
    ]
    # A layer without rows makes Vega complain.
    drawn = alt.layer(*(layer for rows, layer in layers if rows))
    title = f"Quality against cost{MARK if run['is_simulated'] else ''}"
    return finish(drawn, title, f"{run['metric']} of {run['suite']} against USD per query")


def _axes(run: Row) -> dict[str, Any]:
    import altair as alt

    return {
        "x": alt.X(
            "usd:Q",
            title="USD per query (log scale)",
            scale=alt.Scale(type="log", nice=False, padding=40),
            axis=alt.Axis(format="$~g", tickCount=4, grid=False, labelOverlap=True),
        ),
        "y": alt.Y(
            "value:Q",
            title=f"{run['metric']}, of {run['metric_scale']:g}",
            scale=alt.Scale(zero=False, padding=14),
            axis=alt.Axis(tickCount=6, grid=True),
        ),
    }


def _by_role(channel: str, looks: dict[str, tuple[str, str]], which: int) -> Any:
    import altair as alt

    scale = alt.Scale(domain=list(looks), range=[look[which] for look in looks.values()])
    legend = alt.Legend(orient="bottom", title=None, columns=2, symbolOpacity=1)
    return getattr(alt, channel)("role:N", scale=scale, legend=legend)
