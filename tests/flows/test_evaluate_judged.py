"""Conversations of two turns, rated by a judge: both are servers on the loopback device."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stubs import evaluating as world
from stubs.provider import Provider, Reply

from flows.evaluate_job import EvaluatePlan, EvaluateResult
from flows.evaluate_job import evaluate as run
from pipeline.accounting import Silent
from pipeline.errors import SettingsError
from pipeline.evaluation.results import Result

SUITE = "mt_bench"
FIRST, SECOND = "Count to {n}, please, and say it in words.", "Now count back from {n} again."
RATINGS = {"turn 1": 8, "turn 2": 5}
USAGE = {"prompt_tokens": 50, "completion_tokens": 100, "total_tokens": 150}
JUDGED = {"prompt_tokens": 400, "completion_tokens": 30, "total_tokens": 430}
PRICES = {"judge_input_per_million": 5.0, "judge_output_per_million": 20.0}
A_RATING = (400 * 5.0 + 30 * 20.0) / 1e6
AN_ANSWER = (50 * 10.0 + 100 * 40.0) / 1e6

QUIET = Silent()

Answer = Callable[[dict[str, Any]], Reply]
Evaluate = Callable[..., EvaluateResult]


def turn_of(body: dict[str, Any]) -> int:
    return sum(message["role"] == "user" for message in body["messages"])


def speaker(body: dict[str, Any]) -> Reply:
    """A model that says which turn this is."""
    return Reply(f"This is turn {turn_of(body)}.", usage=USAGE)


def rater(body: dict[str, Any]) -> Reply:
    """A judge that rates the last answer by the turn it says it is."""
    said = body["messages"][0]["content"].rpartition("This is ")[2][:6]
    return Reply(f"Fair enough. Rating: [[{RATINGS[said]}]]", usage=JUDGED)


def write_suite(folder: Path, count: int) -> Path:
    folder.mkdir(exist_ok=True)
    rows = [
        {"question_id": n, "category": "writing", "turns": [FIRST.format(n=n), SECOND.format(n=n)]}
        for n in range(count)
    ]
    (folder / f"{SUITE}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    """Evaluate conversations; `judge` is the judge's server, `grading` more of its settings."""
    prices = world.write_prices(tmp_path / "models.toml")

    def make(
        provider: Provider, judge: Provider | None, count: int = 3, grading: Any = PRICES,
        progress: Silent = QUIET, **values: Any,
    ) -> EvaluateResult:  # fmt: skip
        where = write_suite(tmp_path / f"suite-{count}", count)
        given = {"pool": "live", "policies": ("always:large",), "budget_usd": 10.0} | {
            name: values.pop(name) for name in EvaluatePlan.model_fields if name in values
        }
        plan = EvaluatePlan(suites=(SUITE,), where=where, in_flight=2, **given)
        settings = world.settings_of(
            tmp_path / "out", prices, **world.reached(provider, breaker={"faults": 1000}), **values
        )
        if judge is not None:
            reach = {"judge_url": judge.url, "judge_model": "stern", "verifier_patience_seconds": 0}
            known = settings.grading.model_copy(update=reach | grading)
            settings = settings.model_copy(update={"grading": known})
        return run(plan, settings, progress)

    return make


def only(result: EvaluateResult) -> Result:
    (found,) = result.results
    return found


def figures(found: Result) -> dict[str, tuple[int, float]]:
    return {figure.name: (figure.n, pytest.approx(figure.value)) for figure in found.figures}


