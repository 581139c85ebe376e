import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.settings import TieringSettings
from pipeline.tiering.pass_rates import (
    count_attempts,
    pool_references,
    rated,
    select_first,
    tiers,
    wilson,
)

SETTINGS = TieringSettings()
Z_95 = 1.959963984540054

trials = st.integers(1, 5_000)
pairs = trials.flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
confidences = st.floats(0.51, 0.999)


@given(pairs, confidences)
def test_bounds_lie_in_the_unit_interval_and_around_the_rate(
    pair: tuple[int, int], confidence: float
) -> None:
    k, n = pair
    low, high = wilson([k], [n], confidence)
    assert 0 <= low[0] <= k / n <= high[0] <= 1
    assert low[0] < high[0]


@given(pairs, confidences)
def test_bounds_solve_the_equation_they_come_from(pair: tuple[int, int], confidence: float) -> None:
    """Wilson's bounds are the p with |k/n - p| = z sqrt(p (1 - p) / n)."""
    k, n = pair
    interval = wilson([k], [n], confidence)
    for bound in (float(interval.low[0]), float(interval.high[0])):
        z = abs(k / n - bound) / math.sqrt(bound * (1 - bound) / n) if 0 < bound < 1 else None
        if z is not None:
            assert 0.5 * (1 + math.erf(z / math.sqrt(2))) == pytest.approx((1 + confidence) / 2)


@given(trials, confidences)
def test_more_correct_answers_never_lower_a_bound(n: int, confidence: float) -> None:
    k = np.arange(n + 1)
    low, high = wilson(k, np.full(n + 1, n), confidence)
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) >= 0).all()


@given(pairs)
def test_successes_and_failures_mirror_each_other(pair: tuple[int, int]) -> None:
    k, n = pair
    low, high = wilson([k, n - k], [n, n], 0.95)
    assert low[0] == pytest.approx(1 - high[1], abs=1e-12)


def test_nought_of_sixteen_reaches_to_nineteen_percent_and_settles_nothing() -> None:
    low, high = wilson([0], [16], 0.95)
    assert low[0] == 0
    assert high[0] == pytest.approx(Z_95**2 / (16 + Z_95**2))
    assert high[0] == pytest.approx(0.19, abs=0.005)
    frame = rated(counts([(0, 16), (0, 40), (16, 16), (8, 16), (0, 0)]), SETTINGS)
    assert frame["tier"].to_list() == ["hard", "hard", "easy", "medium", "hard"]
    assert frame["settled"].to_list() == [False, True, True, False, False]


def counts(pairs: list[tuple[int, int]]) -> pl.DataFrame:
    size = len(pairs)
    return pl.DataFrame(
        {
            "problem_id": [f"{i:016x}" for i in range(size)],
            "reference": ["m"] * size,
            "n": pl.Series([n for _, n in pairs], dtype=pl.Int32),
            "k": pl.Series([k for k, _ in pairs], dtype=pl.Int32),
            "pass_rate": [k / n if n else 0.1 for k, n in pairs],
            "method": ["recorded"] * size,
            "proxy_for": pl.Series([None] * size, dtype=pl.String),
            "pooled": [False] * size,
        }
    )


def test_an_unknown_n_has_no_interval() -> None:
    frame = rated(counts([(0, 0), (1, 2)]), SETTINGS)
    assert frame["low"].to_list()[0] is None
    assert frame["high"].to_list()[0] is None
    assert frame["low"].to_list()[1] is not None


def test_no_rates_give_an_empty_table() -> None:
    assert rated(counts([]), SETTINGS).is_empty()


@given(st.floats(0, 1), st.floats(0, 0.98), st.floats(0.001, 0.5))
def test_cuts_are_half_open(rate: float, hard_below: float, gap: float) -> None:
    easy_from = min(hard_below + gap, 1.0)
    settings = TieringSettings(hard_below=hard_below, easy_from=easy_from)
    expected = "hard" if rate < hard_below else "medium" if rate < easy_from else "easy"
    assert tiers([rate], settings)[0] == expected
    assert tiers([hard_below, easy_from], settings).tolist() == ["medium", "easy"]


