"""Metrics of policies: cases by hand, and the same figures and intervals out of numpy."""

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest
from stubs import by_numpy
from stubs.by_numpy import Array
from stubs.routing_store import PRICES, Row, episode, fill, new_store, outcome, pid

from warehouse.store import open_store

MODELS = tuple(PRICES)
PROBLEMS = [pid(number) for number in range(40)]
REPLICATES = 60
SEED = 5
COSTS = {"big": 0.04, "mid": 0.004, "tiny": 0.0004}
DRAWS = np.random.default_rng(3)
SCORES: dict[str, Array] = {
    model: (DRAWS.random(40) < share).astype(float)
    for model, share in (("big", 0.8), ("mid", 0.55), ("tiny", 0.3))
}
TAKEN = {"p": DRAWS.integers(0, 3, 40), "q": DRAWS.integers(0, 3, 40)}


def _episodes() -> list[Row]:
    """Each policy once on each problem, q a second time on the first ten, where it fails."""
    rows = []
    for name, taken in TAKEN.items():
        for number, choice in enumerate(taken):
            model = MODELS[choice]
            right = bool(SCORES[model][number])
            row = episode(
                len(rows), number, model, right=right, cost=COSTS[model], policy=name,
                reward=float(right) * 0.5,
            )  # fmt: skip
            rows.append(row)
    for number in range(10):
        extra: Row = {"policy": "q", "mode": "failed", "cost": 0.001, "reward": 0.0}
        rows.append(episode(len(rows), number, None, **extra))
    return rows


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(new_store(tmp_path_factory.mktemp("store"))) as con:
        bank = [
            outcome(number, model, SCORES[model][number])
            for number in range(40)
            for model in MODELS
        ]
        rates = {n: (("easy", 0.8), ("medium", 0.4), ("hard", 0.1))[n % 3] for n in range(40)}
        fill(con, bank, _episodes(), rates=rates)
        yield con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def sums(policy: str) -> dict[str, Array]:
    """What a policy's episodes come to, by problem."""
    found = {name: np.zeros(40) for name in ("n", "score", "cost", "reward", "failed")}
    for row in _episodes():
        if row["policy"] == policy:
            number = int(row["problem_id"], 16)
            found["n"][number] += 1
            found["score"][number] += row["verdict"] == "correct"
            found["cost"][number] += row["total_cost_usd"]
            found["reward"][number] += row["reward"]
            found["failed"][number] += row["mode"] == "failed"
    return found


def wanted(figure: Any) -> Any:
    return pytest.approx(
        by_numpy.with_interval(PROBLEMS, figure, REPLICATES, SEED), abs=1e-9, nan_ok=True
    )


@pytest.mark.parametrize("policy", ["p", "q"])
def test_metrics_of_policies(con: duckdb.DuckDBPyConnection, policy: str) -> None:
    sql = (
        f"SELECT metric, value, low, high, problems FROM routing_metrics('evaluate', {REPLICATES}, "
        f"{SEED}) WHERE contender = '{policy}'"
    )
    found = {row[0]: row[1:4] for row in rows(con, sql)}
    s = sums(policy)

    def mean(name: str) -> Any:
        return lambda w: (w * s[name]).sum() / (w * s["n"]).sum()

    accuracy, cost = mean("score"), mean("cost")
    assert found["accuracy"] == wanted(accuracy)
    assert found["solved"] == wanted(accuracy)
    assert found["cost_usd"] == wanted(cost)
    assert found["reward"] == wanted(mean("reward"))
    assert found["failed"] == wanted(mean("failed"))
    assert found["cost_utility"] == wanted(lambda w: accuracy(w) / cost(w))
    assert found["usd_per_solved"] == wanted(lambda w: cost(w) / accuracy(w))
    assert found["router_arena_score"] == wanted(lambda w: by_numpy.arena(accuracy(w), cost(w)))
    assert len(found) == 8


def test_headroom(con: duckdb.DuckDBPyConnection) -> None:
    means = {model: SCORES[model].mean() for model in MODELS}
    best = max(means, key=lambda model: means[model])
    oracle = np.max([SCORES[model] for model in MODELS], axis=0)
    s = sums("p")

    def captured(w: Array) -> float:
        single = (w * SCORES[best]).sum()
        gap = (w * oracle).sum() - single
        return ((w * s["score"]).sum() - single) / gap if gap else np.nan

    sql = (
        "SELECT best_single_model, captured, low, high FROM "
        f"headroom('evaluate', {REPLICATES}, {SEED}) WHERE contender = 'p'"
    )
    assert rows(con, sql)[0][0] == best
    assert rows(con, sql)[0][1:] == wanted(captured)


def points(w: Array, names: tuple[str, ...] = ("big", "mid", "tiny", "p", "q")) -> Array:
    """Cost and accuracy of models and policies."""
    found = []
    for name in names:
        if name in MODELS:
            found.append((COSTS[name], (w * SCORES[name]).sum() / w.sum()))
        else:
            s = sums(name)
            n = (w * s["n"]).sum()
            found.append(((w * s["cost"]).sum() / n, (w * s["score"]).sum() / n))
    return np.array(found)