def test_both_turns_are_asked_and_rated_and_neither_is_paid_twice(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    with Provider(speaker) as provider, Provider(rater) as judge:
        result = evaluate(provider, judge)
        assert (len(provider.requests), len(judge.requests)) == (6, 6)
        assert evaluate(provider, judge) == result
        assert (len(provider.requests), len(judge.requests)) == (6, 6)
        later = [body for body in provider.requests if turn_of(body) == 2]
        prompts = [body["messages"][0]["content"] for body in judge.requests]
    for body in later:
        asked = [message["content"] for message in body["messages"] if message["role"] != "system"]
        number = next(n for n in range(3) if FIRST.format(n=n) == asked[0])
        assert asked == [FIRST.format(n=number), "This is turn 1.", SECOND.format(n=number)]
    # The judge sees the whole conversation where there is one.
    seen = [(FIRST[:8] in text, "This is turn 1." in text, SECOND[:14] in text) for text in prompts]
    assert Counter(seen) == {(True, True, False): 3, (True, True, True): 3}

    found = only(result)
    assert (found.n, found.accuracy, found.scale) == (6, pytest.approx(0.65), 10)
    assert figures(found) == {"turn_1": (3, 0.8), "turn_2": (3, 0.5)}
    # What the judge costs is paid, and no cost of the policy's decisions.
    assert found.mean_cost_usd == pytest.approx(AN_ANSWER)
    assert found.cost_utility == pytest.approx(0.65 / AN_ANSWER)
    assert found.judge_usd == pytest.approx(6 * A_RATING)
    assert result.spent_usd == pytest.approx(6 * (AN_ANSWER + A_RATING))

    rows = world.decisions(tmp_path / "out")
    assert len({row["problem_id"] for row in rows}) == len(rows) == 6
    assert Counter((row["verdict"], row["quality"]) for row in rows) == {
        ("wrong", 0.8): 3, ("wrong", 0.5): 3,
    }  # fmt: skip
    folder = tmp_path / "out" / "evaluation" / found.run_id
    items = pl.read_parquet(folder / "suite_items.parquet")
    assert set(items["problem_id"]) == {row["problem_id"] for row in rows}
    assert items["data_source"].value_counts().sort("data_source").rows() == [
        ("suite/mt_bench/turn_1", 3), ("suite/mt_bench/turn_2", 3),
    ]  # fmt: skip
    assert items.group_by("item_id").len()["len"].to_list() == [2, 2, 2]
    noted = json.loads((folder / "run.json").read_text())
    assert (noted["items"], noted["episodes"], noted["judge_usd"]) == (6, 6, found.judge_usd)
    assert [figure["name"] for figure in noted["figures"]] == ["turn_1", "turn_2"]


def test_a_break_between_the_turns_asks_for_the_second_alone(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    broken = [True]

    def answer(body: dict[str, Any]) -> Reply:
        return Reply("no", status=500) if broken[0] and turn_of(body) == 2 else speaker(body)

    with Provider(answer) as provider, Provider(rater) as judge:
        found = only(evaluate(provider, judge))
        # No second turn is wrong for it: they are open, and nothing was rated but first turns.
        assert (found.n, found.accuracy, found.stopped) == (3, pytest.approx(0.8), "faults")
        assert figures(found) == {"turn_1": (3, 0.8)}
        assert len(judge.requests) == 3
        broken[0] = False
        found = only(evaluate(provider, judge))
        assert (found.n, found.accuracy, found.stopped) == (6, pytest.approx(0.65), None)
        assert Counter(map(turn_of, provider.requests)) == {1: 3, 2: 6}
        assert len(judge.requests) == 6
    assert len(world.decisions(tmp_path / "out")) == 6


class Bomb(Silent):
    """Ends the process' work after some steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def advance(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise RuntimeError("bang")


@pytest.mark.parametrize("steps", [0, 1, 3, 6])
def test_wherever_it_breaks_off_no_turn_and_no_rating_is_paid_twice(
    evaluate: Evaluate, tmp_path: Path, steps: int
) -> None:
    with Provider(speaker) as provider, Provider(rater) as judge:
        with pytest.raises((RuntimeError, ExceptionGroup)):
            evaluate(provider, judge, progress=Bomb(steps))
        found = only(evaluate(provider, judge))
        assert (found.n, found.accuracy, found.stopped) == (6, pytest.approx(0.65), None)
        assert Counter(map(turn_of, provider.requests)) == {1: 3, 2: 3}
        assert len(judge.requests) == 6
    rows = world.decisions(tmp_path / "out")
    assert len({row["episode_id"] for row in rows}) == len(rows) == 6


def test_after_a_first_turn_without_an_answer_the_second_is_not_asked(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        mute = FIRST.format(n=1) in json.dumps(body["messages"])
        return Reply("", usage=USAGE) if mute else speaker(body)

    with Provider(answer) as provider, Provider(rater) as judge:
        values = {"policy_url": provider.url, "policy_model": "mute", "policy_revision": "7"}
        result = evaluate(provider, judge, policies=("model",), **values)
        assert Counter(map(turn_of, provider.requests)) == {1: 3, 2: 2}
        assert evaluate(provider, judge, policies=("model",), **values) == result
    found = only(result)
    # The first turn is the policy's own fault, and counts; the second says nothing about it.
    assert figures(found) == {"turn_1": (3, 0.8 * 2 / 3), "turn_2": (2, 0.5)}
    assert found.accuracy == pytest.approx((0.8 * 2 / 3 + 0.5) / 2)
    assert (found.failed, found.ungraded, found.stopped) == (2, 1, None)
    rows = world.decisions(tmp_path / "out")
    (skipped,) = [row for row in rows if row["verdict"] == "ungraded"]
    assert (skipped["mode"], skipped["calls"], skipped["total_cost_usd"]) == ("failed", [], 0)
    assert "not_asked" in skipped["error"]


# Nothing can be paid; some answers; all of them, and no rating; some ratings.
@pytest.mark.parametrize(
    ("budget", "answers", "ratings"), [(0, 0, 0), (0.05, 3, 0), (0.066, 6, 0), (0.075, 6, 3)]
)
def test_the_budget_holds_for_the_judge_too(
    evaluate: Evaluate, budget: float, answers: int, ratings: int
) -> None:
    with Provider(speaker) as provider, Provider(rater) as judge:
        first = evaluate(provider, judge, budget_usd=budget)
        assert (only(first).stopped, only(first).n) == ("budget", ratings)
        assert (len(provider.requests), len(judge.requests)) == (answers, ratings)
        assert first.spent_usd == pytest.approx(answers * AN_ANSWER + ratings * A_RATING)
        assert first.spent_usd <= budget
        found = only(evaluate(provider, judge, budget_usd=10.0))
        assert (found.n, found.accuracy, found.stopped) == (6, pytest.approx(0.65), None)
        assert (len(provider.requests), len(judge.requests)) == (6, 6)


def test_a_judge_that_fails_leaves_answers_open(evaluate: Evaluate) -> None:
    answers: list[Answer] = [
        lambda body: Reply("busy", status=503),
        lambda body: Reply("I would rather not say.", usage=JUDGED),
        rater,
    ]
    spent = [0.0, 6 * A_RATING, 12 * A_RATING]
    with Provider(speaker) as provider, Provider(lambda body: answers[0](body)) as judge:
        for paid in spent:
            found = only(evaluate(provider, judge))
            assert found.judge_usd == pytest.approx(paid)
            assert (found.n, found.stopped) == ((6, None) if answers[0] is rater else (0, "faults"))
            answers.pop(0)
        assert (len(provider.requests), len(judge.requests)) == (6, 18)


def test_another_judge_is_another_run_and_asks_no_model_again(evaluate: Evaluate) -> None:
    with Provider(speaker) as provider, Provider(rater) as judge:
        without = only(evaluate(provider, None))
        assert (without.n, without.ungraded, without.judge_usd) == (0, 6, 0)
        runs = {only(evaluate(provider, judge, grading=PRICES | {"judge_model": name})).run_id
                for name in ("stern", "mild")}  # fmt: skip
        assert len(runs | {without.run_id}) == 3
        assert (len(provider.requests), len(judge.requests)) == (6, 12)


def test_what_a_judge_costs_must_be_known(evaluate: Evaluate) -> None:
    with Provider(speaker) as provider, Provider(rater) as judge:
        with pytest.raises(SettingsError, match=r"no 'stern'.*judge_input_per_million"):
            evaluate(provider, judge, grading={})
        with pytest.raises(SettingsError, match="--budget-usd"):
            evaluate(provider, judge, pool="simulated", budget_usd=None)
        assert not provider.requests + judge.requests
        # By the price list `large` costs what it costs as a model.
        found = only(evaluate(provider, judge, grading={"judge_model": "large"}))
        assert found.judge_usd == pytest.approx(6 * (400 * 10.0 + 30 * 40.0) / 1e6)
        free = dict.fromkeys(PRICES, 0.0)
        result = evaluate(provider, judge, grading=free, pool="simulated", budget_usd=None)
        assert (only(result).judge_usd, only(result).simulated) == (0, True)
