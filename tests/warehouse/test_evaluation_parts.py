"""Suites with parts: averages of averages, turns of a conversation, instructions; by numpy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from stubs import by_numpy
from stubs.by_numpy import Array
from stubs.evaluation_runs import fill_runs, item, run
from stubs.routing_store import Row, new_store, outcome, pid

from warehouse.evaluation_report import write_evaluation_report
from warehouse.store import open_store

REPLICATES, SEED = 40, 2
TASKS = {"math/amc": 12, "math/aime": 3, "logic/zebra": 5}
PARTS = [part for part, size in TASKS.items() for _ in range(size)]
PROBLEMS = [pid(n) for n in range(len(PARTS))]
DRAWS = np.random.default_rng(7)
SCORES = DRAWS.integers(0, 5, len(PARTS)) / 4
OTHERS = DRAWS.integers(0, 5, len(PARTS)) / 4
LIVEBENCH = {"suite": "livebench", "metric": "average", "metric_scale": 100}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return new_store(tmp_path)


@pytest.fixture
def con(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(store) as con:
        yield con


def row(con: duckdb.DuckDBPyConnection, sql: str) -> Row:
    (found,) = con.sql(sql).pl().to_dicts()
    return found


def parted(suite: str, parts: list[str]) -> list[Row]:
    return [item(n, suite) | {"data_source": f"suite/{suite}/{p}"} for n, p in enumerate(parts)]


def interval(figure: Any, problems: list[str]) -> Any:
    return pytest.approx(by_numpy.with_interval(problems, figure, REPLICATES, SEED), abs=1e-9)


def figures(row: Row, *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def averages(values: Array, weights: Array | None = None) -> dict[str, float]:
    """Of each task, of each category, and of all."""
    weights = np.ones(len(values)) if weights is None else weights
    found: dict[str, list[float]] = {}
    for task in TASKS:
        at = np.array([part == task for part in PARTS])
        if weights[at].sum():
            mean = float((values * weights)[at].sum() / weights[at].sum())
            found.setdefault(task.partition("/")[0], []).append(mean)
    categories = {name: float(np.mean(means)) for name, means in found.items()}
    return categories | {"": float(np.mean(list(categories.values())))}


def livebench(policy: str, scores: Array, **more: Any) -> tuple[Row, list[Row]]:
    attempts = [(n, float(score), 0.01) for n, score in enumerate(scores)]
    return run(policy, attempts, **LIVEBENCH, **more)


def test_categories_count_alike_and_so_do_their_tasks(con: duckdb.DuckDBPyConnection) -> None:
    bank = [
        outcome(n, model, float(score), cost_usd=0.01, input_tokens=None, output_tokens=None)
        for model, scores in (("big", OTHERS), ("tiny", OTHERS / 2))
        for n, score in enumerate(scores)
    ]
    runs = [livebench("router", SCORES), livebench("always:big", OTHERS, policy_model="big")]
    fill_runs(con, runs, bank, parted("livebench", PARTS))
    found = row(con, f"FROM evaluation_metrics({REPLICATES}, {SEED}) WHERE policy = 'router'")
    assert figures(found, "value", "value_low", "value_high") == interval(
        lambda w: 100 * averages(SCORES, w)[""], PROBLEMS
    )
    assert found["value"] != pytest.approx(100 * SCORES.mean(), abs=0.1)
    assert (found["problems"], found["cost_utility"]) == (20, pytest.approx(found["value"]))

    inside = con.sql(f"FROM part_metrics({REPLICATES}, {SEED}) WHERE policy = 'router'").pl()
    known = {each["part"]: each for each in inside.to_dicts()}
    assert set(known) == {*TASKS, "math", "logic"}
    assert figures(known["math"], "value", "value_low", "value_high") == interval(
        lambda w: 100 * averages(SCORES, w).get("math", np.nan), PROBLEMS
    )
    assert (known["math"]["problems"], known["math/aime"]["problems"]) == (15, 3)

    pair = row(con, f"FROM compare_runs({REPLICATES}, {SEED})")
    assert figures(pair, "value_a", "value_b") == pytest.approx(
        (100 * averages(SCORES)[""], 100 * averages(OTHERS)[""])
    )
    assert figures(pair, "difference", "low", "high") == interval(
        lambda w: 100 * averages(SCORES - OTHERS, w)[""], PROBLEMS
    )
    head = row(con, "FROM evaluation_headroom WHERE policy = 'router'")
    assert figures(head, "value", "best_single", "oracle") == pytest.approx(
        (found["value"], pair["value_b"], 100 * averages(OTHERS)[""])
    )
    sql = "SELECT baseline, model_id, value FROM evaluation_baselines WHERE baseline <> 'single'"
    baselines = {name: value for name, _, value in con.execute(sql).fetchall()}
    assert baselines["best_single"] == pytest.approx(pair["value_b"])
    assert baselines["random"] == pytest.approx(100 * averages(OTHERS * 0.75)[""])


def test_turns_of_a_conversation_stay_together(con: duckdb.DuckDBPyConnection) -> None:
    talks = 8
    ratings = DRAWS.integers(1, 11, (2, talks)) / 10
    # One second turn was not judged.
    attempts = [(turn * talks + n, float(ratings[turn, n]), 0.0)
                for turn in range(2) for n in range(talks)][:-1]  # fmt: skip
    turns = [f"turn_{turn}" for turn in (1, 2) for _ in range(talks)]
    items = [each | {"item_id": str(n % talks)} for n, each in enumerate(parted("mt_bench", turns))]
    rated = {"suite": "mt_bench", "metric": "rating", "metric_scale": 10}
    worse = [(n, score / 2 if n else score, cost) for n, score, cost in attempts]
    fill_runs(con, [run("router", attempts, **rated), run("random", worse, **rated)], (), items)
    drawn = sorted(min(pid(n), pid(n + talks)) for n in range(talks))
    names = [min(pid(n), pid(n + talks)) for n in range(talks)]
    order = np.array([names.index(name) for name in drawn])
    first, second = ratings[0, order], np.where(order == talks - 1, 0, ratings[1, order])
    judged = (order != talks - 1).astype(float)

    def mean(w: Array) -> float:
        turn = [float((w * first).sum() / w.sum()), float((w * second).sum() / (w * judged).sum())]
        return 10 * float(np.mean(turn))

    found = row(con, f"FROM evaluation_metrics({REPLICATES}, {SEED}) WHERE policy = 'router'")
    assert figures(found, "value", "value_low", "value_high") == interval(mean, drawn)
    by_turn = con.sql("SELECT part, problems, value FROM part_metrics(0) WHERE policy = 'router'")
    assert by_turn.order("part").fetchall() == [
        ("turn_1", 8, pytest.approx(10 * ratings[0].mean())),
        ("turn_2", 7, pytest.approx(10 * ratings[1, :-1].mean())),
    ]
    # Eight conversations, of which the first has one turn that is equal; fifteen answers.
    pair = row(con, "FROM compare_runs(0)")
    assert figures(pair, "problems", "wins", "losses", "ties") == (15, 8, 0, 0)


def test_instructions_of_all_prompts_are_pooled(
    con: duckdb.DuckDBPyConnection, store: Path, tmp_path: Path
) -> None:
    counts, kept = [1, 3, 2, 3, 1, 2], [1, 2, 2, 0, 0, 1]
    attempts = [(n, kept[n] / counts[n], 0.01) for n in range(6)]
    parts = [f"{count}_instruction{'s' * (count > 1)}" for count in counts]
    fill_runs(con, [run("router", attempts, suite="ifeval")], (), parted("ifeval", parts))
    sql = f"FROM part_metrics({REPLICATES}, {SEED}) WHERE part = "
    found = row(con, f"{sql} 'instructions'")
    assert figures(found, "value", "value_low", "value_high") == interval(
        lambda w: float(w @ np.array(kept) / (w @ np.array(counts))), [pid(n) for n in range(6)]
    )
    assert found["value"] == pytest.approx(6 / 12)
    # A prompt counts where all is followed, and parts of accuracy do not count alike.
    assert row(con, "FROM evaluation_metrics(0)")["value"] == pytest.approx(2 / 6)
    assert row(con, f"{sql} '3_instructions'")["value"] == 0
    con.close()
    assert write_evaluation_report(store, tmp_path / "e.html")
    html = (tmp_path / "e.html").read_text("utf-8")
    ours = html[html.index("ours: router") :]
    shown = [cell.partition('"')[0] for cell in ours.split('data-exact="')[1:3]]
    assert [float(text) for text in shown] == pytest.approx([2 / 6, 6 / 12])  # m1 and m2
    assert "Part by part" in html


def test_published_ifeval_is_of_prompts_and_of_instructions(con: duckdb.DuckDBPyConnection) -> None:
    """What m1 and m2 can be: shares of which numbers, rounded as they are."""
    sql = "SELECT value FROM published_results WHERE suite = 'ifeval' AND metric = '{}'"

    def fits(metric: str, whole: int, digits: int) -> bool:
        values = [value for (value,) in con.execute(sql.format(metric)).fetchall()]
        return all(round(round(v * whole) / whole, digits) == round(v, digits) for v in values)

    assert [n for n in range(300, 542) if fits("m1", n, 3)] == [500]
    assert [n for n in range(400, 1000) if fits("m2", n, 4)] == [769]
    # The mean of the shares of 500 prompts, with up to three instructions each, is none.
    assert not fits("m2", 500 * 6, 4)
