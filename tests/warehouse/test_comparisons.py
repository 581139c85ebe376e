"""Deferral curves, paired comparison and off-policy estimates: by hand, by numpy, and refusals."""

import itertools
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest
from stubs import by_numpy
from stubs.by_numpy import Array
from stubs.routing_store import PRICES, Row, episode, fill, menu, new_store, outcome, pid

from warehouse.store import open_store

COUNT = 60
PROBLEMS = [pid(number) for number in range(COUNT)]
REPLICATES = 40
SEED = 2
DRAWS = np.random.default_rng(11)
STRONG = (DRAWS.random(COUNT) < 0.8).astype(float)
WEAK = (DRAWS.random(COUNT) < 0.4).astype(float)
TOOK_BIG = (DRAWS.random((COUNT, 2)) < 0.5).astype(float)  # twice on each problem
RATES = DRAWS.integers(0, 9, COUNT) / 8


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(new_store(tmp_path_factory.mktemp("store"))) as con:
        yield con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def bank() -> list[Row]:
    scores = {"big": STRONG, "tiny": WEAK}
    return [outcome(n, model, scores[model][n]) for n in range(COUNT) for model in scores]


def played() -> list[Row]:
    return [
        episode(
            2 * n + i, n, "big" if big else "tiny", right=bool((STRONG if big else WEAK)[n]),
            cost=0.04 if big else 0.0004,
        )
        for n in range(COUNT)
        for i, big in enumerate(TOOK_BIG[n])
    ]  # fmt: skip


def wanted(figure: Any) -> Any:
    return pytest.approx(
        by_numpy.with_interval(PROBLEMS, figure, REPLICATES, SEED), abs=1e-9, nan_ok=True
    )


WISHES: dict[str, Array] = {
    "chance": np.array([by_numpy.uniform(f"chance/{problem}") for problem in PROBLEMS]),
    "oracle": STRONG - WEAK,
    "difficulty": 1 - RATES,
    "policy p": TOOK_BIG.mean(axis=1),
}


def test_deferral_agrees_with_numpy(con: duckdb.DuckDBPyConnection) -> None:
    rates = {n: ("easy", float(rate)) for n, rate in enumerate(RATES)}
    fill(con, bank(), played(), rates=rates)
    found = {
        row[0]: row[1:]
        for row in rows(
            con,
            "SELECT ranker, value, low, high FROM "
            f"apgr('big', 'tiny', 'evaluate', {REPLICATES}, {SEED})",
        )
    }
    assert set(found) == set(WISHES)
    for ranker, wish in WISHES.items():
        assert found[ranker] == wanted(lambda w, wish=wish: by_numpy.apgr(wish, STRONG, WEAK, w)), (
            ranker
        )
    sql = (
        "SELECT ranker, recovered, value, low, high FROM "
        f"cpt('big', 'tiny', replicates := {REPLICATES}, seed := {SEED})"
    )
    for ranker, recovered, *figures in rows(con, sql):
        assert tuple(figures) == wanted(
            lambda w, wish=WISHES[ranker], x=recovered: by_numpy.cpt(wish, STRONG, WEAK, w, x)
        ), (ranker, recovered)
    sql = "SELECT ranker, strong_share, pgr FROM deferral_curve('big', 'tiny', replicates := 0)"
    curve = rows(con, sql)
    assert len(curve) == 4 * 101
    for ranker, share, pgr in curve:
        shares, gaps = by_numpy.deferral(WISHES[ranker], STRONG, WEAK, np.ones(COUNT))
        assert pgr == pytest.approx(np.interp(share, shares, gaps), abs=1e-9)


def test_apgr_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    # The strong model gains two, the weak one is right alone once: the gap is one of four.
    scores = {"big": (1, 1, 0, 0), "tiny": (0, 0, 1, 0)}
    rows_ = [outcome(n, m, float(s)) for m, given in scores.items() for n, s in enumerate(given)]
    fill(con, rows_)
    sql = "SELECT value FROM apgr('big', 'tiny', replicates := 0) WHERE ranker = 'oracle'"
    # Up to 2 at half of the problems, level to three quarters, down to 1.
    assert rows(con, sql) == [(0.5 + 0.5 + 0.375,)]
    sql = "SELECT value FROM cpt('big', 'tiny', replicates := 0) WHERE ranker = 'oracle' ORDER BY 1"
    assert [row[0] for row in rows(con, sql)] == pytest.approx([0.05, 0.125, 0.2])
    fill(con, [outcome(0, "big", 0.0), outcome(0, "tiny", 1.0)])
    sql = "SELECT DISTINCT value FROM apgr('big', 'tiny', replicates := 9)"
    assert rows(con, sql) == [(None,)]  # no gap to recover
    assert rows(con, "FROM cpt('big', 'tiny')") == []


