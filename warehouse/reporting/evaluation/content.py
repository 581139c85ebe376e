"""What the evaluation page shows: an open store in, parts (a suite each), alarms and charts out."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import duckdb
import polars as pl
import polars.selectors as cs

from warehouse.reporting.charts import Spec
from warehouse.reporting.evaluation import grid, tables
from warehouse.reporting.evaluation.charts import frontier
from warehouse.reporting.evaluation.grid import Grid
from warehouse.reporting.evaluation.roles import beside, label, with_roles

Row = dict[str, Any]
KEY = ("suite", "suite_revision", "is_simulated")
# The newest run of each policy: a run is asked again by another version of prices or graders.
RESULTS = """
    SELECT r.*, h.* EXCLUDE (run_id, suite, suite_revision, policy, pool, is_simulated, metric,
        metric_scale, value, problems), h.problems AS headroom_problems,
        h.value AS headroom_value, v.alarm, baseline_policy(r.policy) AS is_baseline
    FROM evaluation_results AS r
    LEFT JOIN evaluation_headroom AS h ON h.run_id = r.run_id
    LEFT JOIN evaluations AS v ON v.run_id = r.run_id
    QUALIFY row_number() OVER (
        PARTITION BY r.suite, r.suite_revision, r.is_simulated, r.policy, r.policy_revision, r.pool
        ORDER BY r.started_at DESC, r.run_id
    ) = 1
    ORDER BY r.suite, r.is_simulated, r.suite_revision, r.value DESC NULLS LAST, r.policy, r.run_id
