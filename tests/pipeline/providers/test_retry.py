"""Backoff grows, has a ceiling, and never undercuts what a server asked for."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.providers.retry import BASE_SECONDS, MAX_SECONDS, backoff


@given(st.integers(1, 5000), st.none() | st.floats(0, 600))
def test_a_wait_is_within_its_bounds(tries: int, asked: float | None) -> None:
    wait = backoff(tries, asked)
    most = min(MAX_SECONDS, BASE_SECONDS * 2.0 ** min(tries - 1, 60))
    assert (asked or 0.0) <= wait <= most + (asked or 0.0)


def test_waits_grow_and_differ() -> None:
    early = [backoff(1) for _ in range(200)]
    late = [backoff(8) for _ in range(200)]
    assert max(early) <= BASE_SECONDS
    assert sum(late) > 20 * sum(early)
    assert len(set(late)) == 200
