"""Marts over the sums by day: each equals what the rows themselves come to."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from stubs.decisions import decisions, write

from warehouse.spool import load_spool
from warehouse.store import query
from warehouse.sums import refresh_sums

COUNT = 42
CALLS = "FROM calls AS c JOIN episodes AS e USING (episode_id)"
# Each mart again, over the facts.
AGAIN = {
    "cost_by_day": """
        SELECT day, kind, policy, policy_revision, mode, is_simulated, count(*),
            count(*) FILTER (WHERE is_failed), sum(calls_made)::BIGINT,
            sum(router_cost_usd)::DECIMAL(18, 9), sum(calls_cost_usd)::DECIMAL(18, 9),
            sum(total_cost_usd)::DECIMAL(18, 9), sum(calls_list_cost_usd)::DECIMAL(18, 9),
            (sum(total_cost_usd) / count(*))::DOUBLE
        FROM fct_episode GROUP BY ALL""",
    "tokens_by_day": f"""
        SELECT e.day, e.kind, 'call', c.model_id, c.simulated, sum(c.input_tokens)::BIGINT,
            sum(c.cached_input_tokens)::BIGINT, sum(c.output_tokens)::BIGINT,
            sum(c.reasoning_tokens)::BIGINT, sum(c.cost_usd)::DECIMAL(18, 9)
        {CALLS} WHERE c.input_tokens IS NOT NULL GROUP BY ALL
        UNION ALL
        SELECT day, kind, 'router', policy, simulated, sum(router_input_tokens)::BIGINT, NULL,
            sum(router_output_tokens)::BIGINT, NULL, sum(router_cost_usd)::DECIMAL(18, 9)
        FROM episodes GROUP BY ALL""",
    "spend_by_key": """
        SELECT day, api_key_id, is_simulated, count(*), count(*) FILTER (WHERE is_failed),
            sum(router_input_tokens + call_input_tokens)::BIGINT,
            sum(router_output_tokens + call_output_tokens)::BIGINT,
            sum(total_cost_usd)::DECIMAL(18, 9)
        FROM fct_episode WHERE kind = 'serve' GROUP BY ALL""",
    "model_mix": f"""
        SELECT e.kind, e.policy, e.policy_revision, c.model_id, c.source, c.simulated,
            count(*) AS calls, count(*) FILTER (WHERE c.status = 'ok'),
            count(*) FILTER (WHERE c.selected), coalesce(sum(c.input_tokens), 0)::BIGINT,
            coalesce(sum(c.output_tokens), 0)::BIGINT, sum(c.cost_usd)::DECIMAL(18, 9),
            sum(c.list_cost_usd)::DECIMAL(18, 9),
            count(*) / sum(count(*)) OVER (
                PARTITION BY e.kind, e.policy, e.policy_revision, c.source)
        {CALLS} WHERE c.status <> 'refused' GROUP BY 1, 2, 3, 4, 5, 6""",
    "call_failures": f"""
        SELECT e.kind, e.policy, c.model_id, c.source, c.status, c.error_type, c.simulated,
            count(*), sum(c.cost_usd)::DECIMAL(18, 9),
            count(*) / sum(count(*)) OVER (PARTITION BY e.kind, e.policy, c.model_id, c.source)
        {CALLS} GROUP BY 1, 2, 3, 4, 5, 6, 7 QUALIFY c.status <> 'ok'""",
    "episode_failures": """
        SELECT kind, policy, policy_revision, mode, error_type, is_simulated, count(*),
            sum(total_cost_usd)::DECIMAL(18, 9),
            count(*) / sum(count(*)) OVER (
                PARTITION BY kind, policy, policy_revision, is_simulated)
        FROM fct_episode GROUP BY 1, 2, 3, 4, 5, 6 QUALIFY error_type IS NOT NULL""",
    "judged_by_day": """
        SELECT day, run_id, kind, policy, policy_revision, tier, is_simulated, count(*),
            count(*) FILTER (WHERE verdict = 'correct'), sum(total_cost_usd)::DECIMAL(18, 9)
        FROM fct_episode
        WHERE problem_id IS NOT NULL AND verdict IS DISTINCT FROM 'ungraded'
            AND (verdict IS NOT NULL OR is_failed)
        GROUP BY ALL""",
    "cost_per_correct": """
        SELECT run_id, kind, policy, policy_revision, is_simulated, count(*),
            count(*) FILTER (WHERE is_correct),
            count(*) FILTER (WHERE is_correct) / count(*), sum(total_cost_usd)::DECIMAL(18, 9),
            (sum(total_cost_usd) / nullif(count(*) FILTER (WHERE is_correct), 0))::DOUBLE
        FROM fct_episode
        WHERE problem_id IS NOT NULL AND verdict IS DISTINCT FROM 'ungraded'
            AND (verdict IS NOT NULL OR is_failed)
        GROUP BY ALL""",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Served, evaluated and trained episodes; verdicts of every kind, and failures without one."""
    root = tmp_path_factory.mktemp("sums")
    (root / "spool").mkdir()
    for kind in ("serve", "evaluate", "train"):
        made = decisions(COUNT, f"run-{kind}", kind)
        for number, episode in enumerate(made):
            known = kind != "serve" and episode.row["problem_id"]
            verdict = ("correct", "wrong", "ungraded", None, "parse_failure")[number % 5]
            episode.row.update(verdict=verdict if known else None)
            if kind == "train":
                episode.row.update(policy_revision=str(number % 3), reward=0.5)
        write(root / "spool", made, kind)
    load_spool(root / "w.duckdb", root / "spool")
    with duckdb.connect(str(root / "w.duckdb")) as con:
        verdicts = con.execute("SELECT count(DISTINCT verdict) FROM episodes").fetchall()
        assert verdicts == [(4,)]
    return root / "w.duckdb"


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=repr)


