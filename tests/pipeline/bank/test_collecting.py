"""`collect` against a provider on loopback: what is asked, paid, graded and kept."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError
from stubs.provider import Provider, Reply

from flows.collect_job import CollectPlan, CollectResult, collect, forecast
from pipeline.accounting import Silent
from pipeline.bank.bank import read_bank
from pipeline.bank.ledger import CollectLedger
from pipeline.bank.summary import model_rows
from pipeline.errors import BusyError, InputError, SettingsError
from pipeline.io import exclusive
from pipeline.settings import Settings


@pytest.fixture
def go(tmp_path: Path, catalog: Path) -> Callable[..., CollectResult]:
    def run(problems: Path, url: str, **more: Any) -> CollectResult:
        values: dict[str, Any] = {
            "problems": (str(problems),),
            "models": ("small", "large"),
            "budget_usd": 100.0,
            "pool": f"endpoint:{url}",
            "call_seconds": 20.0,
        }
        settings = Settings.model_validate(
            {"out": tmp_path / "bank", "workers": 1, "catalog": {"models": catalog}}
        )
        return collect(CollectPlan(**values | more), settings, Silent())

    return run


def asked(provider: Provider) -> Counter[tuple[str, str]]:
    return Counter((r["model"], r["messages"][-1]["content"]) for r in provider.requests)


def test_every_model_is_asked_every_problem_once_for_each_sample(
    go: Callable[..., CollectResult], built: Callable[[int], Path], provider: Provider
) -> None:
    result = go(built(6), provider.url, samples=2, max_tokens=500, temperature=0.5)
    assert (result.terminus.answered, result.terminus.left, result.outcomes) == (24, 0, 24)
    assert set(asked(provider).values()) == {2}
    assert len(asked(provider)) == 12
    assert {(r["max_tokens"], r["temperature"]) for r in provider.requests} == {(500, 0.5)}
    found = {row["model_id"]: row["accuracy"] for row in model_rows(result.out)}
    assert found == {"small": 0.5, "large": 1.0}
    bank = pl.read_parquet(result.out / "outcomes.parquet")
    assert set(bank["source"]) == {"live"}
    assert set(bank["sample"]) == {0, 1}
    prices = {"small": (0.1, 0.4), "large": (10.0, 40.0)}
    rows = bank.select("model_id", "input_tokens", "output_tokens", "cost_usd").rows()
    for model_id, read, written, cost in rows:
        price_in, price_out = prices[model_id]
        assert cost == pytest.approx((read * price_in + written * price_out) / 1e6)
    assert result.spent_usd == pytest.approx(float(bank["cost_usd"].sum()))
    assert len(list(read_bank(result.out).queries())) == 12


def test_what_is_there_is_not_asked_again_and_the_bank_stays_byte_for_byte(
    go: Callable[..., CollectResult], built: Callable[[int], Path], provider: Provider
) -> None:
    problems = built(5)
    first = go(problems, provider.url)
    tables = [first.out / name for name in ("outcomes.parquet", "questions.parquet")]
    before = [table.read_bytes() for table in tables]
    again = go(problems, provider.url)
    assert (again.terminus.answered, len(provider.requests)) == (0, 10)
    assert [table.read_bytes() for table in tables] == before
    more = go(problems, provider.url, models=("middle",), samples=2)
    assert (more.terminus.answered, more.outcomes) == (10, 20)
    # Other parameters are other answers: they are asked, and stand in a bank of their own.
    other = go(problems, provider.url, temperature=0.1)
    assert (other.terminus.answered, other.outcomes) == (10, 10)
    assert len(provider.requests) == 30


def test_it_stops_before_a_call_whose_worst_case_exceeds_the_budget(
    go: Callable[..., CollectResult], built: Callable[[int], Path], provider: Provider
) -> None:
    problems = built(30)
    # A call of `large` costs up to 0.04 for its answer, and really a tenth of that.
    result = go(problems, provider.url, models=("large",), budget_usd=0.1, max_tokens=1000)
    assert result.terminus.stopped_at == pytest.approx(result.spent_usd)
    assert 0.1 - 0.042 < result.spent_usd <= 0.1
    assert provider.most_in_flight <= 2
    assert result.outcomes == result.terminus.answered == len(provider.requests) < 30
    stuck = go(problems, provider.url, models=("large",), budget_usd=0.1, max_tokens=1000)
    assert stuck.terminus.answered == 0
    rest = go(problems, provider.url, models=("large",), budget_usd=10, max_tokens=1000)
    assert (rest.outcomes, len(provider.requests)) == (30, 30)


def test_a_budget_of_nothing_asks_nothing(
    go: Callable[..., CollectResult], built: Callable[[int], Path], provider: Provider
) -> None:
    result = go(built(3), provider.url, budget_usd=0)
    assert (result.outcomes, len(provider.requests), result.spent_usd) == (0, 0, 0.0)


def test_faults_are_no_outcomes_and_are_asked_again(
    go: Callable[..., CollectResult], built: Callable[[int], Path], provider: Provider
) -> None:
    sound = provider.answer
    provider.answer = lambda body: (
        Reply("no", status=400) if body["model"] == "small" else sound(body)
    )
    problems = built(4)
    result = go(problems, provider.url)
    assert (result.outcomes, result.terminus.faults) == (4, {"bad_request": 4})
    assert result.terminus.left == 4
    assert set(pl.read_parquet(result.out / "outcomes.parquet")["model_id"]) == {"large"}
    provider.answer = sound
    assert go(problems, provider.url).outcomes == 8


def test_a_model_that_refuses_us_is_given_up_at_once(
    go: Callable[..., CollectResult], built: Callable[[int], Path], provider: Provider
) -> None:
    sound = provider.answer
    provider.answer = lambda body: (
        Reply("who are you", status=401) if body["model"] == "small" else sound(body)
    )
    result = go(built(40), provider.url, in_flight=4)
    assert list(result.terminus.given_up) == ["small"]
    assert result.terminus.faults["auth"] <= 4
    assert result.outcomes == 40


def test_answers_that_never_came_count_with_their_worst_case(
    go: Callable[..., CollectResult], built: Callable[[int], Path], provider: Provider
) -> None:
    provider.answer = lambda body: Reply(hang=True)
    result = go(
        built(1), provider.url, models=("large",), call_seconds=0.3, max_tokens=1000, budget_usd=1
    )
    assert (result.outcomes, result.terminus.faults) == (0, {"timeout": 1})
    assert 0.04 < result.spent_usd < 0.042


def test_truncated_and_ungradable_answers_are_kept_as_such(
    go: Callable[..., CollectResult], built: Callable[[int], Path], provider: Provider
) -> None:
    provider.answer = lambda body: Reply("The answer is", finish="length")
    result = go(built(2), provider.url, models=("large",))
    assert pl.read_parquet(result.out / "outcomes.parquet")["verdict"].to_list() == [
        "truncated",
        "truncated",
    ]


def test_an_estimate_asks_nobody_and_learns_from_what_is_paid(
    go: Callable[..., CollectResult],
    built: Callable[[int], Path],
    provider: Provider,
    catalog: Path,
    tmp_path: Path,
) -> None:
    problems = built(4)
    settings = Settings.model_validate({"out": tmp_path / "bank", "catalog": {"models": catalog}})
    plan = CollectPlan(
        problems=(str(problems),),
        models=("small", "large"),
        budget_usd=1,
        samples=2,
        pool=f"endpoint:{provider.url}",
    )
    before = forecast(plan, settings, Silent())
    assert [(m.model_id, m.calls, m.paid) for m in before.models] == [
        ("small", 8, 0),
        ("large", 8, 0),
    ]
    assert before.models[1].basis == "a guess for premium models"
    assert before.models[1].output_tokens == 8 * 700
    assert before.models[1].worst_usd > before.models[1].usd > 0
    assert not provider.requests
    go(problems, provider.url)
    after = forecast(plan, settings, Silent())
    large = after.models[1]
    mean = sum(100 + n for n in range(4)) / 4
    assert (large.calls, large.paid, large.output_tokens) == (4, 4, 4 * mean)
    assert large.basis == "mean of 4 answers in the ledger"
    assert after.spent_usd > 0


def test_a_stand_in_is_never_taken_for_a_model(
    go: Callable[..., CollectResult], built: Callable[[int], Path], provider: Provider
) -> None:
    problems = built(3)
    stand_in = go(problems, provider.url, pool="simulated")
    assert set(pl.read_parquet(stand_in.out / "outcomes.parquet")["source"]) == {"simulated"}
    live = go(problems, provider.url)
    assert live.terminus.answered == 6
    assert set(pl.read_parquet(live.out / "outcomes.parquet")["source"]) == {"live"}


def test_stand_ins_are_right_and_wrong_and_the_dear_one_more_often_right(
    go: Callable[..., CollectResult], built: Callable[[int], Path], provider: Provider
) -> None:
    result = go(built(60), provider.url, pool="simulated")
    outcomes = pl.read_parquet(result.out / "outcomes.parquet")
    assert set(outcomes["verdict"]) == {"correct", "wrong"}
    found = {row["model_id"]: row["accuracy"] for row in model_rows(result.out)}
    assert 0 < found["small"] < found["large"] < 1


def test_what_cannot_be_done_is_said_before_anything_is_asked(
    go: Callable[..., CollectResult], built: Callable[[int], Path], provider: Provider
) -> None:
    problems = built(2)
    with pytest.raises(InputError, match="no such model: huge; known are small"):
        go(problems, provider.url, models=("huge",))
    with pytest.raises(ValidationError, match="pool"):
        go(problems, provider.url, pool="magic")
    with pytest.raises(SettingsError, match=r"pool 'endpoint:host': no URL like http://host"):
        go(problems, provider.url, pool="endpoint:host")
    with pytest.raises(InputError, match="no problem of kind everyday"):
        go(problems, provider.url, kinds=("everyday",))
    out = go(problems, provider.url).out
    asked_before = len(provider.requests)
    with exclusive(out), pytest.raises(BusyError):
        go(problems, provider.url)
    assert len(provider.requests) == asked_before


def test_a_ledger_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "collect.sqlite"
    path.write_bytes(b"no ledger" * 1000)
    with pytest.raises(InputError, match=r"collect\.sqlite: not a readable ledger"):
        CollectLedger(path)
