"""The training page's content: an open store in, charts by element id and tables per run out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import polars as pl
import polars.selectors as cs
from markupsafe import Markup

from warehouse.reporting.charts import TIER_COLOURS, Spec, finish, simulated_mark, values
from warehouse.reporting.tables import table

if TYPE_CHECKING:
    import altair as alt

MOST_RUNS = 12
ALL = "all"
MODE_COLOURS = {
    "direct": "#3a9188",
    "select": "#3f7fc1",
    "synthesize": "#7a5cb8",
    "failed": "#b8477a",
}
MEASURES = {
    "reward": "Reward",
    "accuracy": "Share of right answers",
    "normalized_cost": "Cost in units of the reward",
}
FAULTS = {"failed": "episodes", "failed_calls": "calls"}
RUNS = f"""
    SELECT run_id, any_value(c.policy) AS policy, any_value(cost_weight) AS cost_weight,
        bool_or(is_simulated) AS is_simulated, max(step) AS step, sum(episodes)::BIGINT AS episodes
    FROM learning_curve AS c
    JOIN (SELECT run_id, max(started_at) AS latest FROM episodes GROUP BY run_id) USING (run_id)
    WHERE tier = '{ALL}'
    GROUP BY run_id, latest
    ORDER BY latest DESC, run_id
    LIMIT {MOST_RUNS}"""
CURVES = "SELECT * FROM learning_curve WHERE run_id IN (SELECT run_id FROM runs) ORDER BY ALL"
MIX = f"""
    SELECT run_id, kind, step, model_id, per_episode, is_simulated FROM learning_mix
    WHERE tier = '{ALL}' AND run_id IN (SELECT run_id FROM runs) ORDER BY ALL"""


class TrainingRun(NamedTuple):
    """What the page shows of one run.

    Attributes:
        facts: Its row of the list of runs.
        charts: Ids of its charts, with what each one says.
        validations: A table.
    """

    facts: dict[str, Any]
    charts: dict[str, str]
    validations: Markup


class TrainingFacts(NamedTuple):
    """What the page shows; `runs` newest first."""

    runs: list[TrainingRun]
    specs: dict[str, Spec]
    compared: dict[str, str]


def read_training(con: duckdb.DuckDBPyConnection) -> TrainingFacts:
    """Curves of the newest runs of a store."""
    runs = con.sql(RUNS).pl()
    con.register("runs", runs.select("run_id").to_arrow())
    # Sums in another order differ in their last digit, and the page must not.
    curves, mix = (con.sql(sql).pl().with_columns(cs.float().round(9)) for sql in (CURVES, MIX))
    con.unregister("runs")
    specs: dict[str, Spec] = {}
    compared = {}
    if runs.height > 1:
        validated = curves.filter(kind="validate", tier=ALL)
        compared = _lines(specs, "compared", validated, "run_id", None)
    shown = []
    for number, facts in enumerate(runs.to_dicts(), 1):
        own = curves.filter(run_id=facts["run_id"])
        charts = _run(specs, f"run-{number}", own, mix.filter(run_id=facts["run_id"]))
        shown.append(TrainingRun(facts, charts, _validations(number, own)))
    return TrainingFacts(shown, specs, compared)


def _run(
    specs: dict[str, Spec], prefix: str, curves: pl.DataFrame, mix: pl.DataFrame
) -> dict[str, str]:
    """Charts of one run; returns their captions by id."""
    charts = _lines(specs, prefix, curves.filter(kind="validate"), "tier", _TIERS)
    trained, called = curves.filter(kind="train", tier=ALL), mix.filter(kind="train")
    modes = trained.unpivot(
        list(MODE_COLOURS), index=["step", "is_simulated"], variable_name="mode"
    )
    faults = trained.unpivot(list(FAULTS), index=["step", "is_simulated"], variable_name="of")
    faults = faults.with_columns(pl.col("of").replace(FAULTS))
    drawn = {
        "modes": (modes, "How episodes end", _areas(modes, "mode", MODE_COLOURS, "share")),
        "models": (
            called,
            "Calls of an episode, by model",
            _areas(called.rename({"per_episode": "value"}), "model_id", None, "calls"),
        ),
        "faults": (faults, "Share that failed", _chart(faults, "value", "of", None, "share")),
    }
    for name, (frame, title, chart) in drawn.items():
        if frame.height:
            key = f"{prefix}-{name}"
            text = f"{title}, by step of training"
            specs[key] = finish(chart, title + simulated_mark(frame["is_simulated"]), text)
            charts[key] = text
    return charts


_TIERS = TIER_COLOURS | {ALL: "currentColor", "unknown": "#8a919c"}


def _lines(
    specs: dict[str, Spec],
    prefix: str,
    frame: pl.DataFrame,
    field: str,
    colours: dict[str, str] | None,
) -> dict[str, str]:
    """One chart a measure, one line a value of `field`; returns captions by id."""
    captions = {}
    for measure, title in MEASURES.items():
        if frame[measure].drop_nulls().len():
            key = f"{prefix}-{measure.replace('_', '-')}"
            chart = _chart(frame, measure, field, colours, title.lower())
            captions[key] = f"{title} in validation, by step"
            specs[key] = finish(chart, title + simulated_mark(frame["is_simulated"]), captions[key])
    return captions


def _chart(
    frame: pl.DataFrame, measure: str, field: str, colours: dict[str, str] | None, title: str
) -> Any:
    import altair as alt

    data = frame.select("step", field, measure).filter(pl.col(measure).is_not_null())
    data = data.sort(field, "step")
    return (
        alt.Chart(values(data), height=220)
        .mark_line(point=data["step"].n_unique() <= 40)
        .encode(
            x=_step(),
            y=alt.Y(f"{measure}:Q", title=title, axis=alt.Axis(tickCount=5)),
            color=_colour(field, data[field].unique().sort().to_list(), colours),
            tooltip=["step:Q", f"{field}:N", alt.Tooltip(f"{measure}:Q", format=".4g")],
        )
    )


def _areas(frame: pl.DataFrame, field: str, colours: dict[str, str] | None, title: str) -> Any:
    import altair as alt

    data = _filled(frame.select("step", field, "value"), field).sort(field, "step")
    return (
        alt.Chart(values(data), height=220)
        .mark_area()
        .encode(
            x=_step(),
            y=alt.Y("value:Q", stack="zero", title=title, axis=alt.Axis(tickCount=5)),
            color=_colour(field, data[field].unique().sort().to_list(), colours),
            tooltip=["step:Q", f"{field}:N", alt.Tooltip("value:Q", format=".4g")],
        )
    )


def _filled(frame: pl.DataFrame, field: str) -> pl.DataFrame:
    """Zeros where a step has none of a value: areas would be drawn straight across."""
    every = frame.select("step").unique().join(frame.select(field).unique(), how="cross")
    return every.join(frame, on=["step", field], how="left").with_columns(
        pl.col("value").fill_null(0.0)
    )


def _step() -> "alt.X":
    import altair as alt

    return alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1, tickCount=6))


def _colour(field: str, found: Sequence[str], colours: dict[str, str] | None) -> "alt.Color":
    import altair as alt

    scale: Any = alt.Scale(scheme="tableau20")
    if colours is not None:
        domain = [value for value in colours if value in found]
        scale = alt.Scale(domain=domain, range=[colours[value] for value in domain])
    legend = alt.Legend(orient="bottom", title=None, columns=3, labelLimit=260)
    return alt.Color(f"{field}:N", scale=scale, legend=legend)


def _validations(number: int, curves: pl.DataFrame) -> Markup:
    """Every validation of a run, all tiers together."""
    labels = {
        "step": "Step",
        "episodes": "Episodes",
        "reward": "Reward",
        "accuracy": "Right",
        "normalized_cost": "Cost",
        "usd_per_correct": "USD a right answer",
        "calls": "Calls",
        **{mode: mode.capitalize() for mode in MODE_COLOURS},
    }
    frame = curves.filter(kind="validate", tier=ALL).sort("step")
    shares = ("accuracy", *MODE_COLOURS)
    digits = {"reward": 3, "normalized_cost": 3, "usd_per_correct": 4, "calls": 3}
    title = "Validations, all tiers together"
    name = f"table-validations-{number}"
    return table(name, title, frame, labels, ("step", "episodes"), digits, shares)