def test_the_cuts_themselves_and_their_neighbours() -> None:
    below, above = np.nextafter(0.15, 0), np.nextafter(0.65, 0)
    found = tiers([0, below, 0.15, above, 0.65, 1], SETTINGS).tolist()
    assert found == ["hard", "hard", "medium", "medium", "easy", "easy"]


def test_a_settled_interval_lies_within_one_tier() -> None:
    n = 200
    frame = rated(counts([(k, n) for k in range(n + 1)]), SETTINGS)
    for low, high, settled in frame.select("low", "high", "settled").iter_rows():
        inside = high < 0.15 or (low >= 0.15 and high < 0.65) or low >= 0.65
        assert settled == inside


def attempts(rows: list[tuple[str, str, str]], engine: str = "recorded") -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["problem_id", "reference", "verdict"], orient="row")
    return frame.with_columns(engine=pl.lit(engine))


def test_ungraded_attempts_are_not_in_n_and_every_other_failure_is() -> None:
    verdicts = ("correct", "wrong", "parse_failure", "truncated", "ungraded", "ungraded")
    found = count_attempts(attempts([("p", "m", v) for v in verdicts] + [("q", "m", "ungraded")]))
    assert found.select("problem_id", "n", "k", "pass_rate").rows() == [("p", 4, 1, 0.25)]


@pytest.mark.parametrize(
    ("verdicts", "n"),
    [
        (("ungraded", "parse_failure", "truncated"), None),
        (("ungraded", "parse_failure", "wrong"), 2),
        (("parse_failure", "truncated"), 2),
    ],
)
def test_failures_beside_ungraded_attempts_alone_give_no_rate(
    verdicts: tuple[str, ...], n: int | None
) -> None:
    one = attempts([("p", "m", verdict) for verdict in verdicts])
    assert count_attempts(one)["n"].to_list() == ([] if n is None else [n])
    two = pl.concat([one, attempts([("p", "other", "wrong")])])
    assert pool_references(two)["n"].to_list() == ([] if n is None else [n + 1])


def test_a_pool_is_named_after_the_references_with_graded_attempts() -> None:
    rows = [("p", "b", "correct"), ("p", "a", "wrong"), ("p", "c", "ungraded"), ("q", "a", "wrong")]
    found = pool_references(attempts(rows))
    assert found.select("problem_id", "reference", "n", "k", "pooled").rows() == [
        ("p", "pooled:a+b", 2, 1, True)
    ]


def test_one_simulated_attempt_makes_a_simulated_rate() -> None:
    by_engine = {e: attempts([("p", "m", "wrong")], e) for e in ("recorded", "simulated", "vllm")}
    mixed = pl.concat([by_engine["recorded"], by_engine["simulated"]])
    assert count_attempts(mixed)["method"].to_list() == ["simulated"]
    assert count_attempts(by_engine["recorded"])["method"].to_list() == ["recorded"]
    assert count_attempts(by_engine["vllm"])["method"].to_list() == ["measured"]


def test_the_first_spec_that_covers_a_problem_decides() -> None:
    rates = pl.DataFrame(
        [
            ("p", "z", 0, False),
            ("p", "pooled:y+z", 0, True),
            ("p", "a", 1, False),
            ("q", "a", 1, False),
        ],
        schema=["problem_id", "reference", "precedence", "pooled"],
        orient="row",
    )
    marked = select_first(rates)
    chosen = marked.filter("selected").select("problem_id", "reference").rows()
    assert chosen == [("p", "pooled:y+z"), ("q", "a")]
    assert marked["reference"].to_list() == ["a", "pooled:y+z", "z", "a"]