def test_chance_is_worth_one_half_in_expectation(con: duckdb.DuckDBPyConnection) -> None:
    """Over all orders of four problems; the SQL's curve is numpy's, see above."""
    strong, weak = np.array([1.0, 1, 0, 1]), np.array([0.0, 1, 1, 0])
    values = [
        by_numpy.apgr(np.array(order, float), strong, weak, np.ones(4))
        for order in itertools.permutations(range(4))
    ]
    assert np.mean(values) == pytest.approx(0.5, abs=1e-12)
    # Of many hashes, too: every data source is another order of equal problems.
    many = [outcome(n, m, float(m == "big" and n % 2)) for n in range(600) for m in ("big", "tiny")]
    fill(con, many)
    sql = "SELECT value, low, high FROM apgr('big', 'tiny') WHERE ranker = 'chance'"
    value, low, high = rows(con, sql)[0]
    assert value == pytest.approx(0.5, abs=0.05)
    assert low < value < high


def test_steps_of_more_than_a_thousand_problems(con: duckdb.DuckDBPyConnection) -> None:
    many = [outcome(n, m, float(m == "big" or not n % 3)) for n in range(2500) for m in PRICES]
    fill(con, many)
    sql = """
        SELECT replicate, count(*), max(strong_share), max(pgr)
        FROM deferral_steps('big', 'tiny', 'evaluate', 2, 0) WHERE ranker = 'chance'
        GROUP BY replicate ORDER BY replicate"""
    exact, *others = rows(con, sql)
    assert exact == (0, 2500, 1, 1)
    assert len(others) == 2
    for _, steps, *ends in others:
        assert 500 < steps <= 1000
        assert ends == [1, 1]


def test_two_policies_are_compared_by_problem(con: duckdb.DuckDBPyConnection) -> None:
    ones = [
        episode(n, n, "big", right=bool(STRONG[n]), cost=0.04, policy="a", reward=float(STRONG[n]))
        for n in range(COUNT)
    ]
    others = [
        episode(100 + n, n, "tiny", right=bool(WEAK[n]), cost=0.0004, policy="b")
        for n in range(COUNT - 5)
    ]
    fill(con, bank(), ones + others)
    both = slice(0, COUNT - 5)
    sql = f"FROM compare_policies('a', 'b', replicates := {REPLICATES}, seed := {SEED})"
    found = {row[0]: row[2:] for row in rows(con, sql)}
    assert set(found) == {"accuracy", "solved", "cost_usd"}  # b has no rewards
    gain = (STRONG - WEAK)[both]
    problems, mean_a, mean_b, *difference, wins, losses, p_value = found["solved"]
    assert (problems, mean_a, mean_b) == (55, STRONG[both].mean(), WEAK[both].mean())
    assert tuple(difference) == pytest.approx(
        by_numpy.with_interval(
            PROBLEMS[both], lambda w: float((w * gain).sum() / w.sum()), REPLICATES, SEED
        ),
        abs=1e-9,
    )
    assert (wins, losses) == ((gain > 0).sum(), (gain < 0).sum())
    assert p_value == pytest.approx(by_numpy.sign_test(wins, losses), abs=1e-9)
    assert found["cost_usd"][3:6] == pytest.approx((0.0396,) * 3)
    assert found["cost_usd"][6:8] == (0, 55)  # dearer is a loss
    # Choices of the bank have names, too.
    sql = "SELECT metric, difference FROM compare_policies('a', 'single', revision_b := 'big')"
    assert dict(rows(con, sql)) == pytest.approx(
        dict.fromkeys(("accuracy", "solved", "cost_usd"), 0)
    )
    assert rows(con, "FROM compare_policies('a', 'nobody')") == []


def test_the_sign_test_is_scipys(con: duckdb.DuckDBPyConnection) -> None:
    for wins, losses in ((0, 1), (5, 5), (7, 2), (40, 61), (0, 30), (3000, 3100)):
        (p_value,) = rows(con, f"SELECT sign_test({wins}, {losses})")[0]
        assert p_value == pytest.approx(by_numpy.sign_test(wins, losses), abs=1e-9)


