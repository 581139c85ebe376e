"""Oracle, regret, over- and under-routing: a case by hand, and what must hold for any bank."""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stubs.routing_store import PRICES, Row, episode, fill, menu, new_store, outcome

from warehouse.sqlfiles import ROOT
from warehouse.store import open_store

D = Decimal
MODELS = tuple(PRICES)
BANK = [  # right ones of big, mid and tiny
    outcome(number, model, float(score))
    for number, scores in enumerate([(1, 1, 1), (1, 1, 0), (1, 0, 0), (0, 0, 0), (0, 0, 1)])
    for model, score in zip(MODELS, scores, strict=True)
]
COSTS = {"big": 0.04, "mid": 0.004, "tiny": 0.0004}
EPISODES = [
    episode(1, 0, "big", right=True, cost=0.04),
    episode(2, 1, "tiny", right=False, cost=0.0004),
    episode(3, 2, "big", right=True, cost=0.04),
    episode(4, 3, "mid", right=False, cost=0.004),
    episode(5, 4, "big", right=False, cost=0.04),
]


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(new_store(tmp_path_factory.mktemp("store"))) as con:
        yield con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def smooth(cost: float) -> float:
    return 1 - 0.8 * (1 - math.exp(-2 * cost / 0.8))


def test_regret_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, BANK, EPISODES)
    found = rows(
        con,
        "SELECT oracle_model, oracle_cost_usd, extra_usd, regret FROM decision_regret() ORDER BY "
        "episode_id",
    )
    # A unit of cost is what the premium model costs: 0.04.
    assert [row[:3] for row in found] == [
        ("tiny", Decimal("0.0004"), Decimal("0.0396")),
        ("mid", Decimal("0.004"), Decimal("-0.0036")),
        ("big", Decimal("0.04"), Decimal(0)),
        ("tiny", Decimal("0.0004"), Decimal("0.0036")),  # all wrong: the cheapest is the oracle
        ("tiny", Decimal("0.0004"), Decimal("0.0396")),
    ]
    wanted = [smooth(0.01) - smooth(1), smooth(0.1), 0, 0, smooth(0.01)]
    assert [row[3] for row in found] == pytest.approx(wanted, abs=1e-12)


def test_a_bank_may_have_ids_of_its_own(con: duckdb.DuckDBPyConnection) -> None:
    asked = (
        "SELECT * EXCLUDE (problem_id) FROM decision_regret() ORDER BY episode_id",
        "SELECT * EXCLUDE (problem_id) FROM routing_faults ORDER BY episode_id",
        "SELECT * EXCLUDE (low, high) FROM headroom(replicates := 0)",
        "SELECT ranker, problems, value FROM apgr('big', 'tiny', replicates := 0) ORDER BY ranker",
    )
    fill(con, BANK, EPISODES)
    wanted = [rows(con, sql) for sql in asked]
    assert all(wanted)
    theirs = [row | {"problem_id": f"bank-{row['problem_id']}"} for row in BANK]
    fill(con, theirs, EPISODES)
    assert not any(rows(con, sql) for sql in asked[:3])
    fill(con, theirs, [e | {"bank_problem_id": f"bank-{e['problem_id']}"} for e in EPISODES])
    found = [rows(con, sql) for sql in asked]
    chance = [row for row in wanted[3] if row[0] != "chance"]  # a hash of the id
    assert found[:3] == wanted[:3]
    assert [row for row in found[3] if row[0] != "chance"] == chance


def test_the_weight_unit_and_shape_are_stated(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, BANK, EPISODES)

    def regrets(arguments: str) -> list[float]:
        sql = f"SELECT regret FROM decision_regret({arguments}) ORDER BY episode_id"
        return [row[0] for row in rows(con, sql)]

    assert regrets("weight := 0") == [0, 1, 0, 0, 1]
    clipped = regrets("weight := 3, unit := 'usd', shape := 'clip'")
    assert clipped == pytest.approx([3 * 0.0396, 1 - 3 * 0.004, 0, 0, 1 - 3 * 0.0004])
    linear = regrets("weight := 3, unit := 'usd', shape := 'linear'")
    assert linear == pytest.approx([0.1188, 1 - 0.012 + 0.0012, 0, 0.0108, 1 + 3 * 0.0396])
    # Where a dollar weighs more than an answer, nothing is worth asking.
    assert rows(
        con, "SELECT DISTINCT oracle_model FROM decision_regret(1000, 'usd', 'linear')"
    ) == [("tiny",)]
    for arguments, message in (
        ("unit := 'euro'", "unit 'euro' is not known; use usd or reference"),
        ("shape := 'square'", "shape 'square' is not known; use smooth, clip or linear"),
    ):
        with pytest.raises(duckdb.Error, match=message):
            regrets(arguments)


