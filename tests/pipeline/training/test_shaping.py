"""Shaping: what length takes, and what is told of an episode."""

import math

import pytest

from pipeline.reward.scoring import Scored
from pipeline.training.presets import PRESETS
from pipeline.training.shaping import overlong_penalty, shaped

SCORED = Scored(
    reward=0.7, correct=True, verdict="correct", quality=1.0, ungraded=False, needless=False,
    cost_usd=0.01, unit_usd=0.1, normalized_cost=0.1, penalty=0.3, mode="select", calls=2,
    failed_calls=1, refused_calls=0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("tokens", "taken"), [(0, 0.0), (60, 0.0), (61, 0.025), (80, 0.5), (100, 1.0), (250, 1.0)]
)
def test_length_takes_more_and_more_of_the_last_tokens(tokens: int, taken: float) -> None:
    assert overlong_penalty(tokens, 100, 40, 1.0) == pytest.approx(taken)
    assert overlong_penalty(tokens, 100, 40, 0.5) == pytest.approx(taken / 2)
    assert overlong_penalty(tokens, 100, 0, 1.0) == 0.0


def test_the_whole_record_is_told() -> None:
    preset = PRESETS["qwen2.5-7b"]
    score, facts = shaped(SCORED, 8_192, preset)
    assert score == facts["score"] == pytest.approx(-0.3)
    assert facts["earned"] == 0.7
    assert facts["overlong"] == 1.0
    assert (facts["mode_select"], facts["mode_direct"], facts["mode_failed"]) == (1.0, 0.0, 0.0)
    assert (facts["calls"], facts["failed_calls"]) == (2.0, 1.0)
    assert all(math.isfinite(value) for value in facts.values())


def test_an_infinite_cost_has_a_mean() -> None:
    scored = SCORED._replace(normalized_cost=float("inf"), quality=None)
    facts = shaped(scored, 10, PRESETS["tiny"]).facts
    assert all(math.isfinite(value) for value in facts.values())
