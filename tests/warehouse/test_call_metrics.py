"""Shares and latencies of calls: every figure and interval once more in numpy, call by call."""

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest
from stubs import by_numpy
from stubs.by_numpy import Array
from stubs.routing_store import PRICES, Row, calls_of, episode, fill, new_store

from warehouse.store import open_store

REPLICATES = 60
SEED = 5
QUANTILES = (0.25, 0.5, 0.9, 0.99)
DRAWS = np.random.default_rng(11)


def _calls() -> tuple[list[Row], list[Row]]:
    """Two policies, one of them in two revisions, and calls that end in every way."""
    played, calls = [], []
    for number in range(300):
        policy = ("p", "q")[number % 2]
        revision = None if policy == "p" else f"step-{number % 3 // 2}"
        models = list(DRAWS.permutation(list(PRICES))[: DRAWS.integers(1, 4)])
        row = episode(
            number, number, models[0], policy=policy, policy_revision=revision, models=models
        )
        played.append(row)
        for call in calls_of(row):
            status = str(DRAWS.choice(["ok", "error", "refused"], p=[0.8, 0.15, 0.05]))
            more: Row = {
                "status": status,
                "attempts": 0 if status == "refused" else int(DRAWS.integers(1, 4)),
                "seconds": float(DRAWS.lognormal(0, 1)),
            }
            unknown = status == "refused" and DRAWS.random() < 0.5
            calls.append(call | more | ({"model_id": None} if unknown else {}))
    return played, calls


EPISODES, CALLS = _calls()


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(new_store(tmp_path_factory.mktemp("store"))) as con:
        fill(con, [], EPISODES, calls=CALLS)
        yield con


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def _resampled(n: int, key: str) -> Array:
    return np.array([by_numpy.count(n, key, r, SEED) for r in range(REPLICATES + 1)])


@pytest.mark.parametrize(
    ("policy", "revision"), [("p", None), ("q", "step-0"), ("q", "step-1")], ids=str
)
@pytest.mark.parametrize("model", [None, *PRICES])
def test_shares_of_calls(
    con: duckdb.DuckDBPyConnection, policy: str, revision: str | None, model: str | None
) -> None:
    of_policy = [c for c in CALLS if (c["policy"], c["policy_revision"]) == (policy, revision)]
    chosen = [c for c in of_policy if model is None or c["model_id"] == model]
    made = [c for c in chosen if c["status"] != "refused"]
    counts = {
        "failed": (sum(c["status"] == "error" for c in made), len(made)),
        "refused": (len(chosen) - len(made), len(chosen)),
        "retried": (sum(c["attempts"] > 1 for c in made), len(made)),
    }
    sql = (
        "SELECT metric, calls, of_calls, share, low, high "
        f"FROM call_shares('evaluate', {REPLICATES}, {SEED}) WHERE policy = $policy AND "
        "policy_revision IS NOT DISTINCT FROM $revision AND model_id IS NOT DISTINCT FROM $model "
        "ORDER BY metric"
    )
    found = con.execute(sql, {"policy": policy, "revision": revision, "model": model}).fetchall()
    assert [row[0] for row in found] == sorted(counts)
    for metric, hits, of_calls, *figures in found:
        assert (hits, of_calls) == counts[metric]
        key = "/".join(part for part in (policy, revision, model, metric) if part)
        drawn = _resampled(hits, f"{key}/hits")
        others = _resampled(of_calls - hits, f"{key}/others")
        share = drawn / (drawn + others)
        assert figures == pytest.approx([share[0], *by_numpy.interval(share)], abs=1e-9)


@pytest.mark.parametrize("model", PRICES)
def test_quantiles_of_latency(con: duckdb.DuckDBPyConnection, model: str) -> None:
    answered = [c for c in CALLS if c["status"] == "ok" and c["model_id"] == model]
    seconds = np.array([c["seconds"] for c in answered])
    bins, counts = np.unique(
        np.floor(np.log(np.maximum(seconds, 0.001) / 0.001) / np.log(1.05)).astype(int),
        return_counts=True,
    )
    drawn = np.array(
        [_resampled(int(n), f"{model}/bank/{b}") for b, n in zip(bins, counts, strict=True)]
    )
    reached = drawn.cumsum(axis=0) / drawn.sum(axis=0)
    sql = (
        "SELECT quantile, calls, seconds, low, high "
        f"FROM latency_quantiles({list(QUANTILES)}, 'evaluate', {REPLICATES}, {SEED}) "
        f"WHERE model_id = '{model}' ORDER BY quantile"
    )
    found = _rows(con, sql)
    assert [row[0] for row in found] == list(QUANTILES)
    for quantile, calls, *figures in found:
        assert calls == len(answered)
        first = (reached >= quantile).argmax(axis=0)
        read_off = 0.001 * 1.05 ** (bins[first] + 0.5)
        expected = [read_off[0], *by_numpy.interval(read_off)]
        assert figures == pytest.approx(expected, rel=1e-9)
        exact = np.quantile(seconds, quantile, method="inverted_cdf")
        assert figures[0] == pytest.approx(exact, rel=0.025)