@pytest.mark.parametrize("name", AGAIN)
def test_a_mart_of_sums_equals_the_rows(store: Path, name: str) -> None:
    found = _sorted(query(store, f"FROM {name}").rows())
    wanted = _sorted(query(store, AGAIN[name]).rows())
    assert len(found) > 1
    assert found == wanted


def test_left_out_costs_are_left_out(store: Path) -> None:
    every, judged, cost, whole = query(
        store,
        "SELECT (SELECT count(*) FROM episodes WHERE problem_id IS NOT NULL),"
        " sum(judged)::INT, sum(total_cost_usd),"
        " (SELECT sum(total_cost_usd) FROM episodes WHERE problem_id IS NOT NULL)"
        " FROM judged_by_day",
    ).row(0)
    assert 0 < judged < every
    assert 0 < cost < whole


def test_quantiles_of_latency_are_off_by_little(store: Path) -> None:
    sql = """
        SELECT m.model_id, m.p50_seconds, m.p95_seconds, m.p99_seconds, m.mean_seconds, m.calls,
            m.attempts, w.*
        FROM model_latency AS m JOIN (
            SELECT model_id, source, quantile_disc(seconds, 0.5) AS p50,
                quantile_disc(seconds, 0.95) AS p95, quantile_disc(seconds, 0.99) AS p99,
                avg(seconds) AS mean, count(*) AS n, avg(attempts) AS tries
            FROM calls WHERE status = 'ok' GROUP BY ALL
        ) AS w USING (model_id, source)"""
    with duckdb.connect(str(store)) as con:
        con.begin()
        spread = "0.01 + call_index + hash(call_id, episode_id) % 997 / 100"
        con.execute(f"UPDATE calls SET seconds = {spread}")
        con.execute("INSERT INTO stale_days SELECT DISTINCT day FROM episodes")
        refresh_sums(con)
        rows = con.execute(sql).fetchall()
        con.rollback()
    assert len(rows) >= 3
    for row in rows:
        found, wanted = row[1:4], row[-6:-3]
        for a, b in zip(found, wanted, strict=True):
            assert abs(a / b - 1) <= 0.025 + 1e-9
        assert row[4:7] == pytest.approx((row[-3], row[-2], row[-1]))
