"""Formulas and shares of calls by hand, and the resampling that every interval rests on."""

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest
from stubs import by_numpy
from stubs.routing_store import calls_of, episode, fill, new_store, pid

from warehouse.store import open_store

REPLICATES = 60
SEED = 5


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(new_store(tmp_path_factory.mktemp("store"))) as con:
        yield con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def test_shares_of_calls_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    played = [episode(n, n, "big", right=True, cost=0.04) for n in range(8)]
    calls = [call for row in played for call in calls_of(row)]
    calls[0] |= {"status": "error", "error_type": "timeout", "attempts": 3}
    calls[1] |= {"attempts": 2}
    calls[2] |= {"status": "refused", "error_type": "budget", "model_id": None}
    calls[3] |= {"seconds": 9.0}
    fill(con, [], played, calls=calls)
    sql = (
        "SELECT model_id, metric, calls, of_calls FROM call_shares(replicates := 0) "
        "ORDER BY model_id NULLS FIRST, metric"
    )
    assert rows(con, sql) == [
        (None, "failed", 1, 7),
        (None, "refused", 1, 8),
        (None, "retried", 2, 7),
        ("big", "failed", 1, 7),
        ("big", "refused", 0, 7),
        ("big", "retried", 2, 7),
    ]
    sql = "SELECT low, high FROM call_shares() WHERE model_id IS NULL AND metric = 'failed'"
    low, high = rows(con, sql)[0]
    assert 0 <= low < 1 / 7 < high < 1
    sql = "SELECT quantile, seconds, calls FROM latency_quantiles(of_kind := 'evaluate') ORDER BY 1"
    found = rows(con, sql)
    assert [(row[0], row[2]) for row in found] == [(0.5, 6), (0.9, 6), (0.99, 6)]
    assert [row[1] for row in found] == pytest.approx([0.5, 9, 9], rel=0.025)


def test_formulas_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT
        cost_utility(0.8, 0.004), cost_utility(0.8, 0), cost_utility(0, 0), cost_utility(0.5, NULL),
        headroom_captured(0.7, 0.6, 0.8), headroom_captured(0.7, 0.6, 0.6),
        router_arena_score(0, 0), router_arena_score(0.5, 0), router_arena_score(0.5, 0.2),
        router_arena_score(0.5, NULL), sign_test(3, 1), sign_test(0, 0)"""
    assert rows(con, sql)[0] == pytest.approx(
        (200, np.inf, 0, None, 0.5, None, 0, 1.1 * 0.5 / 1.05, 0, None, 0.625, 1), abs=1e-12
    )
    for accuracy, cost in ((0.3, 1e-7), (0.9, 0.0003), (0.7, 0.05), (1.0, 0.3)):
        (score,) = rows(con, f"SELECT router_arena_score({accuracy}, {cost}::DOUBLE)")[0]
        assert score == pytest.approx(by_numpy.arena(accuracy, cost), abs=1e-9)


def test_resampling_is_that_of_the_documents(con: duckdb.DuckDBPyConnection) -> None:
    problems = [pid(number) for number in range(40)]
    found = np.zeros((REPLICATES + 1, 40))
    sql = f"SELECT replicate, unit, weight FROM bootstrap_weights({REPLICATES}, {SEED})"
    units = [by_numpy.unit(problem) for problem in problems]
    for replicate, unit, weight in rows(con, sql):
        for place in [i for i, u in enumerate(units) if u == unit]:
            found[replicate, place] = weight
    assert np.array_equal(found, by_numpy.weights(problems, REPLICATES, SEED))
    sql = (
        "SELECT avg(w), var_pop(w), max(w) FROM (SELECT coalesce(weight, 0) AS w FROM range(1024) "
    )
    sql += "AS u(unit) LEFT JOIN (FROM bootstrap_weights(1, 0) WHERE replicate = 1) USING (unit))"
    mean, variance, most = rows(con, sql)[0]
    assert (mean, variance) == pytest.approx((1, 1), abs=0.12)
    assert 4 < most <= 9
