"""Stop rules: optimal where they claim to be, certain where they must be, never too eager."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.tiering.measured.folding import fold, wanted
from pipeline.tiering.measured.prior import RATES, Prior, assumed, fit
from pipeline.tiering.measured.stopping import MODES, Mode, StopRule, make_rule, tier_of

CUTS = (0.15, 0.65)
State = tuple[int, int]

priors = st.lists(
    st.tuples(st.integers(0, len(RATES) - 1), st.floats(0.01, 1.0)), min_size=1, max_size=5
)


def prior_of(points: list[tuple[int, float]]) -> Prior:
    weights = np.zeros(len(RATES))
    for index, weight in points:
        weights[index] += weight
    return Prior("points", weights / weights.sum())


def sequences(n: int) -> Iterator[tuple[int, ...]]:
    return itertools.product((0, 1), repeat=n)


def chance(prior: Prior, sequence: tuple[int, ...]) -> float:
    k, n = sum(sequence), len(sequence)
    return float(prior.weights @ (RATES**k * (1 - RATES) ** (n - k)))


def masses(prior: Prior, n_max: int, truth: bool) -> dict[State, np.ndarray]:
    """Probability of passing through [n, k] and of each tier in the end, by enumeration."""
    found: dict[State, np.ndarray] = {}
    for n in range(n_max + 1):
        for head in sequences(n):
            mass = found.setdefault((n, sum(head)), np.zeros(3))
            if truth:
                k = sum(head)
                each = prior.weights * RATES**k * (1 - RATES) ** (n - k)
                mass += np.bincount(tier_of(RATES, CUTS), each, 3)
                continue
            for rest in sequences(n_max - n):
                tier = int(tier_of((sum(head) + sum(rest)) / n_max, CUTS))
                mass[tier] += chance(prior, head + rest)
    return found


def cost(stops: set[State], mass: dict[State, np.ndarray], n_max: int, price: float) -> float:
    """Of a policy, over all sequences: those that stop somewhere pay for what they took there."""
    total = 0.0
    alive = {(0, 0): 1.0}  # share of the sequences through a state that have not stopped before
    for n in range(n_max + 1):
        coming: dict[State, float] = {}
        for (_, k), share in alive.items():
            if (n, k) in stops or n == n_max:
                here = mass[n, k] * share
                total += n * here.sum() + price * (here.sum() - here.max())
                continue
            for more in (0, 1):
                coming[n + 1, k + more] = coming.get((n + 1, k + more), 0.0)
        for n_next, k_next in coming:
            ways = _ways(n_next, k_next, stops)
            coming[n_next, k_next] = ways / _ways(n_next, k_next, set())
        alive = coming
    return total


def _ways(n: int, k: int, stops: set[State]) -> int:
    """Sequences to [n, k] that met no stop before."""
    return sum(
        all((i, sum(s[:i])) not in stops for i in range(n)) for s in sequences(n) if sum(s) == k
    )


@pytest.mark.parametrize("mode", ["dp", "dp-accurate"])
@settings(max_examples=8)
@given(points=priors, price=st.floats(0.5, 300.0))
def test_no_policy_is_cheaper(mode: Mode, points: list[tuple[int, float]], price: float) -> None:
    """Every one of the 2^9 policies that take a sample first, over all sequences of 4."""
    n_max, prior = 4, prior_of(points)
    rule = make_rule(mode, n_max, CUTS, prior, price)
    mass = masses(prior, n_max, truth=mode == "dp-accurate")
    states = [(n, k) for n in range(1, n_max) for k in range(n + 1)]
    ours = {state for state in states if rule.stop[state]}
    best = min(
        cost({s for s, bit in zip(states, bits, strict=True) if bit}, mass, n_max, price)
        for bits in itertools.product((0, 1), repeat=len(states))
    )
    assert cost(ours, mass, n_max, price) == pytest.approx(best, rel=1e-9, abs=1e-9)


def test_the_value_is_that_of_an_independent_recursion() -> None:
    """A plain recursion over sequences, in place of tables over counts."""
    n_max, price, prior = 9, 60.0, assumed()
    rule = make_rule("dp-accurate", n_max, CUTS, prior, price)
    tiers = tier_of(RATES, CUTS)

    def value(n: int, k: int, weights: np.ndarray) -> float:
        each = np.array([weights[tiers == t].sum() for t in range(3)])
        stopped = price * (1.0 - each.max())
        if n == n_max:
            return float(stopped)
        p = float(weights @ RATES)
        up, down = weights * RATES, weights * (1 - RATES)
        gone = 1.0 + p * value(n + 1, k + 1, up / up.sum())
        gone += (1 - p) * value(n + 1, k, down / down.sum())
        if n:
            assert rule.stop[n, k] == (stopped <= gone) or abs(stopped - gone) < 1e-9
        return min(float(stopped), gone) if n else gone

    value(0, 0, prior.weights)


cuts_of = st.tuples(st.integers(1, 98), st.integers(1, 98)).map(
    lambda pair: (min(pair) / 100, max(pair) / 100 + 0.01)
)


@settings(max_examples=200)
@given(st.lists(st.booleans(), min_size=1, max_size=24), cuts_of)
def test_curtail_never_changes_the_label(hits: list[bool], cuts: tuple[float, float]) -> None:
    rule = make_rule("curtail", len(hits), cuts, assumed(), 1.0)
    at = fold({i: "correct" if hit else "wrong" for i, hit in enumerate(hits)}, rule)
    assert at.settled
    assert rule.tier[at.n, at.k] == tier_of(sum(hits) / len(hits), cuts)
    if at.n > 1:  # one sample earlier the label was still open
        k = sum(hits[: at.n - 1])
        rest = len(hits) - at.n + 1
        low, high = tier_of([k / len(hits), (k + rest) / len(hits)], cuts)
        assert low != high


@given(st.lists(st.booleans(), min_size=16, max_size=16))
def test_fixed_takes_all_and_gives_the_label_of_the_share(hits: list[bool]) -> None:
    rule = make_rule("fixed", 16, CUTS, assumed(), 200.0)
    at = fold({i: "correct" if hit else "wrong" for i, hit in enumerate(hits)}, rule)
    assert (at.n, at.k) == (16, sum(hits))
    assert rule.tier[16, at.k] == tier_of(sum(hits) / 16, CUTS)


def all_rules() -> list[StopRule]:
    pilot = fit([16] * 50, [0] * 30 + [16] * 20)
    return [
        make_rule(mode, n_max, CUTS, prior, price)
        for mode in MODES
        for n_max in (1, 2, 7, 16)
        for prior in (assumed(), pilot, prior_of([(401, 1.0)]))
        for price in (1.0, 200.0)
    ]


RULES = all_rules()


@settings(max_examples=300)
@given(st.sampled_from(RULES), st.lists(st.booleans(), min_size=16, max_size=16))
def test_ahead_is_never_more_than_what_comes(rule: StopRule, hits: list[bool]) -> None:
    """Samples asked for at once are all needed, whatever they say."""
    verdicts = {i: "correct" if hit else "wrong" for i, hit in enumerate(hits)}
    end = fold(verdicts, rule)
    assert end.settled
    assert 1 <= end.n <= rule.n_max
    for taken in range(end.n):
        at = fold({i: verdicts[i] for i in range(taken)}, rule)
        assert at.open
        assert taken < wanted(at, rule) <= end.n


def test_ahead_is_as_far_as_it_can_be() -> None:
    """Along some way sampling ends exactly there: a smaller number would ask in more rounds."""
    for rule in RULES:
        for n in range(rule.n_max):
            for k in range(n + 1):
                if rule.stop[n, k]:
                    assert rule.ahead[n, k] == 1
                    continue
                states, steps = {(n, k)}, 0
                while not any(rule.stop[state] for state in states):
                    states = {(m + 1, j + more) for m, j in states for more in (0, 1)}
                    steps += 1
                assert rule.ahead[n, k] == steps


def test_every_rule_takes_a_sample_and_ends() -> None:
    for rule in RULES:
        assert not rule.stop[0, 0]
        assert rule.stop[rule.n_max].all()


def test_a_dearer_mistake_takes_more_samples() -> None:
    rules = [make_rule("dp", 16, CUTS, assumed(), price) for price in (5.0, 50.0, 500.0)]
    stops = [int(rule.stop[:16].sum()) for rule in rules]
    assert stops == sorted(stops, reverse=True)
    assert stops[0] > stops[-1]


def test_a_rate_at_a_cut_is_in_the_easier_tier() -> None:
    assert tier_of([0.0, 0.1499, 0.15, 0.6499, 0.65, 1.0], CUTS).tolist() == [0, 0, 1, 1, 2, 2]
    assert tier_of(13 / 20, CUTS) == 2
