"""Priors over a grid of rates, their fit, and what a finished problem's counts say."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tiering.measured.posterior import Estimator
from pipeline.tiering.measured.prior import (
    CELLS,
    RATES,
    Prior,
    assumed,
    fit,
    likelihood,
    likelihood_table,
)
from pipeline.tiering.measured.stopping import make_rule, posterior, tier_of

CUTS = (0.15, 0.65)
counts = st.integers(1, 64).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


def beta_prior(a: float, b: float) -> Prior:
    """Shares of a beta density in the cells, and nothing at the ends."""
    inner = RATES[1:-1] ** (a - 1) * (1 - RATES[1:-1]) ** (b - 1)
    weights = np.concatenate([[0.0], inner / inner.sum(), [0.0]])
    return Prior("beta", weights)


def estimator(prior: Prior, confidence: float = 0.95) -> Estimator:
    return Estimator(prior, make_rule("fixed", 16, CUTS, prior, 200.0), CUTS, confidence)


def test_the_assumed_prior_is_what_it_says() -> None:
    prior = assumed()
    assert prior.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert prior.weights[0] == pytest.approx(0.11, abs=0.005)
    assert prior.weights[-1] == pytest.approx(0.15, abs=0.005)
    assert len(RATES) == len(prior.weights) == CELLS + 2


@given(st.integers(0, 64))
def test_chances_of_counts_sum_to_one(n: int) -> None:
    table = likelihood_table(n)
    assert table.sum(axis=0) == pytest.approx(1.0, abs=1e-9)
    assert assumed().predictive(n).sum() == pytest.approx(1.0, abs=1e-9)
    assert table[n // 2, 100] == pytest.approx(
        math.comb(n, n // 2) * float(likelihood(n, n // 2)[100]), rel=1e-9
    )


@given(counts)
def test_a_posterior_is_the_closed_form_of_a_beta(pair: tuple[int, int]) -> None:
    n, k = pair
    a, b = 4.0, 5.0
    mean = float(posterior(beta_prior(a, b), n, k) @ RATES)
    assert mean == pytest.approx((a + k) / (a + b + n), abs=1e-6)
    assert float(posterior(beta_prior(a, b), n, k).sum()) == pytest.approx(1.0, abs=1e-12)


@given(counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_an_interval_holds_its_mass_and_the_mean(pair: tuple[int, int], confidence: float) -> None:
    for prior in (assumed(), beta_prior(2, 3)):
        found = estimator(prior, confidence).of(*pair)
        weights = posterior(prior, *pair)
        assert 0.0 <= found.low <= found.rate <= found.high <= 1.0
        inside = (found.low <= RATES) & (found.high >= RATES)
        assert weights[inside].sum() >= confidence - 1e-9
        assert found.rate == pytest.approx(float(weights @ RATES), abs=1e-12)
        assert 0.0 <= found.tier_probability <= 1.0
        if found.settled:
            assert tier_of([found.low, found.high], CUTS).tolist() == [found.tier] * 2


def test_estimates_rise_with_every_success_and_narrow_with_every_sample() -> None:
    for n in (1, 5, 16, 40):
        found = [estimator(assumed()).of(n, k) for k in range(n + 1)]
        for less, more in itertools.pairwise(found):
            assert less.rate < more.rate
            assert less.low <= more.low
            assert less.high <= more.high
    widths = [estimator(assumed()).of(n, n // 2) for n in (2, 8, 16, 64)]
    assert sorted((e.high - e.low for e in widths), reverse=True) == [
        e.high - e.low for e in widths
    ]


def test_extreme_counts_stay_extreme() -> None:
    never, always = estimator(assumed()).of(64, 0), estimator(assumed()).of(64, 64)
    assert never.low == 0.0
    assert never.rate < 0.01
    assert always.high == 1.0
    assert always.rate > 0.99
    assert (never.tier, always.tier) == (0, 2)
    assert never.settled
    assert always.settled


def test_a_mean_outside_its_central_interval_is_not_bent() -> None:
    weights = np.zeros(len(RATES))
    weights[0], weights[-2] = 0.98, 0.02
    prior = Prior("two points", weights)
    found = Estimator(prior, make_rule("fixed", 16, CUTS, prior, 200.0), CUTS, 0.9).of(0, 0)
    assert found.rate == pytest.approx(0.02 * RATES[-2])
    assert found.low == 0.0
    assert found.high == found.rate


def test_a_prior_that_excludes_what_happened_gives_way() -> None:
    weights = np.zeros(len(RATES))
    weights[0] = weights[-1] = 0.5
    found = estimator(Prior("ends only", weights)).of(4, 2)
    assert found.rate == pytest.approx(0.5, abs=1e-6)


def test_a_fit_finds_the_distribution_it_was_drawn_from() -> None:
    rng = np.random.default_rng(3)
    rates = np.where(rng.random(20_000) < 0.3, 0.0, rng.beta(4, 2, 20_000))
    prior = fit(np.full(20_000, 16), rng.binomial(16, rates))
    assert prior.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert (prior.weights >= 0).all()
    assert prior.weights @ RATES == pytest.approx(rates.mean(), abs=0.02)
    near_never = RATES < 0.02
    assert prior.weights[near_never].sum() == pytest.approx(0.3, abs=0.05)
    assert "20000 problems" in prior.about


def test_a_fit_does_not_mind_where_sampling_stopped() -> None:
    """Half the problems stopped after 4 samples because those looked extreme."""
    rng = np.random.default_rng(4)
    rates = rng.choice([0.1, 0.5, 0.9], 30_000)
    draws = rng.random((30_000, 16)) < rates[:, None]
    first = draws[:, :4].sum(axis=1)
    n = np.where((first == 0) | (first == 4), 4, 16)
    k = np.where(n == 4, first, draws.sum(axis=1))
    mean = float(fit(n, k).weights @ RATES)
    assert mean == pytest.approx(0.5, abs=0.01)


def test_nothing_to_fit_is_the_base() -> None:
    base = beta_prior(2, 3)
    assert fit([], [], base=base) is base
    assert fit([], []).about == assumed().about


@given(st.lists(counts, min_size=1, max_size=30))
def test_a_fit_of_any_counts_is_a_distribution(pairs: list[tuple[int, int]]) -> None:
    prior = fit([n for n, _ in pairs], [k for _, k in pairs])
    assert prior.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert (prior.weights > 0).all()
