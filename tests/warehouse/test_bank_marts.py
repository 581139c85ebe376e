"""Facts and dimensions of the outcome bank, its baselines, and published figures of real sets."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from stubs.routing_store import BUILD, PRICES, START, episode, fill, new_store, outcome, pid

from pipeline.accounting import Silent
from pipeline.bank.importing import import_outcomes
from pipeline.bank.mapping import read_mapping
from warehouse.outcomes import load_outcomes
from warehouse.store import open_store, query

SETS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "outcomes"
D = Decimal


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(new_store(tmp_path_factory.mktemp("store"))) as con:
        yield con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def test_costs_say_what_they_rest_on(con: duckdb.DuckDBPyConnection) -> None:
    nothing = {"input_tokens": None, "output_tokens": None}
    fill(
        con,
        [
            outcome(0, "big", 1.0, cost_usd=9.0, cached_input_tokens=400),  # tokens go first
            outcome(1, "big", 1.0, cost_usd=9.0, **nothing),
            outcome(2, "big", 1.0, **nothing),
            outcome(3, "stranger", 1.0, cost_usd=9.0),  # no price of it is known
            outcome(4, "stranger", 1.0),
            outcome(5, "long", 1.0, input_tokens=200_001, cached_input_tokens=1),
            outcome(6, "long", 1.0, input_tokens=200_000),
        ],
        rates={0: ("easy", 0.9)},
    )
    con.execute(
        "INSERT INTO prices BY NAME SELECT * FROM (VALUES"
        f" ('{BUILD}', 'big', DATE '2025-01-01', 99, 99, NULL, NULL, NULL, NULL, 'x'),"
        f" ('{BUILD}', 'big', DATE '2026-01-01', 10, 30, 1, NULL, NULL, NULL, 'x'),"
        f" ('{BUILD}', 'long', DATE '2025-01-01', 2, 4, 1, 200000, 4, 6, 'x'))"
        " AS t(build_id, model_id, effective_at, input_per_million, output_per_million,"
        " cached_input_per_million, above_tokens, input_per_million_above,"
        " output_per_million_above, source)"
    )
    sql = "SELECT cost_usd, cost_basis FROM fct_outcome ORDER BY problem_id"
    assert rows(con, sql) == [
        (D("0.0364"), "tokens"),  # 600 at 10, 400 at 1, 1,000 at 30
        (D(9), "recorded"),
        (None, None),
        (D(9), "recorded"),
        (None, None),
        (D("0.806002"), "tokens"),  # 200,000 at 4, one at 2, 1,000 at 6
        (D("0.404"), "tokens"),
    ]
    con.execute("DELETE FROM prices")


def test_the_billionth_is_exact(con: duckdb.DuckDBPyConnection) -> None:
    for read, written, price, paid in (
        (1, 0, "0.000500000", "0.000000001"),  # a half is rounded up
        (1, 0, "0.000499999", "0"),
        (123_457, 7, "0.123456789", "0.015241669"),
        (9_999_999_999, 0, "10", "99999.99999"),
    ):
        sql = f"SELECT usage_cost({read}, 0, {written}, {price}::DECIMAL(18, 9), 1, NULL)"
        exact = (D(read) * D(price) + D(written)) / 10**6
        (found,) = rows(con, sql)[0]
        assert found == exact.quantize(D("1e-9"), "ROUND_HALF_UP"), price
        assert found == D(paid) or read == 123_457


def test_cells_are_means_and_ungraded_answers_count_neither_way(
    con: duckdb.DuckDBPyConnection,
) -> None:
    ungraded = {"verdict": "ungraded", "sample": 2}
    fill(
        con,
        [
            outcome(0, "big", 1.0),
            outcome(0, "big", 0.5, sample=1, input_tokens=3000),
            outcome(0, "big", None, **ungraded),
            outcome(0, "mid", None, cost_usd=0.1, input_tokens=None, output_tokens=None),
            outcome(0, "tiny", None, verdict="truncated"),
        ],
    )
    sql = "SELECT model_id, samples, judged, score, solved, cost_usd FROM outcome_cells ORDER BY 1"
    assert rows(con, sql) == [
        ("big", 3, 2, 0.75, 0.5, D("0.046666667")),
        ("mid", 1, 0, None, None, D("0.1")),
        ("tiny", 1, 1, 0.0, 0.0, D("0.0004")),
    ]
    sql = "SELECT model_id, score, candidates FROM oracle()"
    assert rows(con, sql) == [("big", 0.75, 2)]
    assert rows(con, "SELECT model_id FROM oracle(models := ['tiny', 'mid'])") == [("tiny",)]


def test_missing_cells_are_not_wrong_answers(con: duckdb.DuckDBPyConnection) -> None:
    bank = [outcome(n, "mid", float(n < 6)) for n in range(10)]
    bank += [outcome(n, "tiny", float(n > 6)) for n in range(9)]
    bank.append(outcome(0, "big", 1.0))  # perfect, on one problem
    fill(con, bank)
    columns = "baseline, model_id, accuracy, problems, coverage, oracle_accuracy, mean_cost_usd"
    sql = (
        f"SELECT {columns} FROM baselines WHERE data_source = 'all' AND tier = 'all' "
        "AND baseline IN ('oracle', 'best_single', 'cheapest', 'random') ORDER BY 1"
    )
    assert rows(con, sql) == [
        ("best_single", "mid", 0.6, 10, 1.0, 0.8, D("0.004")),
        ("cheapest", "tiny", pytest.approx(2 / 9), 9, 0.9, pytest.approx(8 / 9), D("0.0004")),
        ("oracle", None, 0.8, 10, 1.0, 0.8, D("0.00292")),
        ("random", None, pytest.approx((2 / 3 + 5 * 0.5 + 2 * 0.5) / 10), 10, 1.0, 0.8,
            D("0.00364")),
    ]  # fmt: skip
    sql = "SELECT model_id, accuracy, problems FROM baselines WHERE baseline = 'single' AND "
    sql += "data_source = 'set/*' AND tier = 'all' ORDER BY 1"
    assert [row[2] for row in rows(con, sql)] == [1, 10, 9]


def test_sets_of_costs_alone(con: duckdb.DuckDBPyConnection) -> None:
    nothing = {"input_tokens": None, "output_tokens": None}
    costs = {"big": 0.5, "mid": 0.25, "tiny": 0.125}
    bank = [outcome(n, m, None, cost_usd=c, **nothing) for n in range(3) for m, c in costs.items()]
    fill(con, bank, [episode(1, 0, "big", right=True, cost=0.5)])
    sql = (
        "SELECT baseline, accuracy, mean_cost_usd FROM baselines WHERE tier = 'all' AND "
        "data_source = 'all' AND baseline IN ('oracle', 'best_single', 'cheapest') ORDER BY 1"
    )
    assert rows(con, sql) == [("cheapest", None, D("0.125")), ("oracle", None, D("0.125"))]
    assert rows(con, "SELECT count(*) FROM decision_regret()") == [(0,)]
    assert rows(con, "SELECT count(*) FROM routing_metrics('bank')") == [(0,)]
    assert rows(con, "FROM headroom()") == []


def test_baselines_by_tier_and_set(con: duckdb.DuckDBPyConnection) -> None:
    bank = [outcome(n, m, float(m == "big" or n == 0)) for n in range(3) for m in PRICES]
    bank.append(outcome(9, "tiny", 1.0, data_source="plain"))
    fill(con, bank, rates={0: ("easy", 0.9), 1: ("hard", 0.1), 2: ("hard", 0.0)})
    sql = """
        SELECT data_source, tier, accuracy, problems, mean_cost_usd FROM baselines
        WHERE baseline = 'oracle' ORDER BY 1, 2"""
    cheap, dear = D("0.0004"), D("0.04")
    assert rows(con, sql) == [
        ("all", "all", 1, 4, D("0.0202")),
        ("all", "easy", 1, 1, cheap),
        ("all", "hard", 1, 2, dear),
        ("all", "unknown", 1, 1, cheap),
        ("plain", "all", 1, 1, cheap),
        ("plain", "unknown", 1, 1, cheap),
        ("set/*", "all", 1, 3, D("0.0268")),
        ("set/*", "easy", 1, 1, cheap),
        ("set/*", "hard", 1, 2, dear),
        ("set/one", "all", 1, 3, D("0.0268")),
        ("set/one", "easy", 1, 1, cheap),
        ("set/one", "hard", 1, 2, dear),
    ]
    sql = """
        SELECT model_tier, accuracy FROM baselines
        WHERE baseline = 'tier_oracle' AND data_source = 'set/one' AND tier = 'hard' ORDER BY 1"""
    assert rows(con, sql) == [("budget", 0), ("premium", 1), ("standard", 0)]


def test_dimensions_and_the_list_of_scores(con: duckdb.DuckDBPyConnection) -> None:
    played = [
        episode(1, 0, "big", right=True, cost=0.5),
        episode(2, 1, "big", right=False, cost=0.5, seconds=7.0),
        episode(3, 1, None, right=True, cost=0.25, simulated=True, policy="q", run_id="other"),
        episode(4, 1, None, verdict="ungraded"),
    ]
    bank = [outcome(0, "big", 1.0), outcome(7, "big", 0.0, source="simulated")]
    fill(con, bank, played, rates={0: ("easy", 0.9), 1: ("hard", 0.0)})
    sql = "SELECT problem_id, data_source, domain, tier, in_bank FROM dim_problem ORDER BY 1"
    assert rows(con, sql) == [
        (pid(0), "set/one", "math", "easy", True),
        (pid(1), "set/one", "math", "hard", False),
        (pid(7), "set/one", None, None, True),
    ]
    sql = (
        "SELECT policy, kinds, episodes, simulated_episodes, total_cost_usd FROM dim_policy "
        "ORDER BY 1"
    )
    assert rows(con, sql) == [("p", ["evaluate"], 3, 0, D(1)), ("q", ["evaluate"], 0, 1, D(0))]
    sql = "SELECT run_id, is_simulated, policies, episodes, judged, correct, total_cost_usd, "
    sql += "first_at = ?::TIMESTAMPTZ, date_diff('second', first_at, last_at) FROM dim_run "
    assert con.execute(sql + "ORDER BY 1", [START]).fetchall() == [
        ("other", True, ["q"], 1, 1, 1, D("0.25"), True, 1),
        ("run", False, ["p"], 3, 2, 1, D(1), True, 7),
    ]
    columns = "what, who, is_correct, is_simulated"
    sql = f"SELECT {columns}, count(*) FROM fct_score GROUP BY ALL ORDER BY ALL"
    assert rows(con, sql) == [
        ("episode", "p", False, False, 1),
        ("episode", "p", True, False, 1),
        ("episode", "p", None, False, 1),
        ("episode", "q", True, True, 1),
        ("outcome", "big", False, True, 1),
        ("outcome", "big", True, False, 1),
    ]


def test_attempts_have_their_facts(loaded: Path) -> None:
    sql = """
        SELECT
            reference, is_simulated, count(*), count(is_correct),
            count(*) FILTER (WHERE is_correct)
        FROM fct_attempt GROUP BY ALL ORDER BY 1"""
    assert query(loaded, sql).rows() == [
        ("alpha", False, 9, 8, 5),
        ("beta", False, 2, 2, 1),
        ("stand-in", True, 16, 16, 4),
    ]
    sql = "SELECT what, count(*), count(DISTINCT key) FROM fct_score GROUP BY 1"
    assert query(loaded, sql).rows() == [("attempt", 27, 27)]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of both real sets, of LLMRouter its training part."""
    if not SETS.is_dir():
        pytest.skip(f"{SETS}: not there; published figures need its outcome sets")
    root = tmp_path_factory.mktemp("real")
    for mapping, name in (
        ("routellm_gsm8k", "routellm_gsm8k_responses.csv"),
        ("llmrouter", "llmrouter_train.json"),
    ):
        import_outcomes([SETS / name], read_mapping(Path(mapping)), root / mapping, Silent())
        load_outcomes(root / "w.duckdb", root / mapping)
    return root / "w.duckdb"


def test_published_figures_through_sql(real: Path) -> None:
    pair = "model_overlap('gpt-4-1106-preview', 'mixtral-8x7b-instruct-v0.1')"
    columns = "strong_right, weak_right, either_right, only_strong_right"
    sql = f"SELECT {columns} FROM {pair} WHERE data_source = 'routellm/gsm8k'"
    assert query(real, sql).row(0) == pytest.approx((0.8567, 0.6384, 0.9287, 0.2904), abs=5e-4)
    sql = (
        "SELECT baseline, accuracy, solved, problems FROM baselines WHERE data_source = '{}/*' "
        "AND tier = 'all' AND baseline IN ('best_single', 'oracle')"
    )
    found = {row[0]: row[1:] for row in query(real, sql.format("llmrouter")).rows()}
    assert found["best_single"][0] == pytest.approx(0.621, abs=5e-4)
    assert found["oracle"][1:] == (pytest.approx(0.7800, abs=5e-4), 5608)
    found = {row[0]: row[1:] for row in query(real, sql.format("routellm")).rows()}
    assert found["best_single"][0] == pytest.approx(0.8567, abs=5e-4)
    assert found["oracle"][0] == pytest.approx(0.9287, abs=5e-4)