def test_faults_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    tiers = dict(enumerate(("easy", "medium")))
    fill(con, BANK, [row | {"tier": tiers.get(n)} for n, row in enumerate(EPISODES)])
    sql = "SELECT fault, over_usd, under_usd, upgrade_usd FROM routing_faults ORDER BY episode_id"
    assert rows(con, sql) == [
        ("over", Decimal("0.0396"), 0, 0),
        ("under", 0, Decimal("0.0004"), Decimal("0.0036")),
        ("best", 0, 0, 0),
        ("hopeless", 0, 0, 0),
        ("crossed", 0, 0, 0),
    ]
    columns = "model_id, model_tier, tier, decisions, faults, lost_usd, paid_usd"
    assert rows(con, f"SELECT {columns} FROM over_routing WHERE faults > 0") == [
        ("big", "premium", "easy", 1, 1, Decimal("0.0396"), Decimal("0.04"))
    ]
    assert rows(con, f"SELECT {columns}, upgrade_usd FROM under_routing WHERE faults > 0") == [
        ("tiny", "budget", "medium", 1, 1, Decimal("0.0004"), Decimal("0.0004"), Decimal("0.0036"))
    ]


def test_prices_are_those_of_the_menu(con: duckdb.DuckDBPyConnection) -> None:
    upside_down = menu({"big": ("premium", 0.01, 0.01), "tiny": ("budget", 5.0, 5.0)}, "other")
    bank = [*BANK, outcome(9, "big", 1.0, input_tokens=None, output_tokens=None, cost_usd=0.7)]
    played = [
        episode(1, 0, "tiny", right=True, cost=0.01, catalog_id="other"),
        episode(2, 9, "big", right=True, cost=0.7),
    ]
    fill(con, bank, played, menu(PRICES) + upside_down)
    sql = (
        "SELECT oracle_model, cost_usd, oracle_cost_usd, offered FROM decision_regret() ORDER BY 2"
    )
    assert rows(con, sql) == [
        ("big", Decimal("0.01"), Decimal("0.00002"), 2),  # mid was not on that menu
        ("big", Decimal("0.7"), Decimal("0.7"), 1),  # a cost that is known as such
    ]


def test_what_the_bank_cannot_judge(con: duckdb.DuckDBPyConnection) -> None:
    other = {"mode": "synthesize", "models": ["big", "mid"], "selected_model": None}
    played = [
        episode(1, 2, None, right=True),  # its own answer beats every price
        episode(2, 2, "big", right=None, verdict="ungraded", cost=0.04),
        episode(3, 2, "big", right=True, cost=0.044, **other),
        episode(4, 2, None, verdict="ungraded"),
        episode(5, 2, None, mode="failed", cost=0.01),
        episode(6, 2, "big", right=True, cost=0.044, models=["mid", "big"]),
        episode(7, 77, "big", right=True, cost=0.04),  # not in the bank
        episode(8, None, "big", cost=0.04),
    ]
    fill(con, BANK, played)
    sql = (
        "SELECT right(episode_id, 1)::INT, judged_by, score, cost_usd::DOUBLE, regret "
        "FROM decision_regret() ORDER BY 1"
    )
    found = rows(con, sql)
    assert [row[:4] for row in found] == [
        (1, "episode", 1, 0),
        (2, "bank", 1, 0.04),
        (3, "episode", 1, 0.044),
        (5, "episode", 0, 0.01),
        (6, "bank", 1, 0.044),  # the other call was billed, too
    ]
    assert found[0][4] < 0 < found[2][4]
    assert found[1][4] == 0
    assert rows(con, "SELECT count(*) FROM routing_faults") == [(2,)]


def test_stand_ins_stay_apart(con: duckdb.DuckDBPyConnection) -> None:
    bank = [
        outcome(0, "big", 1.0),
        outcome(0, "tiny", 1.0, source="simulated"),
        outcome(0, "big", 0.0, source="simulated", sample=1),
    ]
    played = [
        episode(1, 0, "big", right=True, cost=0.04),
        episode(2, 0, "big", right=True, cost=0.04, simulated=True),
    ]
    fill(con, bank, played)
    assert rows(con, "SELECT model_id, score, is_simulated FROM outcome_cells ORDER BY 1") == [
        ("big", 1.0, False),
        ("tiny", 1.0, True),
    ]
    sql = "SELECT is_simulated, oracle_model FROM decision_regret() ORDER BY 1"
    assert rows(con, sql) == [(False, "big"), (True, "tiny")]
    sql = (
        "SELECT is_simulated, model_id FROM baselines WHERE baseline = 'best_single' "
        "AND data_source = 'all' AND tier = 'all' ORDER BY 1"
    )
    assert rows(con, sql) == [(False, "big"), (True, "tiny")]


