"""Evaluation marts: by hand on four items, by numpy on sixty, and where nothing is known."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from stubs import by_numpy
from stubs.by_numpy import Array
from stubs.evaluation_runs import fill_runs, run
from stubs.routing_store import Row, new_store, outcome, pid

from warehouse.store import open_store

COUNT, REPLICATES, SEED = 60, 40, 2
PROBLEMS = [pid(number) for number in range(COUNT)]
DRAWS = np.random.default_rng(5)
STRONG = (DRAWS.random(COUNT) < 0.8).astype(float)
WEAK = DRAWS.integers(0, 5, COUNT) / 4  # scores in part
COSTS = {"big": 0.04, "tiny": 0.0004}
SHARED = Path(
    os.environ.get("XROUTER_SHARED", Path(__file__).resolve().parents[2] / ".." / "shared")
)
GSM8K = SHARED / "data" / "outcomes" / "routellm_gsm8k_responses.csv"
NO_TOKENS = {"input_tokens": None, "output_tokens": None}


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(new_store(tmp_path_factory.mktemp("store"))) as con:
        yield con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def row(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    found = con.sql(sql).pl().to_dicts()
    assert len(found) == 1, sql
    return found[0]


def bank(strong: Array = STRONG, weak: Array = WEAK) -> list[Row]:
    scores = {"big": strong, "tiny": weak}
    return [
        outcome(n, model, float(score), cost_usd=COSTS[model], **NO_TOKENS)
        for model, given in scores.items()
        for n, score in enumerate(given)
    ]


def always(model: str, scores: Array, **more: Any) -> tuple[Row, list[Row]]:
    attempts = [(n, float(score), COSTS[model]) for n, score in enumerate(scores)]
    return run(f"always:{model}", attempts, policy_model=model, **more)


BY_HAND = [
    run("router", [(0, 1, 0.01), (1, 0.5, 0.02), (2, -1, 0.03), (3, None, 0.04)], metric_scale=100),
    run("always:big", [(0, 1, 0.04), (1, 1, 0.04), (2, 1, 0.04), (3, 0, 0.04)], metric_scale=100),
]


def test_results_by_hand(con: duckdb.DuckDBPyConnection) -> None:
    fill_runs(con, BY_HAND)
    found = row(con, "FROM evaluation_metrics(0) WHERE policy = 'router'")
    counts = ("problems", "episodes", "graded", "ungraded", "failed")
    assert [found[name] for name in counts] == [4, 4, 3, 1, 1]
    # One of three is right; half an answer is none by accuracy, and a failure is a wrong one.
    assert found["value"] == pytest.approx(100 / 3)
    assert (found["score"], found["solved"]) == pytest.approx((0.5, 1 / 3))
    assert found["cost_usd"] == pytest.approx(0.025)  # ungraded and failed queries cost money
    assert float(found["total_cost_usd"]) == 0.1
    assert found["cost_utility"] == pytest.approx(1 / 3 / 0.025)
    assert (found["direct"], found["selected"], found["synthesize"]) == (0, 0.75, 0)
    pair = row(con, "FROM compare_runs(0)")
    assert (pair["policy_a"], pair["policy_b"], pair["problems"]) == ("router", "always:big", 3)
    assert (pair["value_a"], pair["value_b"]) == pytest.approx((100 / 3, 100))
    assert pair["difference"] == pytest.approx(-200 / 3)
    assert (pair["wins"], pair["losses"], pair["ties"], pair["p_value"]) == (0, 2, 1, 0.5)
    assert pair["cost_difference"] == pytest.approx(0.02 - 0.04)


@pytest.mark.parametrize("metric", ["accuracy", "score", "rating"])
def test_a_rating_counts_answers_in_part(con: duckdb.DuckDBPyConnection, metric: str) -> None:
    fill_runs(con, [run("router", [(0, 1, 0.0), (1, 0.5, 0.0)], metric=metric, metric_scale=10)])
    found = row(con, "FROM evaluation_metrics(0)")
    assert found["value"] == (5.0 if metric == "accuracy" else 7.5)
    assert found["cost_utility"] == np.inf  # free, and right


def routed() -> tuple[tuple[Row, list[Row]], dict[str, Array]]:
    """A router asked every item two to four times, some of them without success, and its sums."""
    draws = np.random.default_rng(3)
    attempts, sums = [], np.zeros((5, COUNT))
    for n in range(COUNT):
        for _ in range(int(draws.integers(2, 5))):
            score = draws.choice([0.0, 0.5, 1.0, -1.0, np.nan], p=[0.2, 0.1, 0.5, 0.1, 0.1])
            cost = round(float(draws.random()) / 100, 9)
            attempts.append((n, None if np.isnan(score) else float(score), cost))
            graded = not np.isnan(score)
            sums[:, n] += (1, graded, graded and score == 1, graded and max(score, 0), cost)
    names = ("episodes", "graded", "solved", "score", "cost")
    return run("router", attempts, metric_scale=10), dict(zip(names, sums, strict=True))


def wanted(figure: Any, problems: list[str] | None = None) -> Any:
    return pytest.approx(
        by_numpy.with_interval(problems or PROBLEMS, figure, REPLICATES, SEED), abs=1e-9
    )


def test_results_agree_with_numpy(con: duckdb.DuckDBPyConnection) -> None:
    router, sums = routed()
    fill_runs(con, [router, always("big", STRONG)])
    found = row(con, f"FROM evaluation_metrics({REPLICATES}, {SEED}) WHERE policy = 'router'")

    def accuracy(w: Array) -> float:
        return float((w * sums["solved"]).sum() / (w * sums["graded"]).sum())

    def cost(w: Array) -> float:
        return float((w * sums["cost"]).sum() / (w * sums["episodes"]).sum())

    assert tuple(found[name] for name in ("value", "value_low", "value_high")) == wanted(
        lambda w: 10 * accuracy(w)
    )
    assert tuple(found[name] for name in ("cost_usd", "cost_low", "cost_high")) == wanted(cost)
    assert tuple(found[n] for n in ("cost_utility", "utility_low", "utility_high")) == wanted(
        lambda w: accuracy(w) / cost(w)
    )
    assert found["score"] == pytest.approx(sums["score"].sum() / sums["graded"].sum(), abs=1e-9)
    assert [found["episodes"], found["graded"]] == [sums["episodes"].sum(), sums["graded"].sum()]
    sql = "SELECT value_low, utility_high FROM {} WHERE policy = 'router'"
    view = row(con, sql.format("evaluation_results"))
    assert view == pytest.approx(row(con, sql.format("evaluation_metrics(1000, 0)")))


def test_pairs_agree_with_numpy(con: duckdb.DuckDBPyConnection) -> None:
    router, sums = routed()
    fill_runs(con, [always("big", STRONG, metric_scale=10), router])
    found = row(con, f"FROM compare_runs({REPLICATES}, {SEED})")
    both = sums["graded"] > 0
    problems = [problem for problem, here in zip(PROBLEMS, both, strict=True) if here]
    gain = (sums["solved"] / np.maximum(sums["graded"], 1) - STRONG)[both]
    dearer = (sums["cost"] / sums["episodes"] - COSTS["big"])[both]

    def mean(terms: Array) -> Any:
        return wanted(lambda w: float((w * terms).sum() / w.sum()), problems)

    assert found["problems"] == both.sum()
    assert tuple(found[name] for name in ("difference", "low", "high")) == mean(10 * gain)
    costs = ("cost_difference", "cost_low", "cost_high")
    assert tuple(found[name] for name in costs) == mean(dearer)
    wins, losses = int((gain > 0).sum()), int((gain < 0).sum())
    assert (found["wins"], found["losses"]) == (wins, losses)
    assert found["p_value"] == pytest.approx(by_numpy.sign_test(wins, losses), abs=1e-9)
    sql = "SELECT low, high, cost_low, p_value FROM {}"
    view = row(con, sql.format("evaluation_pairs"))
    assert view == pytest.approx(row(con, sql.format("compare_runs(200, 0)")))


def test_baselines_agree_with_numpy(con: duckdb.DuckDBPyConnection) -> None:
    router, _ = routed()
    router[0]["metric"] = "score"
    fill_runs(con, [router], bank())
    scores = np.vstack([STRONG, WEAK])
    costs = np.array([COSTS["big"], COSTS["tiny"]])
    # The best answer, of equal ones the cheaper.
    pick = np.where(WEAK >= STRONG, 1, 0)
    best = int(np.argmax(scores.mean(axis=1)))
    expected = {
        ("oracle", None): (scores.max(axis=0).mean(), costs[pick].mean()),
        ("random", None): (scores.mean(), costs.mean()),
        ("single", "big"): (STRONG.mean(), costs[0]),
        ("single", "tiny"): (WEAK.mean(), costs[1]),
        ("best_single", ("big", "tiny")[best]): (scores[best].mean(), costs[best]),
        ("cheapest", "tiny"): (WEAK.mean(), costs[1]),
    }
    columns = "baseline, model_id, value, mean_cost_usd, cost_utility, source, problems, items"
    found = {(r[0], r[1]): r[2:] for r in rows(con, f"SELECT {columns} FROM evaluation_baselines")}
    assert set(found) == set(expected)
    for key, (accuracy, cost) in expected.items():
        figures = (10 * accuracy, cost, accuracy / cost)
        assert found[key][:3] == pytest.approx(figures, abs=1e-9), key
        assert found[key][3:] == ("bank", COUNT, COUNT)


def test_headroom_agrees_with_numpy(con: duckdb.DuckDBPyConnection) -> None:
    router, sums = routed()
    # The bank lacks some items; of accuracy, answers in part are none.
    outcomes = [o for o in bank() if o["problem_id"] not in PROBLEMS[:7]]
    fill_runs(con, [router], outcomes)
    use = (np.arange(COUNT) >= 7) & (sums["graded"] > 0)
    weak, graded = (WEAK == 1).astype(float), sums["graded"]

    def mean(points: Array) -> float:
        return float((points * graded)[use].sum() / graded[use].sum())

    value = sums["solved"][use].sum() / graded[use].sum()
    single, oracle = max(mean(STRONG), mean(weak)), mean(np.maximum(STRONG, weak))
    found = row(con, "FROM evaluation_headroom")
    assert found["problems"] == use.sum()
    figures = [found[name] for name in ("value", "best_single", "oracle", "captured")]
    captured = (value - single) / (oracle - single)
    wished = [10 * value, 10 * single, 10 * oracle, captured]
    assert figures == pytest.approx(wished, abs=1e-9)
    gap = (sums["solved"] / np.maximum(graded, 1) - np.maximum(STRONG, weak))[use]
    assert (found["items_above"], found["items_below"]) == ((gap > 0).sum(), (gap < 0).sum())
    wins, losses = int((gap > 0).sum()), int((gap < 0).sum())
    assert found["p_value"] == pytest.approx(by_numpy.sign_test(wins, losses), abs=1e-9)
    assert found["above_oracle"] is False


def test_runs_stand_in_for_a_bank_that_knows_nothing(con: duckdb.DuckDBPyConnection) -> None:
    weak = (WEAK == 1).astype(float)
    best = [(n, float(max(s, w)), 0.01) for n, (s, w) in enumerate(zip(STRONG, weak, strict=True))]
    runs = [always("big", STRONG), always("tiny", weak), run("oracle", best, pool="simulated")]
    fill_runs(con, [*runs, run("router", best[:20])])
    columns = "baseline, model_id, source, run_id, problems, items, value, note"
    sql = f"SELECT {columns} FROM evaluation_baselines ORDER BY ALL"
    found = {(r[0], r[1]): r[2:] for r in rows(con, sql)}
    assert found["oracle", None][:4] == ("run", "run-oracle", COUNT, COUNT)
    assert found["best_single", "big"][:2] == ("run", "run-always:big")
    assert found["best_single", "big"][4] == pytest.approx(STRONG.mean())
    for name in ("random", "cheapest"):
        source, _, problems, items, value, note = found[name, None]
        assert (source, problems, items, value) == ("unknown", 0, COUNT, None)
        assert note.endswith(f"no evaluated run of {name}")
    captured = dict(rows(con, "SELECT policy, captured FROM evaluation_headroom"))
    assert captured["oracle"] == 1
    assert captured["always:big"] == 0


@pytest.mark.skipif(not GSM8K.exists(), reason=f"no {GSM8K.name} in the shared data")
def test_real_outcomes_give_the_known_figures(con: duckdb.DuckDBPyConnection) -> None:
    names = {"mistralai/Mixtral-8x7B-Instruct-v0.1": "tiny", "gpt-4-1106-preview": "big"}
    known = pl.read_csv(GSM8K, columns=list(names)).rename(names).cast(pl.Float64)
    strong, weak = (known[name].to_numpy() for name in ("big", "tiny"))
    # A router that asks the strong model every second time.
    mixed = [
        (n, float(strong[n] if n % 2 else weak[n]), COSTS["big" if n % 2 else "tiny"])
        for n in range(known.height)
    ]
    fill_runs(con, [run("router", mixed)], bank(strong, weak))
    sql = "SELECT baseline, round(value, 4), items FROM evaluation_baselines"
    found = {row[0]: row[1:] for row in rows(con, sql) if row[0] != "single"}
    assert found == {
        "best_single": (0.8567, 1319),
        "cheapest": (0.6384, 1319),
        "oracle": (0.9287, 1319),
        "random": (0.7475, 1319),
    }
    headroom = row(con, "FROM evaluation_headroom")
    assert headroom["problems"] == 1319
    value, single = np.mean([score for _, score, _ in mixed]), strong.mean()
    wished = (value - single) / (np.maximum(strong, weak).mean() - single)
    assert headroom["captured"] == pytest.approx(wished, abs=1e-9)


RIGHT, WRONG = np.ones(COUNT), np.zeros(COUNT)
ABOVE = [(n, 1.0, 0.01) for n in range(COUNT)]


@pytest.mark.parametrize(
    ("attempts", "more", "samples", "alarm"),
    [
        (ABOVE[:1], {}, 1, True),  # a replay cannot be above, not on a single item
        (ABOVE[:4], {"pool": "live"}, 1, False),  # four of four are chance
        (ABOVE[:9], {"pool": "live"}, 1, True),
        (ABOVE[:4], {}, 2, False),
        (ABOVE[:4], {"mode": "direct"}, 1, True),  # an alarm, with who answered
    ],
)
def test_the_alarm_goes_off_above_the_oracle(
    con: duckdb.DuckDBPyConnection, attempts: list[Any], more: Row, samples: int, alarm: bool
) -> None:
    wrong = bank(WRONG, WRONG)
    outcomes = [o | {"sample": s} for o in wrong for s in range(samples)]
    rest = [(n, 0.0, 0.01) for n in range(len(attempts), COUNT)]
    fill_runs(con, [run("router", attempts + rest, **more)], outcomes)
    found = row(con, "FROM evaluation_headroom")
    assert (found["items_above"], found["above_oracle"]) == (len(attempts), alarm)
    assert found["own_above"] == (len(attempts) if more.get("mode") == "direct" else 0)
    assert found["captured"] is None
