"""Scores of real episodes: graded answers, recorded verdicts, needless calls, failures."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from stubs.provider import Provider, Reply, Script, tokens
from stubs.routing import calls_of, entry, menu, route, select

from pipeline.errors import InputError, SettingsError
from pipeline.grading.pool import GradingPool
from pipeline.reward.expected import ExpectedTokens, table_of
from pipeline.reward.scoring import Scored, Scorer, Truth, truth_of
from pipeline.reward.unit import reference_usd
from pipeline.reward_settings import RewardSettings
from pipeline.router.limits import prompt_tokens
from pipeline.router.menu import Menu
from pipeline.router.record import Episode
from pipeline.settings import GradingSettings
from schemas.examples import EXAMPLE_TIERS
from schemas.problems import DOMAINS

PRICED = RewardSettings(cost_unit="usd", shape="clip", cost_weight=3.0)
HARD = Truth("reasoning", "math", "hard", "math", '"42"', "{}", 100)
EASY = Truth("everyday", "factual", "untiered", "short_answer", '["Paris"]', "{}", 20)
RIGHT, WRONG = "so \\boxed{42}", "so \\boxed{41}"
FLAT = ExpectedTokens({(domain, tier): 1000.0 for domain in DOMAINS for tier in EXAMPLE_TIERS})


@pytest.fixture(scope="module")
def pool() -> Iterator[GradingPool]:
    with GradingPool(GradingSettings(), 1) as running:
        yield running


def played(*turns: Reply, a: Reply | None = None) -> Episode:
    """An episode of the scripted policy; model `a` answers right for 100 and 50 tokens."""
    answer = a or Reply(RIGHT, usage=tokens(100, 50))
    with Provider(Script({"router": list(turns), "a": answer, "b": answer})) as provider:
        return route(provider.url)


def call(*names: str) -> Reply:
    return Reply("", tool_calls=calls_of(*names), finish="tool_calls")


def chosen(call_id: str) -> Reply:
    return Reply("", tool_calls=select(call_id), finish="tool_calls")


def score(
    pool: GradingPool, episode: Episode, truth: Truth = HARD, settings: RewardSettings = PRICED
) -> Scored:
    (scored,) = Scorer(settings, FLAT, pool).score([(episode, truth)])
    return scored


def test_a_right_reply_earns_what_its_cost_leaves(pool: GradingPool) -> None:
    episode = played(call("a"), chosen("c1"))
    scored = score(pool, episode)
    cost = (100 * 1.0 + 50 * 2.0) / 1e6
    assert scored.cost_usd == pytest.approx(cost)
    assert scored.reward == 1.0 - min(3.0 * scored.cost_usd, 0.8)
    assert (scored.correct, scored.verdict, scored.mode) == (True, "correct", "select")
    row = episode.row
    assert (row["reward"], row["verdict"], row["quality"]) == (scored.reward, "correct", 1.0)
    assert (row["normalized_cost"], row["cost_weight"]) == (scored.cost_usd, 3.0)


@pytest.mark.parametrize(
    ("turns", "verdict", "mode"),
    [
        ((Reply(WRONG),), "wrong", "direct"),
        ((call("a"), Reply(WRONG)), "wrong", "synthesize"),
        ((Reply(RIGHT[:6], finish="length"),), "truncated", "direct"),
        ((Reply(""),), None, "failed"),
        ((call("a"), Reply("")), None, "failed"),
    ],
)
def test_what_is_not_right_earns_nothing(
    pool: GradingPool, turns: tuple[Reply, ...], verdict: str | None, mode: str
) -> None:
    scored = score(pool, played(*turns))
    assert (scored.reward, scored.correct) == (0.0, False)
    assert (scored.verdict, scored.mode, scored.ungraded) == (verdict, mode, False)


def test_failed_calls_and_the_routers_own_tokens_are_charged(pool: GradingPool) -> None:
    broken = Reply("no", status=400)
    with Provider(
        Script(
            {
                "router": [call("a", "b"), Reply(RIGHT)],
                "a": Reply(WRONG, usage=tokens(100, 50)),
                "b": broken,
            }
        )
    ) as provider:
        episode = route(provider.url)
    episode.row["router_cost_usd"] = 0.01
    episode.row["total_cost_usd"] += 0.01
    scored = score(pool, episode)
    assert (scored.calls, scored.failed_calls, scored.refused_calls) == (2, 1, 0)
    assert scored.reward == 1.0 - min(3.0 * episode.row["total_cost_usd"], 0.8)
    assert scored.cost_usd == pytest.approx(0.01 + 200 / 1e6)


def test_everyday_rows_are_to_be_answered_without_a_call(pool: GradingPool) -> None:
    paris = Reply("Paris", usage=tokens(10, 1))
    direct = score(pool, played(paris), EASY)
    assert (direct.reward, direct.correct, direct.needless) == (1.0, True, False)
    called = score(pool, played(call("a"), paris), EASY)
    assert (called.reward, called.correct, called.needless) == (0.0, False, True)
    assert called.verdict == "correct"
    unknown = score(pool, played(call("nobody"), paris), EASY)
    assert (unknown.correct, unknown.refused_calls) == (True, 1)
    wrong = score(pool, played(Reply("London")), EASY)
    assert (wrong.reward, wrong.verdict) == (0.0, "wrong")


def test_a_recorded_verdict_is_not_judged_again(pool: GradingPool) -> None:
    episode = played(call("a"), chosen("c1"))
    episode.row.update(verdict="wrong", quality=0.0)
    assert score(pool, episode).verdict == "wrong"


def test_what_nobody_can_judge_says_nothing_about_the_policy(pool: GradingPool) -> None:
    episode = played(Reply("because it is so"))
    scored = score(pool, episode, HARD._replace(grader="stem", ground_truth='"a long reason"'))
    assert (scored.verdict, scored.ungraded, scored.reward) == ("ungraded", True, 0.0)
    assert episode.row["reward"] is None


def test_the_unit_is_a_call_of_the_dearest_premium_model(pool: GradingPool) -> None:
    scored = score(pool, played(call("a"), chosen("c1")), settings=RewardSettings())
    unit = (100 * 3.0 + 1000 * 6.0) / 1e6  # of b, the premium one
    assert scored.unit_usd == pytest.approx(unit)
    assert scored.normalized_cost == pytest.approx(200 / 1e6 / unit)
    assert 1.0 - 2.0 * scored.normalized_cost < scored.reward < 1.0


def test_units_of_menus_without_a_premium_model_or_without_a_price() -> None:
    from pipeline.catalog.tariff import Usage

    usage = Usage(100, 0, 1000)
    assert reference_usd(menu("a", "c"), usage) == pytest.approx((100 * 1.0 + 1000 * 2.0) / 1e6)
    free = Menu([entry("b", 3.0, 6.0, 0.0), entry("c", 0.1, 0.4, 0.0)])
    assert reference_usd(free, usage) == pytest.approx((100 * 3.0 + 1000 * 6.0) / 1e6)
    assert reference_usd(Menu([entry("b", 0.0, 0.0)]), usage) == 0.0


def test_a_batch_is_scored_in_its_order(pool: GradingPool) -> None:
    pairs = [(played(Reply(RIGHT if n % 3 else WRONG)), HARD) for n in range(9)]
    scored = Scorer(PRICED, FLAT, pool).score(pairs)
    assert [s.correct for s in scored] == [bool(n % 3) for n in range(9)]
    assert Scorer(PRICED, FLAT, pool).score([]) == []


def test_a_row_of_the_examples_says_all_that_is_needed() -> None:
    own = [{"role": "system", "content": "Be a pirate."}, {"role": "user", "content": "6 * 7?"}]
    extra: dict[str, Any] = {
        "kind": "reasoning", "tier": "hard", "grader": "math", "grader_args": "{}",
    }  # fmt: skip
    example = {
        "ability": "math",
        "prompt": [{"role": "system", "content": "You are a router."}, *own],
        "reward_model": {"style": "rule", "ground_truth": json.dumps("42")},
        "extra_info": extra,
    }
    assert truth_of(example) == HARD._replace(input_tokens=prompt_tokens(own))


def test_the_table_of_lengths_knows_every_domain_and_tier() -> None:
    table = table_of(RewardSettings(expected_tokens={"math": {"hard": 9.0}}))
    assert all(table.of(domain, tier) > 0 for domain in DOMAINS for tier in EXAMPLE_TIERS)
    assert table.of("math", "hard") == 9.0
    with pytest.raises(InputError, match="no expected length for domain 'cooking'"):
        table.of("cooking", "hard")
    with pytest.raises(SettingsError, match="names cooking; domains are math"):
        table_of(RewardSettings(expected_tokens={"cooking": {"hard": 9.0}}))