def test_what_costs_nothing_known(con: duckdb.DuckDBPyConnection) -> None:
    unknown = {"input_tokens": None, "output_tokens": None}
    bank = [outcome(0, model, 1.0, **unknown) for model in MODELS]
    fill(con, bank, [episode(1, 0, "big", right=True, cost=0.04)])
    assert rows(con, "SELECT model_id, cost_usd FROM oracle()") == [("tiny", None)]
    assert rows(con, "SELECT regret FROM decision_regret()") == [(None,)]
    assert rows(con, "SELECT regret FROM decision_regret(weight := 0)") == [(0,)]
    assert rows(con, "SELECT fault, over_usd FROM routing_faults") == [("over", None)]


def test_free_models_and_free_menus(con: duckdb.DuckDBPyConnection) -> None:
    free = menu({name: (tier, 0.0, 0.0) for name, (tier, _, _) in PRICES.items()})
    fill(con, BANK, EPISODES, free)
    assert rows(con, "SELECT max(regret), sum(regret) FROM decision_regret()") == [(1, 2)]
    assert rows(con, "SELECT DISTINCT reference_usd FROM menu_cells") == [(0,)]


def test_the_cookbook_answers(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, BANK, [*EPISODES, episode(9, 0, "big", right=True, cost=0.04, kind="train")])

    def ask(name: str) -> list[tuple[Any, ...]]:
        return rows(con, (ROOT / "queries" / f"{name}.sql").read_text())

    over = ("evaluate", "p", "big", "premium", "unknown", False, 3, 1, 0.3333, D("0.0396"))
    assert [row[:10] for row in ask("over_routing")] == [over]
    under = ("evaluate", "p", "tiny", "budget", "unknown", False, 1, 1, 1, D("0.0004"), D("0.0036"))
    assert ask("under_routing") == [under]
    by_policy = ask("regret_by_policy")[0]
    assert by_policy[:6] == ("evaluate", "p", None, False, 5, 0)
    assert by_policy[7:] == (0.4, 0.4, 0.8, D("0.1244"), D("0.0452"))
    by_weight = ask("regret_by_weight")[0]
    assert by_weight[3:5] == (5, 0.4)
    assert by_weight[6] == by_policy[6]
    assert [row[4] for row in ask("worst_decisions")] == ["big", "big"]
    assert ask("faults_by_day")[0][4:8] == (5, 0.2, 0.2, 0.2)


CELL = st.tuples(
    st.sampled_from([0.0, 1.0]),
    st.integers(0, 3000),
    st.integers(0, 3000),
    st.sampled_from([0.01, 0.5, 2.0, 75.0]),
)
Cells = list[list[tuple[float, int, int, float]]]


# Many problems in few examples: a query costs more than its rows.
@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(
    cells=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=8, max_size=30),
    weight=st.sampled_from([0.0, 0.5, 2.0, 50.0]),
    unit=st.sampled_from(["usd", "reference"]),
    shape=st.sampled_from(["smooth", "clip", "linear"]),
)
def test_regret_is_never_negative_and_no_single_model_beats_the_oracle(
    con: duckdb.DuckDBPyConnection, cells: Cells, weight: float, unit: str, shape: str
) -> None:
    _play(con, cells)
    sql = f"SELECT min(regret), count(*) FROM decision_regret({weight}, '{unit}', '{shape}')"
    least, decisions = rows(con, sql)[0]
    assert decisions == len(cells)
    assert least >= 0
    sql = f"SELECT regret FROM decision_regret({weight}, 'usd', 'clip') ORDER BY problem_id"
    wanted = [_regret(models, n % 3, weight) for n, models in enumerate(cells)]
    assert [row[0] for row in rows(con, sql)] == pytest.approx(wanted, abs=1e-6)
    sql = """
        SELECT
            count(*) FILTER (WHERE accuracy > oracle_accuracy + 1e-12),
            max(accuracy) FILTER (WHERE baseline = 'oracle')
            - max(accuracy) FILTER (WHERE baseline <> 'oracle')
        FROM baselines WHERE data_source = 'all' AND tier = 'all'"""
    above, gap = rows(con, sql)[0]
    assert above == 0
    assert gap >= 0


def _play(con: duckdb.DuckDBPyConnection, cells: Cells) -> None:
    """A bank of these cells, each problem on a menu of its own, and one decision on each."""
    bank: list[Row] = []
    entries: list[Row] = []
    for number, models in enumerate(cells):
        prices = {}
        for name, (score, read, written, price) in zip(MODELS, models, strict=True):
            bank.append(outcome(number, name, score, input_tokens=read, output_tokens=written))
            prices[name] = (PRICES[name][0], price, 2 * price)
        entries += menu(prices, f"menu{number}")
    played = [
        episode(n, n, MODELS[n % 3], right=bool(n % 2), catalog_id=f"menu{n}")
        for n in range(len(cells))
    ]
    fill(con, bank, played, entries)


def _regret(models: list[tuple[float, int, int, float]], chosen: int, weight: float) -> float:
    costs = [(read + 2 * written) * price / 1e6 for _, read, written, price in models]
    worth = [s * (1 - min(weight * c, 0.8)) for (s, *_), c in zip(models, costs, strict=True)]
    return max(worth) - worth[chosen]
