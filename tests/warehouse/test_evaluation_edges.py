"""Evaluation marts where little is known, and the published table."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from stubs.evaluation_runs import fill_runs, run
from stubs.routing_store import new_store, outcome

from warehouse.store import open_store

MODELS = {"big": 1, "tiny": 2}  # right on every so many


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(new_store(tmp_path_factory.mktemp("store"))) as con:
        yield con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def test_what_is_free_and_never_right_has_no_utility(con: duckdb.DuckDBPyConnection) -> None:
    fill_runs(con, [run("router", [(0, 0, 0.0)]), run("silent", [(0, None, 0.1)])])
    found = dict(rows(con, "SELECT policy, cost_utility FROM evaluation_results"))
    assert found == {"router": 0.0, "silent": None}
    assert rows(con, "SELECT value FROM evaluation_results WHERE policy = 'silent'") == [(None,)]


def test_runs_that_are_not_alike_make_no_pair(con: duckdb.DuckDBPyConnection) -> None:
    attempts = [(0, 1, 0.1)]
    others = ({"suite": "other"}, {"suite_revision": "other"}, {"simulated": True})
    fill_runs(con, [run("a", attempts), *(run("b", attempts, run_id=str(o), **o) for o in others)])
    assert rows(con, "FROM evaluation_pairs") == []


def test_nothing_known_is_said(con: duckdb.DuckDBPyConnection) -> None:
    fill_runs(con, [run("router", [(0, 1, 0.1)])])
    found = rows(con, "SELECT baseline, source FROM evaluation_baselines ORDER BY 1")
    names = ("best_single", "cheapest", "oracle", "random")
    assert found == [(name, "unknown") for name in names]
    assert rows(con, "FROM evaluation_headroom") == []


def test_published_results_are_those_of_the_table(con: duckdb.DuckDBPyConnection) -> None:
    frame = con.sql("FROM published_results").pl()
    assert frame.height == 11 * 7
    assert frame["system"].n_unique() == 11
    assert sorted(frame.filter(is_router=True)["system"].unique()) == [
        f"xRouter-7b lambda{n}" for n in (1, 2, 3)
    ]
    columns = "value, cost_usd::DOUBLE, cost_of, cost_utility"
    sql = f"SELECT {columns} FROM published_results WHERE system = '{{}}' AND suite = '{{}}'"
    found = rows(con, sql.format("GPT-5-mini", "gpqa_diamond"))
    assert found == [(0.7677, 0.004484, "query", pytest.approx(0.7677 / 0.004484))]
    assert rows(con, sql.format("GPT-5", "livebench")) == [(83.89, 35.86, "run", None)]
    found = rows(con, sql.format("Kimi-K2", "mt_bench"))
    assert found == [(9.2438, 0.002626, "query", pytest.approx(0.92438 / 0.002626))]
    # Always one model beats every published router on six of seven metrics.
    sql = """
        SELECT count(*) FROM (
            SELECT suite, metric, max(value) FILTER (WHERE is_router) AS router,
                max(value) FILTER (WHERE system = 'GPT-5-mini') AS mini
            FROM published_results GROUP BY ALL
        ) WHERE mini > router"""
    assert rows(con, sql) == [(6,)]


def test_a_bank_is_asked_under_the_ids_that_a_run_found(con: duckdb.DuckDBPyConnection) -> None:
    evaluated, episodes = run("router", [(n, float(n % 3 == 0), 0.01) for n in range(12)])
    linked = [e | {"bank_problem_id": f"bank-{e['problem_id']}"} for e in episodes]
    bank = [
        outcome(n, model, float(n % way == 0)) for n in range(12) for model, way in MODELS.items()
    ]
    theirs = [row | {"problem_id": f"bank-{row['problem_id']}"} for row in bank]
    columns = "baseline, model_id, source, problems, round(value, 12), round(mean_cost_usd, 12)"
    sql = f"SELECT {columns} FROM evaluation_baselines ORDER BY ALL"
    fill_runs(con, [(evaluated, episodes)], bank)
    wanted = rows(con, sql)
    assert {row[2] for row in wanted} == {"bank"}
    fill_runs(con, [(evaluated, linked)], theirs)
    assert rows(con, sql) == wanted
    # Two names of one question are one answer of a model.
    fill_runs(con, [(evaluated, linked)], [*theirs, *bank])
    assert rows(con, sql) == wanted
