"""The reward as a function: its truth table, its bounds, and the published one."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.reward.formula import penalty, reward
from pipeline.reward.unit import in_units
from pipeline.reward_settings import RewardSettings

PUBLISHED = RewardSettings(cost_unit="usd", shape="clip", cost_weight=3.0, k=1.0, cap=0.8)
SMOOTH = RewardSettings()
CLIP = RewardSettings(shape="clip")
COSTS = st.floats(0, 1e6)
SETTINGS = st.builds(
    RewardSettings,
    cost_weight=st.floats(0, 100),
    shape=st.sampled_from(["smooth", "clip"]),
    cap=st.floats(0, 0.99),
)


def published(score: float, cost_usd: float) -> float:
    """score * (K - min(lambda * cost, cost_max)) of the released system, in raw dollars."""
    return score * (1.0 - min(3.0 * cost_usd, 0.8))


def test_it_is_the_published_reward_in_its_own_units() -> None:
    draw = random.Random(5)
    for _ in range(5000):
        correct, cost = draw.random() < 0.5, draw.expovariate(1) * 10 ** draw.uniform(-6, 1)
        assert reward(correct, cost, PUBLISHED) == published(float(correct), cost)


@pytest.mark.parametrize(
    ("correct", "cost", "settings", "earned"),
    [
        (False, 0.0, SMOOTH, 0.0),
        (False, math.inf, SMOOTH, 0.0),
        (True, 0.0, SMOOTH, 1.0),
        (True, 0.0, CLIP, 1.0),
        (True, 0.1, CLIP, 0.8),
        (True, 0.4, CLIP, 1.0 - 0.8),
        (True, 99.0, CLIP, 1.0 - 0.8),
        (True, math.inf, CLIP, 1.0 - 0.8),
        (True, math.inf, SMOOTH, 1.0 - 0.8),
        (True, 0.4, SMOOTH, 1.0 - 0.8 * (1 - math.exp(-1))),
        (True, math.inf, RewardSettings(cost_weight=0), 1.0),
        (True, 5.0, RewardSettings(cap=0), 1.0),
    ],
)
def test_truth_table(correct: bool, cost: float, settings: RewardSettings, earned: float) -> None:
    assert reward(correct, cost, settings) == pytest.approx(earned, abs=1e-15)


@pytest.mark.parametrize("cost", [-1e-9, -math.inf, math.nan])
def test_a_cost_that_is_none_is_refused(cost: float) -> None:
    with pytest.raises(ValueError, match="is no cost"):
        reward(True, cost, SMOOTH)


@given(SETTINGS, COSTS, COSTS)
def test_right_beats_wrong_and_cheap_beats_dear(
    settings: RewardSettings, one: float, other: float
) -> None:
    cheap, dear = sorted((one, other))
    assert 0 <= penalty(cheap, settings) <= penalty(dear, settings) <= settings.cap
    assert reward(True, cheap, settings) >= reward(True, dear, settings) > 0
    assert reward(False, cheap, settings) == 0


@given(COSTS, st.floats(0, 100))
def test_smooth_never_takes_more_than_clip(cost: float, weight: float) -> None:
    smooth, clip = (RewardSettings(cost_weight=weight, shape=shape) for shape in ("smooth", "clip"))
    assert penalty(cost, smooth) <= penalty(cost, clip)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"cap": 1.0}, "must lie under k"),
        ({"cost_weight": -1}, "cost_weight"),
        ({"cost_weight": math.inf}, "cost_weight"),
        ({"shape": "cliff"}, "shape"),
    ],
)
def test_settings_that_cannot_be(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        RewardSettings.model_validate(values)


def test_a_unit_that_costs_nothing() -> None:
    assert (in_units(2.0, 4.0), in_units(0.0, 0.0)) == (0.5, 0.0)
    assert in_units(1e-9, 0.0) == math.inf
