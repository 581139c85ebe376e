"""Speed, and what is left in hours and money, on a clock that the test moves."""

import pytest

from pipeline.accounting import Silent
from pipeline.tiering.measured.ledger import Sample
from pipeline.tiering.measured.meter import Meter, Price


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def sample(cost: float | None = None) -> Sample:
    return Sample("x", "stop", 10, 2_000, 1.0, cost, "endpoint", None)


def sampled(meter: Meter, problems: int, each: int, cost: float | None = None) -> None:
    for _ in range(problems):
        for _ in range(each):
            meter.sampled(sample(cost))
        meter.finished(True, True)


def test_nothing_is_foretold_before_a_problem_is_done(clock: Clock) -> None:
    meter = Meter(Silent(), 10, Price(2.0))
    assert meter.line(0, {}) == "0 samples/s, 0 tokens/s, 0 in flight"
    meter.sampled(sample())
    clock.now += 2
    meter.show(3, {})
    assert meter.remaining_hours() is None


def test_what_is_left_at_this_speed(clock: Clock) -> None:
    meter = Meter(Silent(), 40, Price(18.0))
    sampled(meter, 10, each=6)
    clock.now += 20
    meter.show(8, {})
    assert meter.speed() == (3.0, 6_000.0)
    # 30 problems of 6 samples at 3 samples a second.
    assert meter.remaining_hours() == pytest.approx(60 / 3600)
    assert meter.line(8, {"timeout": 1, "garbage": 1_200}) == (
        "3 samples/s, 6,000 tokens/s, 8 in flight, 0.02 h and 0.30 USD to go, "
        "1,200 garbage, 1 timeout"
    )
    assert meter.spent_usd() == pytest.approx(20 / 3600 * 18.0)


def test_what_the_ledger_had_says_nothing_about_the_rest(clock: Clock) -> None:
    """A run that goes on after a kill begins with thousands of problems that cost it nothing."""
    meter = Meter(Silent(), 1_000, Price(36.0), lacking=100)
    for _ in range(900):
        meter.finished(True, False)
    sampled(meter, 50, each=10)
    clock.now += 100
    meter.show(8, {})
    hours = meter.remaining_hours()
    assert hours == pytest.approx(50 * 10 / 5 / 3600)
    assert meter.remaining_usd(hours or 0.0) == pytest.approx(1.0)


def test_a_provider_that_bills_tokens(clock: Clock) -> None:
    meter = Meter(Silent(), 30, Price(0.0, per_token=True))
    sampled(meter, 10, each=4, cost=0.05)
    clock.now += 60
    meter.show(0, {})
    assert meter.spent_usd() == pytest.approx(2.0)
    assert meter.remaining_usd(1.0) == pytest.approx(4.0)


def test_an_old_speed_is_forgotten(clock: Clock) -> None:
    meter = Meter(Silent(), 1_000, Price(1.0))
    for minute in range(10):
        sampled(meter, 600 if minute < 5 else 60, each=1)
        clock.now += 60
        meter.show(0, {})
    assert meter.speed()[0] == pytest.approx(1.0)
