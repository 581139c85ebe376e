"""The money of a run: bounded over processes and starts, and never a lesson for the policy."""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from stubs.routing import request

from pipeline.catalog.tariff import Usage
from pipeline.router.turns import CallError, CallRequest, Reply
from pipeline.training.purse import BoundedSource, RunPurse, SpentError

# 100 tokens of an answer at 2 USD a million, and a prompt of 10 by our estimate at 1.
WORST = 100 * 2e-6 + 10 * 1e-6


class Source:
    name = "live"

    def __init__(self, outcome: Reply | CallError | BaseException) -> None:
        self.outcome, self.calls = outcome, 0

    async def call(self, request: CallRequest, seconds: float) -> Reply:
        self.calls += 1
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


def reply(output: int = 10, cost: float | None = None) -> Reply:
    return Reply("yes", Usage(10, 0, output), "stop", "live", provider_cost_usd=cost)


def asked(source: Source, purse: RunPurse) -> float:
    """Make one call; returns what is booked after it."""
    before = purse.spent
    with contextlib.suppress(CallError, KeyboardInterrupt):
        asyncio.run(BoundedSource(source, purse).call(request(), 5.0))
    return purse.spent - before


@pytest.mark.parametrize(
    ("outcome", "cost"),
    [
        (reply(), 10e-6 + 10 * 2e-6),
        (reply(cost=0.5), 0.5),
        (CallError("rate_limit", "slow down"), 0.0),
        (CallError("timeout", "late"), WORST),
        (CallError("bad_request", "no", usage=Usage(10, 0, 0)), 10e-6),
    ],
)
def test_what_a_call_cost_is_booked(
    outcome: Reply | CallError, cost: float, tmp_path: Path
) -> None:
    assert asked(Source(outcome), RunPurse(tmp_path / "p", 10.0)) == pytest.approx(cost)


def test_list_prices_are_booked_whatever_is_shown(tmp_path: Path) -> None:
    source, purse = Source(reply()), RunPurse(tmp_path / "p", 10.0)
    shown = request()
    cheap = shown._replace(entry=shown.entry._replace(tariff=shown.entry.base.times(0.01)))
    asyncio.run(BoundedSource(source, purse).call(cheap, 5.0))
    assert purse.spent == pytest.approx(30e-6)


def test_what_does_not_fit_is_not_sent_and_ends_the_run(tmp_path: Path) -> None:
    source, purse = Source(reply()), RunPurse(tmp_path / "p", WORST / 2)
    with pytest.raises(SpentError, match="raise it with --spend-usd"):
        asked(source, purse)
    assert (source.calls, purse.spent) == (0, 0.0)
    with pytest.raises(SpentError):
        purse.check()


def test_a_later_start_goes_on_with_the_books(tmp_path: Path) -> None:
    asked(Source(reply(cost=0.5)), RunPurse(tmp_path / "p", 1.0))
    later = RunPurse(tmp_path / "p", 0.5)
    assert later.spent == pytest.approx(0.5)
    with pytest.raises(SpentError):
        later.reserve(1e-6)


def test_many_at_once_never_spend_more(tmp_path: Path) -> None:
    RunPurse(tmp_path / "p", 1.0)

    def one(_: int) -> bool:
        try:
            RunPurse(tmp_path / "p", 1.0).reserve(0.1)
        except SpentError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(40))) in (9, 10)  # ten tenths may be a hair over one
    assert RunPurse(tmp_path / "p", 1.0).spent <= 1.0
