"""Runs of an evaluation, straight into the tables of a store: what was asked, and decided."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from stubs.routing_store import START, Row, episode, fill, insert, new_store, outcome, pid
from warehouse.store import open_store

SUITE, REVISION = "gsm8k", "sha256:0123456789abcdef"
Attempt = tuple[int, float | None, float]  # item, score (None: ungraded) and cost in USD


def item(number: int, suite: str = SUITE, revision: str = REVISION) -> Row:
    """A problem of a suite."""
    return {
        "suite": suite,
        "suite_revision": revision,
        "item_id": str(number),
        "problem_id": pid(number),
        "data_source": f"suite/{suite}",
        "domain": "math",
        "grader": "math",
        "licence": "MIT",
    }


def run(policy: str, attempts: Iterable[Attempt], **more: Any) -> tuple[Row, list[Row]]:
    """A run and its episodes; a score of -1 is an episode that failed."""
    attempts = list(attempts)
    mode = more.pop("mode", "select")
    row = {
        "run_id": f"run-{policy}",
        "suite": SUITE,
        "suite_revision": REVISION,
        "items": len({number for number, *_ in attempts}),
        "repetitions": 1,
        "metric": "accuracy",
        "metric_scale": 1.0,
        "policy": policy,
        "pool": "bank",
        "seed": 0,
        "settings": "{}",
        "started_at": START,
        "finished_at": START,
        "episodes": len(attempts),
        "failed": sum(score == -1 for _, score, _ in attempts),
        "ungraded": sum(score is None for _, score, _ in attempts),
        "cost_usd": sum(cost for *_, cost in attempts),
        "simulated": False,
    } | more
    same = {"run_id": row["run_id"], "policy": policy, "simulated": row["simulated"]}
    return row, [
        _episode(f"{row['run_id']}/{place}", attempt, mode) | same
        for place, attempt in enumerate(attempts)
    ]


def _episode(key: str, attempt: Attempt, mode: str) -> Row:
    number, score, cost = attempt
    made = episode(0, number, "big", cost=cost) | {"episode_id": key, "mode": mode}
    if score is None:
        return made | {"verdict": "ungraded"}
    if score == -1:
        return made | {"mode": "failed", "verdict": None}
    return made | {"verdict": "correct" if score >= 1 else "wrong", "quality": score}


def fill_runs(
    con: duckdb.DuckDBPyConnection,
    runs: Sequence[tuple[Row, list[Row]]],
    outcomes: Sequence[Row] = (),
    items: Sequence[Row] = (),
) -> None:
    """Put these runs, and this bank, into a store, in the place of all that were there."""
    fill(con, outcomes, [episode for _, episodes in runs for episode in episodes])
    con.execute("DELETE FROM evaluations; DELETE FROM suite_items")
    insert(con, "evaluations", [row for row, _ in runs])
    insert(con, "suite_items", items)


def evaluated_store(folder: Path, router: str = "router") -> Path:
    """A store with three suites: a bank that knows one, a leak in one, stand-ins in one.

    Args:
        folder: Of the store.
        router: Name of the router on the first of them.
    """
    costs, tokens = {"big": 0.04, "tiny": 0.0004}, {"input_tokens": None, "output_tokens": None}
    scores = {"big": [n % 5 > 0 for n in range(40)], "tiny": [n % 3 == 0 for n in range(40)]}
    bank = [
        outcome(n, model, float(right), cost_usd=costs[model], **tokens)
        for model, given in scores.items()
        for n, right in enumerate(given)
    ]
    bank += [outcome(100 + n, m, 0.0, cost_usd=0.01, **tokens) for n in range(9) for m in costs]
    took = ["big" if n % 2 else "tiny" for n in range(40)]
    mixed = [(n, float(scores[model][n]), costs[model]) for n, model in enumerate(took)]
    strong = [(n, float(right), 0.04) for n, right in enumerate(scores["big"])]
    leak = [(100 + n, 1.0, 0.01) for n in range(9)]
    rated = [(200 + n, n / 10, 0.002) for n in range(10)]
    runs = [
        run(router, mixed, run_id="run-1"),
        run("always:big", strong, policy_model="big", alarm="too good to be true"),
        run("router", leak, run_id="run-2", suite="aime25", pool="live"),
        run(
            "router", rated, run_id="run-3", suite="mt_bench", pool="simulated", simulated=True,
            metric="rating", metric_scale=10.0,
        ),
    ]  # fmt: skip
    items = [item(n) for n in range(40)] + [item(100 + n, "aime25") for n in range(9)]
    store = new_store(folder)
    with open_store(store) as con:
        fill_runs(con, runs, bank, items)
    return store
