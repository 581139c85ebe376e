"""A walk through a store: what routing cost, what it bought, and what it should have cost.

`marimo edit warehouse/notebooks/routing.py -- --store PATH` opens it, and
`python warehouse/notebooks/routing.py --store PATH` runs it as a script. It reads only; while a
loader is at work give it the snapshot, `warehouse-read.duckdb`.
"""
# mypy: allow-untyped-defs

import marimo

app = marimo.App(width="medium", app_title="Routing")

with app.setup:
    from pathlib import Path

    import altair as alt
    import marimo as mo

    from warehouse.store import query


@app.cell
def _():
    mo.md("""
    # Routing

    Everything below is SQL over the marts of one store; change a query and what hangs on it
    follows. What is simulated is never in one sum with anything else.
    """)
    return


@app.cell
def _():
    options = mo.cli_args()
    path = mo.ui.text(
        value=str(options.get("store") or "xrouter-data/warehouse.duckdb"),
        label="Store, or its snapshot",
        full_width=True,
    )
    mo.vstack([path])
    return (path,)


@app.cell
def _(path):
    store = Path(path.value)
    kinds = query(
        store,
        """
        SELECT kind, is_simulated, sum(episodes)::BIGINT AS episodes,
            sum(total_cost_usd)::DECIMAL(18, 9) AS usd, min(day) AS first_day, max(day) AS last_day
        FROM cost_by_day GROUP BY ALL ORDER BY ALL
        """,
    )
    mo.vstack([mo.md("## What is in it"), kinds])
    return kinds, store


@app.cell
def _(kinds):
    found = list(dict.fromkeys(kinds["kind"].to_list()))
    kind = mo.ui.dropdown(
        found, value="evaluate" if "evaluate" in found else found[0], label="Kind of episodes"
    )
    simulated = mo.ui.checkbox(value=bool(kinds["is_simulated"].all()), label="simulated")
    mo.hstack([kind, simulated], justify="start")
    return kind, simulated


@app.cell
def _(kind, simulated):
    def literal(value: str) -> str:
        """A text in SQL."""
        return "'" + value.replace("'", "''") + "'"

    chosen = f"kind = {literal(kind.value)} AND is_simulated = {simulated.value}"
    mark = " (simulated)" if simulated.value else ""
    return chosen, mark


@app.cell
def _(chosen, mark, store):
    cost = query(
        store,
        f"""
        SELECT day, policy, sum(episodes)::BIGINT AS episodes,
            sum(total_cost_usd)::DECIMAL(18, 9) AS usd
        FROM cost_by_day WHERE {chosen} GROUP BY ALL ORDER BY ALL
        """,
    )
    bars = (
        alt.Chart(cost.with_columns(usd=cost["usd"].cast(float)))
        .mark_bar()
        .encode(x="day:T", y=alt.Y("sum(usd):Q", title="USD"), color="policy:N")
        .properties(width="container", height=240)
    )
    mo.vstack([mo.md(f"## Cost over time{mark}"), bars, cost])
    return (cost,)


@app.cell
def _(chosen, mark, simulated, store):
    points = query(
        store,
        f"""
        SELECT policy AS who, 'policy' AS what, sum(correct) / sum(judged) AS accuracy,
            (sum(total_cost_usd) / sum(judged))::DOUBLE AS usd, sum(judged)::BIGINT AS problems
        FROM judged_by_day WHERE {chosen} GROUP BY ALL
        UNION ALL
        SELECT coalesce(model_id, baseline), baseline, accuracy, mean_cost_usd::DOUBLE, problems
        FROM baselines
        WHERE data_source = 'all' AND tier = 'all' AND baseline <> 'tier_oracle'
            AND is_simulated = {simulated.value}
        ORDER BY usd, who, what
        """,
    )
    frontier = (
        alt.Chart(points.filter(points["usd"] > 0))
        .mark_point(filled=True, size=90)
        .encode(
            x=alt.X("usd:Q", title="USD a problem", scale=alt.Scale(type="log")),
            y=alt.Y("accuracy:Q", title="right", axis=alt.Axis(format="%")),
            color="what:N",
            shape="what:N",
            tooltip=["who", "what", "accuracy", "usd", "problems"],
        )
        .properties(width="container", height=320)
    )
    mo.vstack(
        [
            mo.md(
                f"## Quality and cost{mark}\n\nPolicies over the problems they were asked, "
                "all else over the outcome bank. The oracle is a bound, not a rival."
            ),
            frontier,
            points,
        ]
    )
    return (points,)


@app.cell
def _():
    weight = mo.ui.slider(0.0, 5.0, step=0.25, value=2.0, label="Weight of cost", show_value=True)
    mo.vstack([weight])
    return (weight,)


@app.cell
def _(chosen, mark, store, weight):
    regret = query(
        store,
        f"""
        SELECT policy, coalesce(tier, 'unknown') AS tier, count(*) AS decisions,
            avg(regret) AS regret, avg(score) AS score, avg(oracle_score) AS oracle_score,
            sum(extra_usd)::DECIMAL(18, 9) AS extra_usd
        FROM decision_regret(weight := {float(weight.value)}::DOUBLE)
        WHERE judged_by = 'bank' AND {chosen}
        GROUP BY ALL ORDER BY ALL
        """,
    )
    over = query(
        store,
        f"""
        SELECT model_id, sum(decisions)::BIGINT AS decisions, sum(faults)::BIGINT AS over_routed,
            sum(lost_usd)::DECIMAL(18, 9) AS lost_usd
        FROM over_routing WHERE {chosen} GROUP BY ALL ORDER BY lost_usd DESC, model_id
        """,
    )
    mo.vstack(
        [
            mo.md(
                f"## Regret{mark}\n\nWhat the best model on offer would have been worth, less what "
                "the decision was; and right answers that a cheaper model had, too."
            ),
            regret,
            over,
        ]
    )
    return over, regret


if __name__ == "__main__":
    app.run()