def logged(chance: Array, seed: int = 0) -> tuple[list[Row], Array, Array]:
    """Episodes that took big with a chance of their own, which big was and what came of it."""
    took = np.random.default_rng(seed).random(COUNT) < chance
    value = np.where(took, STRONG, WEAK)
    made = [
        episode(
            n, n, "big" if took[n] else "tiny", right=bool(value[n]), policy="logger",
            propensity=float(chance[n] if took[n] else 1 - chance[n]), tier="easy",
        )
        for n in range(COUNT)
    ]  # fmt: skip
    return made, took.astype(float), value


TWO = menu({name: PRICES[name] for name in ("big", "tiny")})


def test_off_policy_estimates_agree_with_numpy(con: duckdb.DuckDBPyConnection) -> None:
    chance = 0.2 + 0.6 * DRAWS.random(COUNT)
    made, took, value = logged(chance)
    fill(con, [], made, TWO)
    fold = np.array([by_numpy.unit(problem) % 2 for problem in PROBLEMS])
    guess = np.array([value[(took == 1) & (fold != f)].mean() for f in fold])
    weight = took / chance
    doubly = guess + weight * (value - guess)

    def mean(terms: Array) -> Any:
        return wanted(lambda w: float((w * terms).sum() / w.sum()))

    call = "off_policy('logger', 'always:big', replicates := {}, seed := {})"
    sql = f"SELECT estimator, value, low, high, reason FROM {call.format(REPLICATES, SEED)}"
    found = {row[0]: row[1:] for row in rows(con, sql)}
    assert {row[3] for row in found.values()} == {None}
    assert found["logged"][:3] == mean(value)
    assert found["ips"][:3] == mean(weight * value)
    assert found["direct"][:3] == mean(guess)
    assert found["dr"][:3] == mean(doubly)
    assert found["snips"][:3] == wanted(
        lambda w: float((w * weight * value).sum() / (w * weight).sum())
    )
    sql = f"SELECT DISTINCT effective_n, heaviest_weight, episodes FROM {call.format(0, 0)}"
    effective, heaviest, episodes = rows(con, sql)[0]
    assert effective == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert (heaviest, episodes) == (pytest.approx(weight.max()), COUNT)


def test_estimates_of_other_targets_and_measures(con: duckdb.DuckDBPyConnection) -> None:
    made, took, value = logged(np.full(COUNT, 0.5))
    target = [episode(500 + n, n, "tiny", policy="target") for n in range(COUNT)]
    fill(con, [], made + target, TWO)

    def values(target: str, measure: str = "score") -> dict[str, float]:
        sql = (
            f"SELECT estimator, value FROM off_policy('logger', '{target}', measure := '{measure}')"
        )
        return dict(rows(con, sql))

    # Of the policy's own chances every weight is 1.
    uniform = values("uniform")
    assert uniform["ips"] == uniform["snips"] == pytest.approx(value.mean())
    assert values("target") == pytest.approx(values("always:tiny"))
    assert values("target")["ips"] == pytest.approx(((1 - took) / 0.5 * value).mean())
    assert values("always:big", "cost_usd")["ips"] == 0
    with pytest.raises(duckdb.Error, match="measure 'mood' is not known; use score, solved"):
        values("uniform", "mood")


def test_estimates_are_refused_with_a_reason(con: duckdb.DuckDBPyConnection) -> None:
    made, _, _ = logged(np.full(COUNT, 0.5))

    def reason(target: str = "always:big", **changes: Any) -> str:
        fill(con, [], [row | changes if n < 3 else row for n, row in enumerate(made)], menu(PRICES))
        sql = f"SELECT DISTINCT value, low, high, reason FROM off_policy('logger', '{target}')"
        ((value, low, high, why),) = rows(con, sql)
        assert (value, low, high) == (None, None, None)
        return str(why)

    assert reason(propensity=None) == "3 of 60 episodes have no propensity: log it when deciding"
    assert reason(propensity=0.0) == "3 of 60 propensities are not above 0 and up to 1"
    assert reason(propensity=1.5) == "3 of 60 propensities are not above 0 and up to 1"
    assert reason(propensity=float("nan")).startswith("3 of 60 propensities")
    assert reason("always:mid") == "no support: always:mid takes mid, which logger never called"
    assert reason("uniform") == "no support: uniform takes mid, which logger never called"
    nobody = "policy logger has no episodes of kind evaluate with a score for which {} decides"
    assert reason("nobody") == nobody.format("nobody")
    assert reason("always:gone") == nobody.format("always:gone")
