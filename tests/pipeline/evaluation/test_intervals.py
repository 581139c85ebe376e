"""Averages, intervals and tests against scipy's, and against the plain way of reckoning."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.intervals import Averager, Groups, compare, sign_test
from pipeline.rng import Floats


def alone(count: int) -> Groups:
    """Problems that belong to nothing."""
    return Groups([f"{n:04}" for n in range(count)], [""] * count)


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_sign_test_is_the_exact_binomial_one(wins: int, losses: int) -> None:
    if wins + losses == 0:
        assert sign_test(wins, losses) == 1.0
        return
    expected = scipy.stats.binomtest(wins, wins + losses).pvalue
    assert sign_test(wins, losses) == pytest.approx(expected, rel=1e-9)


def test_the_interval_is_that_of_scipy() -> None:
    values = (np.arange(400) % 5 < 3).astype(float)
    averager = Averager(alone(400))
    ours = averager.bootstrap(values, seed=1)
    theirs = scipy.stats.bootstrap(
        (values,), np.mean, n_resamples=5000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert ours.mean == 0.6
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)
    assert averager.bootstrap(values, seed=1) == ours != averager.bootstrap(values, seed=2)


def test_a_pooled_share_resamples_what_holds_its_parts() -> None:
    draws = np.random.default_rng(3)
    counts = draws.integers(1, 4, 300).astype(float)
    kept = np.where(draws.random(300) < 0.6, counts, np.floor(counts / 2))
    ours = Averager(alone(300)).bootstrap(kept, 0, counts)
    theirs = scipy.stats.bootstrap(
        (kept, counts), lambda k, n, axis: k.sum(axis=axis) / n.sum(axis=axis), paired=True,
        n_resamples=5000, method="percentile", rng=draws,
    ).confidence_interval  # fmt: skip
    assert ours.mean == pytest.approx(kept.sum() / counts.sum())
    assert ours.mean != pytest.approx(float((kept / counts).mean()), abs=1e-3)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)


def test_one_value_has_no_width() -> None:
    assert Averager(alone(1)).bootstrap(np.array([0.25]), seed=0) == (0.25, 0.25, 0.25)


def nested(paths: Sequence[str], values: Sequence[float]) -> float:
    """The mean of the means of what is under each first name."""
    below: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for path, value in zip(paths, values, strict=True):
        head, _, rest = path.partition("/")
        below[head].append((rest, value))
    if list(below) == [""]:
        return fmean(values)
    return fmean(nested(*zip(*rows, strict=True)) for rows in below.values())


PATHS = st.sampled_from(["math/amc", "math/aime", "math/olympiad", "logic/zebra", "language/typos"])


@given(st.lists(st.tuples(PATHS, st.floats(0, 1)), min_size=1, max_size=40))
def test_tasks_count_alike_within_a_category_and_categories_within_a_suite(
    rows: list[tuple[str, float]],
) -> None:
    paths, values = zip(*rows, strict=True)
    found = Averager(Groups([str(n) for n in range(len(rows))], paths)).mean(np.array(values))
    assert found == pytest.approx(nested(paths, values), abs=1e-12)


def test_a_stratified_interval_is_as_wide_as_its_strata_say() -> None:
    sizes = {"a/x": 200, "a/y": 50, "b/z": 20}
    draws = np.random.default_rng(5)
    parts = [path for path, size in sizes.items() for _ in range(size)]
    centre = {"a/x": 0.2, "a/y": 0.5, "b/z": 0.9}
    values = np.array([centre[path] + draws.normal(0, 0.1) for path in parts])
    found = Averager(Groups([f"{n:03}" for n in range(len(parts))], parts)).bootstrap(values, 0)
    by_part = {path: values[[part == path for part in parts]] for path in sizes}
    shares = {"a/x": 1 / 4, "a/y": 1 / 4, "b/z": 1 / 2}
    variance = sum(shares[p] ** 2 * v.var() / len(v) for p, v in by_part.items())
    assert found.mean == pytest.approx(sum(shares[p] * v.mean() for p, v in by_part.items()))
    # Drawn across the parts it would be many times as wide: their means are far apart.
    assert found.high - found.low == pytest.approx(2 * 1.96 * variance**0.5, rel=0.1)


def test_turns_of_one_conversation_are_drawn_together() -> None:
    values: Floats = (np.arange(200) % 3 == 0).astype(float)
    names = [f"{n:03}" for n in range(200)]
    once = Averager(Groups(names, [""] * 200)).bootstrap(values, seed=4)
    twice = Averager(Groups(names * 2, ["turn_1"] * 200 + ["turn_2"] * 200))
    # The second turn is as good as the first, so that asking it has told nothing.
    assert twice.bootstrap(np.concatenate([values, values]), seed=4) == pytest.approx(once)
    assert twice.mean(np.concatenate([values, values * 0])) == pytest.approx(once.mean / 2)


def test_a_pair_is_compared_problem_by_problem() -> None:
    first, second = np.array([1.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])
    found = compare(first, second, alone(4), seed=0)
    assert (found.difference.mean, found.wins, found.losses, found.p_value) == (0.25, 2, 1, 1.0)
    turns = Groups(["a", "a", "b", "b"], ["turn_1", "turn_2", "turn_1", "turn_2"])
    paired = compare(first, second, turns, seed=0)
    assert (paired.difference.mean, paired.wins, paired.losses) == (0.25, 1, 0)
