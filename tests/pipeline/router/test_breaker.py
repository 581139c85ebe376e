"""The breaker as a machine of three states, and the gate of a provider under pressure."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.providers.completion import Completion
from pipeline.providers.faults import ProviderError
from pipeline.router.breaker import Admission, Breaker, Outcome
from pipeline.router.deployments import Gate
from pipeline.router.usage import usage_of

PAUSE = 0.05


def admitted(breaker: Breaker) -> Admission:
    found = breaker.admit()
    assert found is not None
    return found


def opened(faults: int = 2) -> Breaker:
    breaker = Breaker(faults, PAUSE)
    for _ in range(faults):
        breaker.settle(admitted(breaker), "fault")
    return breaker


def test_it_opens_after_faults_in_a_row_only() -> None:
    breaker = Breaker(2, PAUSE)
    for outcome in ("fault", "well", "fault", "neither"):
        breaker.settle(admitted(breaker), outcome)  # type: ignore[arg-type]
        assert not breaker.is_open
    breaker.settle(admitted(breaker), "fault")
    assert breaker.is_open
    assert breaker.admit() is None


def test_after_the_pause_one_call_finds_out() -> None:
    breaker = opened()
    time.sleep(PAUSE)
    assert not breaker.is_open
    probe = admitted(breaker)
    assert probe.probe
    assert breaker.admit() is None
    breaker.settle(probe, "well")
    assert not admitted(breaker).probe


def test_a_probe_that_fails_opens_it_again() -> None:
    breaker = opened()
    time.sleep(PAUSE)
    breaker.settle(admitted(breaker), "fault")
    assert breaker.admit() is None
    time.sleep(PAUSE)
    assert admitted(breaker).probe


def test_a_probe_that_is_broken_off_leaves_the_question_to_the_next() -> None:
    breaker = opened()
    time.sleep(PAUSE)
    breaker.settle(admitted(breaker), "neither")
    assert admitted(breaker).probe


def test_calls_from_before_it_opened_do_not_lengthen_the_pause() -> None:
    breaker = Breaker(1, PAUSE)
    late = [admitted(breaker) for _ in range(5)]
    breaker.settle(admitted(breaker), "fault")
    time.sleep(PAUSE)
    for admission in late:
        breaker.settle(admission, "fault")
    assert admitted(breaker).probe


@given(st.lists(st.sampled_from(["well", "fault", "neither"]), max_size=60), st.integers(1, 5))
def test_it_is_open_just_when_so_many_faults_came_in_a_row(
    outcomes: list[Outcome], most: int
) -> None:
    breaker, row = Breaker(most, 1000.0), 0
    for outcome in outcomes:
        admission = breaker.admit()
        assert (admission is None) == (row >= most)
        if admission is not None:
            breaker.settle(admission, outcome)
            row = {"well": 0, "fault": row + 1, "neither": row}[outcome]


def test_a_gate_lets_in_as_many_as_it_has_room_for_whoever_gives_up() -> None:
    async def main() -> None:
        gate, inside, most = Gate("p", 3), 0, 0

        async def one(number: int) -> str:
            nonlocal inside, most
            try:
                await gate.enter(0.05 if number % 3 else 10.0)
            except ProviderError as fault:
                return fault.kind
            try:
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.03)
            finally:
                inside -= 1
                gate.leave()
            return "in"

        tasks = [asyncio.create_task(one(n)) for n in range(60)]
        await asyncio.sleep(0.02)
        for task in tasks[30:36]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert (most, inside) == (3, 0)
        assert done.count("in") >= 18
        assert set(done[n] for n in range(0, 30, 3)) == {"in"}
        # Nobody who gave up or was cancelled took a place along.
        for _ in range(3):
            await asyncio.wait_for(gate.enter(1.0), 1.0)

    asyncio.run(main())


@pytest.mark.parametrize("text", ["", "one two", "\u4e2d" * 30])
def test_tokens_are_estimated_from_above_where_they_are_not_counted(text: str) -> None:
    done = Completion(text, "", [], "stop", None, 5, None, 5, 0.1)
    usage = usage_of(done, [{"role": "user", "content": text}])
    assert usage.input >= usage.cached
    assert usage.output >= max(usage.reasoning, len(text.split()))
