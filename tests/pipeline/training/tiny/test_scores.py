"""Cases, exact expectations, baselines and the exchange of prices: arithmetic without a network."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.reward.expected import ExpectedTokens, table_of
from pipeline.reward.formula import reward
from pipeline.reward_settings import RewardSettings
from pipeline.training.tiny.baselines import (
    BEST_SINGLE,
    CHEAPEST,
    DIRECT_ONLY,
    ORACLE,
    PRICE_BLIND,
    RANDOM,
    baselines,
)
from pipeline.training.tiny.cases import Case, cases_of, exchanged, lengths_of, read_cases
from pipeline.training.tiny.evaluate import by_weight, tier_mix
from pipeline.training.tiny.law import EVERYDAY, the_world
from pipeline.training.tiny.prices_read import exchange_prices
from pipeline.training.tiny.problems import Problems
from pipeline.training.tiny.scores import Score, compare, gates, rows_of
from pipeline.training.tiny.world import Sizes, examples, world_settings, write_world

SETTINGS = RewardSettings()
LENGTHS = ExpectedTokens({(d, t): 700.0 for d, t in table_of(SETTINGS).cells})


def some_cases(split: str, count: int) -> list[Case]:
    world = the_world()
    problems = Problems(world, 0, split).take(count)
    rows = examples(world, 0, split, problems).to_pylist()
    return cases_of(rows, world, LENGTHS)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return some_cases("test", 300)


@pytest.fixture(scope="module")
def training() -> list[Case]:
    return some_cases("train", 600)


def test_a_case_knows_what_each_decision_is_worth(cases: list[Case]) -> None:
    world = the_world()
    for case in cases:
        assert len(case.chance) == len(case.cost) == len(case.tiers) == 1 + len(case.names)
        assert case.usd[0] == 0
        entry = case.menu.entries[0]
        assert case.usd[1] == pytest.approx(
            (300 * entry.tariff.input + 700 * entry.tariff.output) / 1e6
        )
        premium = [c for c, t in zip(case.cost, case.tiers, strict=True) if t == "premium"]
        assert 1.0 <= max(premium) < 1.2  # a call reads a little more than the problem alone
        assert case.chance[0] == world.chance(case.domain, case.level, "direct")


def test_a_call_for_an_everyday_row_does_not_count(cases: list[Case]) -> None:
    everyday = [case for case in cases if case.kind == EVERYDAY]
    assert everyday
    assert all(case.chance[0] == 1 and not case.chance[1:].any() for case in everyday)


def test_cases_read_from_a_file_are_measured_in_the_banks_lengths(tmp_path: Path) -> None:
    at = write_world(tmp_path, 0, Sizes(200, 5, 5, 2))
    settings = world_settings(tmp_path)
    expected = lengths_of(settings, [at.examples("train")])
    assert expected.of("math", "hard") == 700
    assert len(read_cases(at.examples("train"), the_world(), expected)) == 200


def test_expectations_by_hand(cases: list[Case]) -> None:
    case = next(c for c in cases if c.kind != EVERYDAY)
    decided = np.zeros(len(case.cost))
    decided[0], decided[1] = 0.25, 0.5  # a quarter is malformed
    finished = np.ones(len(case.cost))
    finished[1] = 0.5
    rows = rows_of([case], [decided], SETTINGS, [finished])
    right = 0.25 * case.chance[0] + 0.5 * 0.5 * case.chance[1]
    earned = 0.25 * case.chance[0] + 0.25 * case.chance[1] * reward(True, case.cost[1], SETTINGS)
    assert rows.accuracy[0] == pytest.approx(right)
    assert rows.reward[0] == pytest.approx(earned)
    assert rows.cost[0] == pytest.approx(0.5 * case.cost[1])  # paid for, finished or not


def test_baselines_stand_in_the_expected_order(cases: list[Case], training: list[Case]) -> None:
    rules = baselines(training, SETTINGS)
    found = {n: rows_of(cases, [r(c) for c in cases], SETTINGS).score for n, r in rules.items()}
    assert set(found) == {RANDOM, DIRECT_ONLY, CHEAPEST, BEST_SINGLE, PRICE_BLIND, ORACLE}
    best = found[ORACLE].reward
    assert all(score.reward <= best for score in found.values())
    assert found[PRICE_BLIND].reward > found[CHEAPEST].reward > found[RANDOM].reward
    assert found[DIRECT_ONLY].cost == 0


def test_the_oracle_is_the_best_decision_of_each_row(
    cases: list[Case], training: list[Case]
) -> None:
    oracle = baselines(training, SETTINGS)[ORACLE]
    for case in cases:
        worth = case.chance * gates(case, SETTINGS)
        assert worth[int(oracle(case).argmax())] == worth.max()


def test_a_comparison_is_paired(cases: list[Case], training: list[Case]) -> None:
    rules = baselines(training, SETTINGS)
    oracle, random = (
        rows_of(cases, [rules[name](c) for c in cases], SETTINGS) for name in (ORACLE, RANDOM)
    )
    found = compare(oracle, random)
    assert found.reward.low > 0
    assert found.reward.low < found.reward.value < found.reward.high
    assert found.reward.value == pytest.approx(oracle.score.reward - random.score.reward)
    assert found.cost.high < 0
    ratio = oracle.score.cost_per_correct / random.score.cost_per_correct
    assert found.cost_per_correct_ratio is not None
    assert found.cost_per_correct_ratio.value == pytest.approx(ratio)
    assert compare(oracle, oracle).reward == (0, 0, 0)
    assert compare(random, oracle) == compare(random, oracle)


def test_what_costs_nothing_has_no_ratio(cases: list[Case], training: list[Case]) -> None:
    rules = baselines(training, SETTINGS)
    free, random = (
        rows_of(cases, [rules[name](c) for c in cases], SETTINGS) for name in (DIRECT_ONLY, RANDOM)
    )
    assert compare(random, free).cost_per_correct_ratio is None


def test_exchanging_prices_moves_them_and_nothing_else(cases: list[Case]) -> None:
    world = the_world()
    for case in cases[:50]:
        other = exchanged(case, 1, 2, world)
        assert other.usd[[1, 2]].tolist() == case.usd[[2, 1]].tolist()
        assert other.names == case.names
        assert other.tiers == case.tiers
        assert other.chance is case.chance
        assert exchanged(other, 1, 2, world).menu.instructions == case.menu.instructions


def test_a_policy_that_reads_prices_is_told_from_one_that_does_not(cases: list[Case]) -> None:
    world = the_world()

    def cheapest(some: list[Case]) -> list[np.ndarray]:
        return [np.eye(len(c.cost))[1 + c.cost[1:].argmin()] for c in some]

    def first(some: list[Case]) -> list[np.ndarray]:
        return [np.eye(len(c.cost))[1] for c in some]

    reads = exchange_prices(cases, cheapest(cases), cheapest, world, SETTINGS)
    assert reads.dearer.cases > 200
    assert reads.dearer.lost > 0.9
    blind = exchange_prices(cases, first(cases), first, world, SETTINGS)
    assert blind.dearer.lost == 0
    assert blind.greedy_changed == 0


def test_tier_mix_adds_up(cases: list[Case]) -> None:
    mix = tier_mix(cases, [np.full(len(c.cost), 1 / len(c.cost)) for c in cases])
    assert set(mix) == {"easy", "medium", "hard"}
    assert all(sum(shares.values()) == pytest.approx(1) for shares in mix.values())


def of_cost(cost: float) -> Any:
    """As much of a report as is looked at."""
    return SimpleNamespace(sampled=Score(0.5, 0.5, cost, cost, 2 * cost))


def test_weights_are_put_in_order() -> None:
    falling = by_weight({3.0: of_cost(0.1), 1.0: of_cost(0.3), 2.0: of_cost(0.2)})
    assert falling.non_increasing
    assert list(falling.scores) == [1.0, 2.0, 3.0]
    assert not by_weight({1.0: of_cost(0.1), 2.0: of_cost(0.2)}).non_increasing