"""
BASELINES = "FROM evaluation_baselines ORDER BY ALL"
# Of routers; on a suite without any, of everything.
PAIRS = """
    SELECT p.* FROM evaluation_pairs AS p
    JOIN shown_runs AS a ON a.run_id = p.run_a
    JOIN shown_runs AS b ON b.run_id = p.run_b
    WHERE a.is_alone OR NOT a.is_baseline
    ORDER BY policy_a, run_a, policy_b, run_b"""
BY_PART = """
    SELECT p.* FROM evaluation_parts AS p SEMI JOIN shown_runs USING (run_id)
    ORDER BY p.suite, p.policy, p.policy_revision, p.run_id, p.part"""
LICENCES = """
    SELECT suite, suite_revision, count(*) AS known,
        list_sort(list(DISTINCT licence) FILTER (WHERE licence IS NOT NULL)) AS licences
    FROM suite_items GROUP BY ALL"""
PUBLISHED = "FROM published_results ORDER BY position, suite, metric"


class Part(NamedTuple):
    """One suite in one revision, recorded or simulated.

    Attributes:
        name: Fixed id of its section.
        facts: Suite, revision, simulated, metric, repetitions, items, licence, pools, first and
            last day.
        notes: What to know before comparing.
        policies: The table of policies and baselines.
        by_part: Of parts of the suite, a column each; None where it has none.
        pairs: Of routers with everything else, or without one of all; None where one run stands
            alone.
        chart: Id of its chart; None where nothing costs anything.
    """

    name: str
    facts: Row
    notes: list[str]
    policies: Grid
    by_part: Grid | None
    pairs: Grid | None
    chart: str | None


class Content(NamedTuple):
    """What the page shows."""

    parts: list[Part]
    alarms: list[Row]
    overview: Grid
    published: Grid
    specs: dict[str, Spec]
    whole: Row


def read_content(con: duckdb.DuckDBPyConnection) -> Content:
    """Read everything the page shows."""
    results = _read(con, RESULTS)
    alone = pl.col("is_baseline").all().over(KEY).alias("is_alone")
    con.register("shown_runs", results.select("run_id", "is_baseline", alone).to_arrow())
    baselines, pairs, by_part = (_read(con, sql) for sql in (BASELINES, PAIRS, BY_PART))
    con.unregister("shown_runs")
    licences = {(r["suite"], r["suite_revision"]): r for r in _read(con, LICENCES).to_dicts()}
    specs: dict[str, Spec] = {}
    parts, overview = [], []
    for place, (key, runs) in enumerate(_grouped(results), start=1):
        own = baselines.filter(**key).to_dicts()
        runs = with_roles(runs, own)
        known = licences.get((key["suite"], key["suite_revision"]), {})
        against, inside = (frame.filter(**key).to_dicts() for frame in (pairs, by_part))
        parts.append(_part(f"suite-{place}", runs, own, against, inside, known, specs))
        overview += tables.overview_lines(f"suite-{place}", runs, own)
    return Content(
        parts,
        [_alarm(row) for row in results.to_dicts() if row["above_oracle"] or row["alarm"]],
        tables.overview(overview),
        tables.published(_read(con, PUBLISHED).to_dicts(), results.to_dicts(), by_part.to_dicts()),
        specs,
        _whole(results),
    )


def _read(con: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    # Sums in another order differ in their last digit, and the page must not.
    frame: pl.DataFrame = con.sql(sql).pl()
    return frame.with_columns(cs.float().round(9))


def _grouped(results: pl.DataFrame) -> Iterator[tuple[Row, list[Row]]]:
    for values, frame in results.group_by(KEY, maintain_order=True):
        yield dict(zip(KEY, values, strict=True)), frame.to_dicts()


def _part(
    name: str, runs: list[Row], baselines: list[Row], pairs: list[Row], by_part: list[Row],
    known: Row, specs: dict[str, Spec],
) -> Part:  # fmt: skip
    others = beside(runs, baselines)
    spec = frontier(runs, others)
    chart = f"chart-{name}" if spec else None
    if spec:
        specs[f"chart-{name}"] = spec
    return Part(
        name,
        _facts(runs, known),
        _notes(runs, baselines),
        tables.policies(name, runs, others),
        tables.by_part(name, by_part, runs) if by_part else None,
        tables.pairs(name, pairs, runs) if pairs else None,
        chart,
    )


def _facts(runs: list[Row], known: Row) -> Row:
    first = runs[0]
    days = sorted(run["started_at"].date().isoformat() for run in runs)
    repetitions = sorted({run["repetitions"] for run in runs})
    return {name: first[name] for name in (*KEY, "metric", "metric_scale")} | {
        "repetitions": " or ".join(map(str, repetitions)),
        "items": max(run["items"] for run in runs),
        "licence": ", ".join(known.get("licences") or []) or "not recorded",
        "pools": ", ".join(sorted({run["pool"] for run in runs})),
        "first": days[0],
        "last": days[-1],
        "runs": len(runs),
    }


def _notes(runs: list[Row], baselines: list[Row]) -> list[str]:
    """What makes figures of one part not comparable as they stand."""
    said = []
    if len({run["problems"] for run in runs}) > 1:
        said.append(
            "Runs here asked different numbers of items. Pairs and headroom are over the items in "
            "common; the values in the table of policies are not."
        )
    if any(run["ungraded"] for run in runs):
        said.append(
            "Answers that a fault of ours left ungraded are out of the value and in the cost."
        )
    if len({run["pool"] for run in runs}) > 1:
        said.append("Replies came from different pools: those asked live differ by chance, too.")
    short = [b for b in baselines if b["source"] == "bank" and b["problems"] < b["items"]]
    if short:
        said.append("The outcome bank does not know every item: its rows say how many.")
    return said


def _alarm(row: Row) -> Row:
    """One line of the box on top."""
    text = row["alarm"]
    if row["above_oracle"]:
        scale = row["metric_scale"]
        own = f", {row['own_above']} of them with an answer of its own" if row["own_above"] else ""
        text = (
            f"{grid.shown(row['headroom_value'], scale).text} against the oracle's "
            f"{grid.shown(row['oracle'], scale).text} on {row['headroom_problems']:,} items; above "
            f"it on {row['items_above']:,}{own}"
        )
    return {"suite": row["suite"], "policy": label(row), "simulated": row["is_simulated"]} | {
        "text": text
    }


def _whole(results: pl.DataFrame) -> Row:
    routers = results.filter(~pl.col("is_baseline"))
    return {
        "runs": results.height,
        "routers": routers.select("policy", "policy_revision").n_unique(),
        "suites": results["suite"].n_unique(),
        "simulated": int(results["is_simulated"].sum()),
        "names": results["suite"].unique().sort().to_list(),
        "spent": grid.dollars(float(results["total_cost_usd"].sum() or 0)),
    }
