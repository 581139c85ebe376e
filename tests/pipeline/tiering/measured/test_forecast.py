"""Forecasts against figures worked out by hand: samples, tokens, GPU hours, money."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from stubs.players import settings_for

from pipeline.accounting import Silent
from pipeline.errors import SettingsError
from pipeline.grading.verdicts import Grade
from pipeline.layout import Layout
from pipeline.tiering.measured.forecast import Forecast, ModeForecast, forecast
from pipeline.tiering.measured.ledger import Ledger, Sample, request_key
from pipeline.tiering.measured.measure import Measurement
from pipeline.tiering.measured.prior import RATES, assumed
from pipeline.tiering.measured.samples import judge_of
from pipeline.tiering.specs import Sampled, reference_specs

Problems = Callable[..., Layout]
NOWHERE = "http://127.0.0.1:9/v1"
SPEED = 2_000.0
HOUR_USD = 3.0


def measurement_of(layout: Layout, **options: Any) -> Measurement:
    settings = settings_for(layout, NOWHERE, **options)
    (spec,) = reference_specs(settings)
    assert isinstance(spec, Sampled)
    return Measurement(spec, settings, layout, Silent())


def line(found: Forecast, mode: str) -> ModeForecast:
    return next(one for one in found.modes if one.mode == mode)


def fill(measurement: Measurement, right: int, tokens: tuple[int, int]) -> None:
    """Put a whole pilot into the ledger: `right` of 16 samples of each problem are correct."""
    with Ledger(measurement.ledger_path) as ledger:
        for question in measurement.questions(measurement.book.pilot):
            request = request_key(question.problem_id, measurement.identity)
            judge = judge_of(question, measurement.settings.grading)
            ledger.register(request, question.problem_id, measurement.identity)
            for number in range(16):
                hit = number < right
                used = tokens[0] if hit else tokens[1]
                sample = Sample(f"{number}", "stop", 10, used, 1.0, None, "endpoint", None)
                grade = Grade("correct" if hit else "wrong", float(hit), None, "math", "1")
                ledger.add(request, number, sample)
                ledger.add_verdict(request, number, judge, grade)


def curtailed(rate: float) -> tuple[float, float]:
    """Mean samples and successes until 0 to 2, 3 to 10 or 11 to 16 successes of 16 are certain."""
    samples = right = 0.0
    alive = {0: 1.0}
    for n in range(1, 17):
        reached: dict[int, float] = {}
        for k, chance in alive.items():
            reached[k] = reached.get(k, 0.0) + chance * (1 - rate)
            reached[k + 1] = reached.get(k + 1, 0.0) + chance * rate
        alive = {}
        for k, chance in reached.items():
            most = k + 16 - n
            if most <= 2 or k >= 11 or (k >= 3 and most <= 10):
                samples += n * chance
                right += k * chance
            else:
                alive[k] = chance
    assert not alive
    return samples, right


def test_without_a_pilot_everything_is_assumed_and_said_so(problems: Problems) -> None:
    layout = problems([0.5] * 40)
    measurement = measurement_of(
        layout, gpu_tokens_per_second=SPEED, gpu_hour_usd=HOUR_USD, pilot=10
    )
    found = forecast(measurement)
    assert (found.model, found.problems, found.in_ledger) == ("stub", 40, 0)
    basis = "\n".join(found.basis)
    for part in ("pass rates: assumed: U-shaped", "assumed 4,000 for a right and 12,000 for"):
        assert part in basis
    assert "2,000 tokens/s per GPU (settings), 3 USD per GPU hour" in basis
    assert "pilot: 0 of 10 problems sampled" in basis
    weights = assumed().weights
    fixed, mean = line(found, "fixed"), float(weights @ RATES)
    assert fixed.samples == pytest.approx(40 * 16)
    assert fixed.tokens == pytest.approx(640 * (4_000 * mean + 12_000 * (1 - mean)))
    assert fixed.gpu_hours == pytest.approx(fixed.tokens / SPEED / 3600)
    assert fixed.usd == pytest.approx(fixed.tokens / SPEED / 3600 * HOUR_USD)
    pairs = [curtailed(float(rate)) for rate in RATES]
    samples, right = (float(weights @ np.array(column)) for column in zip(*pairs, strict=True))
    curtail = line(found, "curtail")
    assert curtail.samples == pytest.approx(40 * samples)
    assert curtail.tokens == pytest.approx(40 * (4_000 * right + 12_000 * (samples - right)))
    assert curtail.differing == pytest.approx(0.0, abs=1e-12)
    assert curtail.wrong == pytest.approx(fixed.wrong)


def test_sequential_modes_pay_for_their_pilot(problems: Problems) -> None:
    """Ten problems are sampled to the end, whatever the rule."""
    found = {
        pilot: line(forecast(measurement_of(problems([0.5] * 40, f"p{pilot}"), pilot=pilot)), "dp")
        for pilot in (0, 10, 40)
    }
    each = found[0].samples / 40
    assert 1 < each < 12
    assert found[10].samples == pytest.approx(10 * 16 + 30 * each)
    assert found[40].samples == pytest.approx(40 * 16)
    assert found[0].differing == found[10].differing < 0.01


def test_a_pilot_in_the_ledger_replaces_the_assumptions(problems: Problems) -> None:
    """Tokens are those of its right and its wrong answers, pass rates are learned."""
    layout = problems([0.5] * 60)
    options = {"gpu_tokens_per_second": SPEED, "gpu_hour_usd": HOUR_USD, "pilot": 20}
    before = forecast(measurement_of(layout, **options))
    fill(measurement_of(layout, **options), right=12, tokens=(100, 900))
    measurement = measurement_of(layout, **options)
    found = forecast(measurement)
    assert found.in_ledger == 320
    basis = "\n".join(found.basis)
    assert "pass rates: fitted to 20 problems" in basis
    assert "tokens: 100 for a right and 900 for a wrong answer in the pilot" in basis
    assert "pilot: 20 of 20 problems sampled" in basis
    mean = float(measurement.book.priors[-1].weights @ RATES)
    assert mean == pytest.approx(0.6, abs=0.15)
    fixed = line(found, "fixed")
    assert fixed.samples == pytest.approx(960)
    assert fixed.tokens == pytest.approx(960 * (100 * mean + 900 * (1 - mean)))
    assert fixed.usd == pytest.approx(fixed.tokens / SPEED / 3600 * HOUR_USD)
    assert line(before, "fixed").tokens > 10 * fixed.tokens
    # 12 of 16 lies near a cut, so a rule that has learned it must look longer.
    assert line(found, "dp").samples > line(before, "dp").samples


def test_a_small_pilot_says_nothing_about_tokens(problems: Problems) -> None:
    layout = problems([0.5] * 20)
    fill(measurement_of(layout, pilot=10), right=8, tokens=(1, 1))
    basis = "\n".join(forecast(measurement_of(layout, pilot=10)).basis)
    assert "fitted to 10 problems" in basis
    assert "tokens: assumed" in basis


def test_accurate_mode_is_compared_with_the_truth_only(problems: Problems) -> None:
    found = forecast(measurement_of(problems([0.5] * 10), pilot=0))
    accurate, fixed = line(found, "dp-accurate"), line(found, "fixed")
    assert math.isnan(accurate.differing)
    assert accurate.wrong < fixed.wrong
    assert fixed.differing == pytest.approx(0.0, abs=1e-9)


def test_without_a_speed_neither_hours_nor_money_are_made_up(problems: Problems) -> None:
    found = forecast(measurement_of(problems([0.5] * 10)))
    assert all(mode.gpu_hours is None and mode.usd is None for mode in found.modes)
    assert "speed unknown" in "\n".join(found.basis)
    assert "set tiering.measure.gpu_tokens_per_second" in "\n".join(found.basis)


def test_a_hosted_model_is_billed_by_the_token(problems: Problems) -> None:
    layout = problems([0.5] * 10)
    found = forecast(measurement_of(layout, references=("litellm:openai/gpt-4o-mini",), pilot=0))
    fixed = line(found, "fixed")
    assert fixed.gpu_hours is None
    # 0.60 USD per million tokens, as OpenAI's price list has it.
    assert fixed.usd == pytest.approx(fixed.tokens * 0.6e-6)
    assert "0.6 USD per million tokens written" in "\n".join(found.basis)
    unknown = forecast(measurement_of(layout, references=("litellm:acme/nothing-9",), pilot=0))
    assert line(unknown, "fixed").usd is None
    assert "has no price for acme/nothing-9" in "\n".join(unknown.basis)


def test_nothing_to_measure(problems: Problems) -> None:
    layout = problems([])
    with pytest.raises(SettingsError, match="no problem can be graded"):
        forecast(measurement_of(layout))
