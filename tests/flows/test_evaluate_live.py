"""Evaluations over a provider on the loopback device: money, faults, breaks, routers that ask."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stubs import evaluating as world
from stubs.evaluating import Evaluate, by_policy
from stubs.provider import Provider, Reply

from pipeline.accounting import Silent
from pipeline.errors import InputError, SettingsError


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    """Evaluate on additions."""
    return world.evaluator(tmp_path)


@pytest.fixture
def bank(tmp_path: Path) -> Callable[..., str]:
    """A bank of marks for each model in turn, as a pool."""
    return lambda *marks, **options: world.bank_pool(tmp_path, *marks, **options)


def test_what_a_provider_answers_is_graded_and_paid_once(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    values = {"pool": "live", "policies": ("always:small", "always:large"), "budget_usd": 1.0}
    with Provider(world.adder()) as provider:
        first = evaluate(**values, **world.reached(provider))
        asked = len(provider.requests)
        again = evaluate(**values, **world.reached(provider))
        assert len(provider.requests) == asked == 12
        # More problems: those that are known are not asked again.
        evaluate(8, **values, **world.reached(provider))
        assert len(provider.requests) == 16
    found = by_policy(first)
    assert again == first
    assert (found["always:small"].accuracy, found["always:large"].accuracy) == (0.5, 1.0)
    assert first.spent_usd == pytest.approx(6 * (50 * 10.1 + 100 * 40.4) / 1e6)
    assert found["always:small"].versus == "always:large"
    assert found["always:large"].oracle is None


def test_a_budget_ends_before_a_call_that_could_exceed_it(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    values = {"pool": "live", "policies": ("always:large",)}
    with Provider(world.adder()) as provider:
        result = evaluate(budget_usd=0.06, **values, **world.reached(provider))
        (found,) = result.results
        assert (found.stopped, result.spent_usd <= 0.06) == ("budget", True)
        assert 0 < found.n < 6
        assert found.left == 6 - found.n == 6 - len(provider.requests)
        more = evaluate(budget_usd=1.0, **values, **world.reached(provider))
        assert (more.results[0].stopped, more.results[0].n) == (None, 6)
        assert len(provider.requests) == 6
    assert len(world.decisions(tmp_path / "out")) == 6


@pytest.mark.parametrize(
    "fault",
    [Reply("slow down", status=429), Reply("broken", status=500), Reply(raw="{garbage"),
     Reply(cut=True)],
)  # fmt: skip
def test_a_fault_is_no_answer_and_is_asked_again(
    evaluate: Evaluate, tmp_path: Path, fault: Reply
) -> None:
    adder, broken = world.adder(), [True]

    def answer(body: dict[str, Any]) -> Reply:
        odd = world.number_in(body["messages"][-1]["content"]) % 2
        return fault if broken[0] and odd else adder(body)

    values = {"pool": "live", "policies": ("always:large",), "budget_usd": 10.0}
    with Provider(answer) as provider:
        reach = world.reached(provider, breaker={"faults": 1000})
        result = evaluate(**values, **reach)
        (found,) = result.results
        assert (found.n, found.accuracy, found.ungraded, found.stopped) == (3, 1.0, 3, "faults")
        assert sum(result.faults[found.run_id].values()) == 3
        assert len(world.decisions(tmp_path / "out")) == 3
        broken[0] = False
        (found,) = evaluate(**values, **reach).results
        assert (found.n, found.ungraded, found.stopped) == (6, 0, None)
        assert len(provider.requests) == 9
    rows = world.decisions(tmp_path / "out")
    assert len({row["problem_id"] for row in rows}) == len(rows) == 6


class Bomb(Silent):
    """Ends the process' work after some items; a kill from outside is among the slow tests."""

    def __init__(self, items: int) -> None:
        self.left = items

    def advance(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise RuntimeError("bang")


@pytest.mark.parametrize("items", [0, 3, 6, 9])
def test_wherever_it_breaks_off_it_goes_on_there(
    evaluate: Evaluate, tmp_path: Path, items: int
) -> None:
    policies = ("always:small", "always:large")
    values = {"pool": "live", "policies": policies, "budget_usd": 10.0}
    with Provider(world.adder(delay=0.01)) as provider:
        reach = world.reached(provider)
        with pytest.raises((RuntimeError, ExceptionGroup)):
            evaluate(**values, **reach, progress=Bomb(items))
        runs = pl.read_parquet(tmp_path / "out" / "evaluation" / "*" / "evaluations.parquet")
        assert "interrupted" in runs["stopped"].to_list()
        result = evaluate(**values, **reach)
        assert len(provider.requests) == 12  # what was in flight came to its end, and was kept
    assert [(row.n, row.stopped) for row in result.results] == [(6, None)] * 2
    rows = world.decisions(tmp_path / "out")
    assert len({row["episode_id"] for row in rows}) == len(rows) == 12


def test_a_provider_that_refuses_everything_is_given_up(evaluate: Evaluate) -> None:
    with Provider(lambda body: Reply("no", status=401)) as provider:
        reach = world.reached(provider, breaker={"faults": 1000})
        result = evaluate(
            60, pool="live", policies=("always:small",), budget_usd=1.0, in_flight=1, **reach
        )
        (found,) = result.results
        assert len(provider.requests) == 20
    assert (found.n, found.stopped) == (0, "faults")
    assert "20 faults in a row" in result.given_up[found.run_id]


def router(answer: Callable[[int], Reply]) -> Callable[[dict[str, Any]], Reply]:
    return lambda body: answer(world.number_in(str(body["messages"][1]["content"])))


def test_a_policy_above_the_oracle_rings_the_alarm(
    evaluate: Evaluate, bank: Any, tmp_path: Path
) -> None:
    pool = bank([True, False, False], [False, False, False])
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    with Provider(router(lambda n: Reply(f"\\boxed{{{2 * n}}}", usage=usage))) as provider:
        reach = world.reached(provider)
        spec = "model:large"  # untrained, with the tools, at the prices of the list
        with pytest.raises(SettingsError, match="--budget-usd"):
            evaluate(3, pool=pool, policies=(spec,), **reach)
        result = evaluate(3, pool=pool, policies=(spec,), budget_usd=1.0, **reach)
        asked = len(provider.requests)
        assert evaluate(3, pool=pool, policies=(spec,), budget_usd=1.0, **reach) == result
        assert len(provider.requests) == asked == 3
        assert provider.requests[0]["tools"]
    found = by_policy(result)
    assert found[spec].accuracy == 1.0
    assert found[spec].oracle == pytest.approx(1 / 3)
    assert "above the measured oracle" in found[spec].alarm
    assert result.spent_usd == pytest.approx(3 * (100 * 10 + 10 * 40) / 1e6)
    assert {row.alarm for name, row in found.items() if name != spec} == {None}
    rows = pl.read_parquet(tmp_path / "out" / "evaluation" / "*" / "evaluations.parquet")
    assert rows.filter(pl.col("alarm").is_not_null())["policy"].to_list() == [spec]
    assert rows["stopped"].null_count() == rows.height == 5


def test_a_policy_that_writes_nothing_is_wrong_and_no_fault(evaluate: Evaluate, bank: Any) -> None:
    pool = bank([True, True], [True, True])
    with Provider(router(lambda n: Reply(""))) as provider:
        values = {"policy_url": provider.url, "policy_model": "mute", "policy_revision": "7"}
        result = evaluate(2, pool=pool, policies=("model",), baselines=False, **values)
    (found,) = result.results
    assert (found.policy, found.model, found.n, found.accuracy) == ("mute", "mute", 2, 0.0)
    assert (found.failed, found.ungraded, found.stopped) == (2, 0, None)


def caller(body: dict[str, Any]) -> Reply:
    """A router that calls every model at once, then selects the last reply; and those models."""
    if "tools" not in body:
        return world.adder()(body)
    usage = {"prompt_tokens": 500, "completion_tokens": 20, "total_tokens": 520}
    names = [tool["function"]["name"] for tool in body["tools"]]
    if body["messages"][-1]["role"] == "tool":
        calls = [("select_response", {"call_id": "c2"})]
    else:
        calls = [(name, {"system_prompt": ""}) for name in names if name != "select_response"]
    made = [
        {"id": f"t{n}", "type": "function", "function": {"name": name, "arguments": json.dumps(of)}}
        for n, (name, of) in enumerate(calls)
    ]
    return Reply("", tool_calls=made, usage=usage, finish="tool_calls")


@pytest.mark.parametrize("budget", [0.0, 0.043, 0.05, 0.06])
def test_half_an_episode_is_not_paid_again(
    evaluate: Evaluate, tmp_path: Path, budget: float
) -> None:
    values = {"pool": "live", "policies": ("model:small",)}
    with Provider(caller) as provider:
        reach = world.reached(provider)
        first = evaluate(**values, **reach, budget_usd=budget)
        assert first.results[0].stopped == "budget"
        assert first.spent_usd <= budget
        result = evaluate(**values, **reach, budget_usd=10.0)
        asked = Counter(
            json.dumps([r["model"], "tools" in r, r["messages"]]) for r in provider.requests
        )
    (found,) = result.results
    assert (found.n, found.accuracy, found.stopped) == (6, 1.0, None)
    # Two turns and two calls a problem, each of them once.
    assert len(asked) == sum(asked.values()) == 6 * 4
    rows = world.decisions(tmp_path / "out")
    assert {(row["mode"], row["turns"], len(row["calls"])) for row in rows} == {("select", 2, 2)}
    turns = 2 * (500 * 0.1 + 20 * 0.4) / 1e6
    each = turns + (50 * 10.1 + 100 * 40.4) / 1e6
    assert found.mean_cost_usd == pytest.approx(each)
    assert result.spent_usd == pytest.approx(6 * each)


def test_a_broken_ledger_is_said_before_anything_is_asked(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    ledger = tmp_path / "out" / "evaluation" / "ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"no database at all" * 1000)
    with Provider(world.adder()) as provider, pytest.raises(InputError, match="not a readable"):
        evaluate(pool="live", policies=("always:small",), budget_usd=1.0, **world.reached(provider))
