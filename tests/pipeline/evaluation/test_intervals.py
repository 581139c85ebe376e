"""Intervals and tests against scipy's."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.intervals import bootstrap, compare, sign_test


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_sign_test_is_the_exact_binomial_one(wins: int, losses: int) -> None:
    if wins + losses == 0:
        assert sign_test(wins, losses) == 1.0
        return
    expected = scipy.stats.binomtest(wins, wins + losses).pvalue
    assert sign_test(wins, losses) == pytest.approx(expected, rel=1e-9)


def test_the_interval_is_that_of_scipy() -> None:
    values = (np.arange(400) % 5 < 3).astype(float)
    ours = bootstrap(values, seed=1)
    theirs = scipy.stats.bootstrap(
        (values,), np.mean, n_resamples=5000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert ours.mean == 0.6
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)
    assert bootstrap(values, seed=1) == ours != bootstrap(values, seed=2)


def test_one_value_has_no_width() -> None:
    assert bootstrap(np.array([0.25]), seed=0) == (0.25, 0.25, 0.25)


def test_a_pair_is_compared_problem_by_problem() -> None:
    first, second = np.array([1.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])
    found = compare(first, second, seed=0)
    assert (found.difference.mean, found.wins, found.losses, found.p_value) == (0.25, 2, 1, 1.0)