def test_frontier_and_distance_to_it(con: duckdb.DuckDBPyConnection) -> None:
    sql = (
        "SELECT coalesce(revision, contender), pareto_distance, low, high, on_frontier FROM "
        f"frontier('evaluate', {REPLICATES}, {SEED}) WHERE contender IN ('single', 'p', 'q')"
    )
    found = {row[0]: row[1:] for row in rows(con, sql)}
    for place, name in enumerate(("big", "mid", "tiny", "p", "q")):
        distance = wanted(lambda w, i=place: by_numpy.pareto_distances(points(w))[i])
        assert found[name][:3] == distance
        assert found[name][3] == (found[name][0] == 0)
    sql = "SELECT contender FROM frontier() WHERE on_frontier IS NULL ORDER BY 1"
    assert rows(con, sql) == [("oracle",), ("random",)]


def test_aiq_and_hypervolume(con: duckdb.DuckDBPyConnection) -> None:
    for low, high in ((0.0, 0.05), (0.001, 0.02)):
        sql = (
            f"SELECT value, low, high FROM aiq({low}, {high}, 'evaluate', {REPLICATES}, {SEED}) "
            "WHERE contender = 'single'"
        )
        assert rows(con, sql)[0] == wanted(
            lambda w, a=low, b=high: by_numpy.aiq(points(w, MODELS), a, b)
        )
    sql = (
        f"SELECT value, low, high FROM hypervolume(0.02, 'evaluate', {REPLICATES}, {SEED}) "
        "WHERE contender = 'single'"
    )
    assert rows(con, sql)[0] == wanted(lambda w: by_numpy.hypervolume(points(w, MODELS), 0.02))
    # One policy is one point: what is right of it has its accuracy.
    sql = "SELECT value FROM aiq(0, 1, replicates := 0) WHERE contender = 'p'"
    ((cost, accuracy),) = points(np.ones(40), ("p",))
    assert rows(con, sql)[0][0] == pytest.approx((1 - cost) * accuracy)


def test_the_hull_never_falls_and_never_gets_steeper(con: duckdb.DuckDBPyConnection) -> None:
    sql = f"""
        SELECT
            count(*),
            count(*) FILTER (WHERE next_accuracy <= accuracy),
            count(*) FILTER (WHERE slope > steeper + 1e-12)
        FROM (
            SELECT
                *, (next_accuracy - accuracy) / (next_cost_usd - cost_usd) AS slope,
                lag(slope) OVER (PARTITION BY replicate ORDER BY cost_usd) AS steeper
            FROM quality_hull('evaluate', {REPLICATES}, {SEED}) WHERE contender = 'single'
        )"""
    corners, falling, bending = rows(con, sql)[0]
    assert corners > REPLICATES
    assert (falling, bending) == (0, 0)


def test_mix_entropy_and_failures_are_of_counts(con: duckdb.DuckDBPyConnection) -> None:
    counts = {m: sum(MODELS[i] == m for i in TAKEN["p"]) for m in MODELS}
    drawn = np.array(
        [
            [by_numpy.count(n, f"p/{m}", r, SEED) for m, n in counts.items()]
            for r in range(REPLICATES + 1)
        ]
    )
    shares = drawn / drawn.sum(axis=1, keepdims=True)
    sql = (
        f"SELECT share, low, high FROM routing_mix('evaluate', {REPLICATES}, {SEED}) "
        "WHERE policy = 'p' ORDER BY model_id"
    )
    for found, column in zip(rows(con, sql), shares.T, strict=True):
        assert found == pytest.approx((column[0], *by_numpy.interval(column)), abs=1e-9)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    bits = -(shares * logs).sum(axis=1)
    sql = (
        "SELECT bits, low, high, effective_models, evenness FROM "
        f"routing_entropy('evaluate', {REPLICATES}, {SEED}) WHERE policy = 'p'"
    )
    expected = (bits[0], *by_numpy.interval(bits), 2 ** bits[0], bits[0] / np.log2(3))
    assert rows(con, sql)[0] == pytest.approx(expected, abs=1e-9)


def test_tiers_are_calibrated(con: duckdb.DuckDBPyConnection) -> None:
    tiers = np.arange(40) % 3
    rates = np.array([0.8, 0.4, 0.1])[tiers]
    s = sums("p")
    sql = (
        "SELECT tier, pass_rate, solved, gap, gap_low, gap_high FROM "
        f"tier_calibration('evaluate', {REPLICATES}, {SEED}) WHERE contender = 'p'"
    )
    found = {row[0]: row[1:] for row in rows(con, sql)}

    def gap(w: Array, tier: int) -> float:
        w = w * (tiers == tier)
        return float((w * (s["score"] - rates)).sum() / w.sum()) if w.sum() else np.nan

    for number, tier in enumerate(("easy", "medium", "hard")):
        chosen = tiers == number
        assert found[tier][:2] == pytest.approx((rates[chosen][0], s["score"][chosen].mean()))
        assert found[tier][2:] == wanted(lambda w, n=number: gap(w, n))
    errors = wanted(
        lambda w: (
            sum(
                abs(gap(w, t)) * (w * (tiers == t)).sum()
                for t in range(3)
                if (w * (tiers == t)).sum()
            )
            / w.sum()
        )
    )
    assert found["all"][2:] == errors
