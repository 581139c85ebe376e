"""Evaluations over a bank and over stand-ins, down to the spool; what is refused at once."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stubs import evaluating as world
from stubs.evaluating import Evaluate, by_policy

from pipeline.errors import BusyError, InputError, SettingsError
from pipeline.io import exclusive


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    """Evaluate on additions."""
    return world.evaluator(tmp_path)


@pytest.fixture
def bank(tmp_path: Path) -> Callable[..., str]:
    """A bank of marks for each model in turn, as a pool."""
    return lambda *marks, **options: world.bank_pool(tmp_path, *marks, **options)


def test_a_bank_gives_its_own_accuracies(evaluate: Evaluate, bank: Any, tmp_path: Path) -> None:
    pool = bank([True, False, False, True, False, False], [True, True, True, False, True, False])
    result = evaluate(pool=pool, policies=("always:small", "always:large"))
    found = by_policy(result)
    assert {name: round(row.accuracy, 4) for name, row in found.items()} == {
        "always:small": 0.3333, "always:large": 0.6667, "oracle": 0.8333, "best-single": 0.6667,
        "random": round(found["random"].accuracy, 4), "cheapest": 0.3333,
    }  # fmt: skip
    assert found["best-single"].model == "large"
    assert found["always:small"].versus == "best-single"
    assert found["always:small"].difference == pytest.approx(-1 / 3)
    assert {round(row.oracle, 6) for row in found.values()} == {0.833333}
    assert found["always:large"].mean_cost_usd == pytest.approx((100 * 10 + 50 * 40) / 1e6)
    assert (result.unknown, result.skipped, result.spent_usd) == ({}, {}, 0.0)
    rows = world.decisions(tmp_path / "out")
    assert Counter(row["policy"] for row in rows) == dict.fromkeys(found, 6)
    assert {(row["kind"], row["mode"]) for row in rows} == {("evaluate", "select")}
    assert {row["run_id"] for row in rows} == {row.run_id for row in found.values()}
    items = pl.read_parquet(tmp_path / "out" / "evaluation" / "*" / "suite_items.parquet")
    assert {row["problem_id"] for row in rows} == set(items["problem_id"])
    banked = pl.read_parquet(tmp_path / "bank" / "outcomes*")
    assert {row["bank_problem_id"] for row in rows} == set(banked["problem_id"])


def test_of_equal_single_models_the_cheaper_one_is_best(evaluate: Evaluate, bank: Any) -> None:
    found = by_policy(evaluate(3, pool=bank([True, False, True], [True, True, False])))
    assert found["best-single"].model == "small"


def test_the_same_command_again_adds_nothing(evaluate: Evaluate, bank: Any, tmp_path: Path) -> None:
    pool = bank([True, False, True], [True, True, False])
    first = evaluate(3, pool=pool)
    rows = world.decisions(tmp_path / "out")
    assert evaluate(3, pool=pool) == first
    assert world.decisions(tmp_path / "out") == rows
    assert len(rows) == 4 * 3


def test_a_missing_cell_is_ungraded_and_never_wrong(evaluate: Evaluate, bank: Any) -> None:
    found = by_policy(evaluate(3, pool=bank([True, None, False], [True, True, False])))
    cheapest = found["cheapest"]
    assert (cheapest.n, cheapest.accuracy, cheapest.ungraded, cheapest.failed) == (2, 0.5, 1, 1)
    assert (cheapest.stopped, cheapest.left) == (None, 0)  # the bank will not know more next time
    assert found["oracle"].accuracy == pytest.approx(2 / 3)


def test_a_problem_that_the_bank_does_not_know_is_ungraded(evaluate: Evaluate, bank: Any) -> None:
    result = evaluate(4, pool=bank([True, True, False], [True, True, False]))
    assert result.unknown == {world.SUITE: 1}
    assert {(row.n, row.ungraded) for row in result.results} == {(3, 1)}


def test_replies_without_a_verdict_are_graded_by_their_text(evaluate: Evaluate, bank: Any) -> None:
    pool = bank([True, True, False], [False, True, True], verdicts=False)
    found = by_policy(evaluate(3, pool=pool, policies=("always:large",), baselines=False))
    assert found["always:large"].accuracy == pytest.approx(2 / 3)
    assert (found["always:large"].oracle, found["always:large"].alarm) == (None, None)


def test_replies_without_verdict_and_text_are_ungraded(evaluate: Evaluate, bank: Any) -> None:
    pool = bank([True], [True], verdicts=False, text=lambda n, good: None)
    (found,) = evaluate(1, pool=pool, policies=("cheapest",), baselines=False).results
    assert (found.n, found.accuracy, found.ungraded, found.failed) == (0, None, 1, 0)


def test_a_threshold_sends_what_is_under_the_cut_to_the_strong_model(
    evaluate: Evaluate, bank: Any, tmp_path: Path
) -> None:
    pool = bank([True, False, False, True], [False, True, True, True])
    table = tmp_path / "scores.csv"
    lines = [f'"{world.question(n)}",{n / 4}' for n in range(3)]
    table.write_text("\n".join(["question,score", *lines]))
    spec = f"threshold:{table}?weak=small&strong=large&missing=weak&below=0,0.5,9"
    result = evaluate(4, pool=pool, policies=(spec,), baselines=False)
    found = {name: row.accuracy for name, row in by_policy(result).items()}
    # By number: cuts 0 and 9 send none and all with a score; 0.5 sends 0 and 1, but not 2.
    assert found == {
        "threshold:score<0": 0.5,
        "threshold:score<0.5": 0.5,
        "threshold:score<9": 0.75,
    }
    calls = {row["policy"]: Counter() for row in world.decisions(tmp_path / "out")}
    for row in world.decisions(tmp_path / "out"):
        calls[row["policy"]][row["calls"][0]["model_id"]] += 1
    assert calls["threshold:score<0.5"] == {"small": 2, "large": 2}


def test_stand_ins_are_right_and_wrong_and_marked(evaluate: Evaluate) -> None:
    result = evaluate(20, policies=("always:small", "always:large"), repetitions=2)
    found = by_policy(result)
    assert all(row.simulated for row in result.results)
    assert 0 < found["always:small"].accuracy < found["always:large"].accuracy
    assert found["always:small"].n == 20


def test_a_run_has_the_same_id_wherever_and_whenever_it_is_played(
    evaluate: Evaluate, bank: Any, tmp_path: Path
) -> None:
    pool = bank([True, False], [True, True])
    first = [row.run_id for row in evaluate(2, pool=pool).results]
    (tmp_path / "out").rename(tmp_path / "elsewhere")
    assert [row.run_id for row in evaluate(2, pool=pool).results] == first
    bank([True, True], [True, True])  # other outcomes are another pool
    assert not set(first) & {row.run_id for row in evaluate(2, pool=pool).results}


def test_two_at_once_in_one_directory_are_one_too_many(
    evaluate: Evaluate, bank: Any, tmp_path: Path
) -> None:
    with exclusive(tmp_path / "out" / "evaluation"), pytest.raises(BusyError, match="--out"):
        evaluate(2, pool=bank([True], [True]))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"policies": ("nonsense",)}, "unknown policy"),
        ({"policies": ("always:gpt-9",)}, "not on offer"),
        ({"policies": ("oracle",)}, "--pool bank:PATH"),
        ({"policies": ("model",)}, "router.policy_model"),
        ({"policies": ("model:gpt-9",)}, "no such model"),
        ({"policies": ()}, "name something"),
        ({"policies": ("cheapest",), "pool": "nowhere"}, "unknown pool"),
        ({"policies": ("cheapest",), "suites": ("nonsense",)}, "unknown suite"),
        ({"policies": ("cheapest",), "pool": "live"}, "--budget-usd"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_asked(
    evaluate: Evaluate, tmp_path: Path, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        evaluate(2, **values)
    assert world.decisions(tmp_path / "out") == []


def test_an_empty_suite_and_a_price_list_of_others_are_said(
    evaluate: Evaluate, bank: Any, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=world.SUITE):
        evaluate(0, policies=("cheapest",))
    pool = f"bank:{world.write_outcomes(tmp_path / 'other', {'gpt-9': [True]})}"
    with pytest.raises(SettingsError, match="routellm"):
        evaluate(1, pool=pool)
