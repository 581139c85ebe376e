"""Where a problem stands: order of arrival is nothing, a fault is never a wrong answer."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.tiering.measured.folding import MAX_UNGRADED, UNGRADED, fold, wanted
from pipeline.tiering.measured.prior import assumed
from pipeline.tiering.measured.stopping import make_rule

CUTS = (0.15, 0.65)
DP = make_rule("dp", 16, CUTS, assumed(), 200.0)
FIXED = make_rule("fixed", 4, CUTS, assumed(), 200.0)
VERDICTS = ("correct", "wrong", "parse_failure", "truncated", UNGRADED)
verdicts = st.lists(st.sampled_from(VERDICTS), max_size=24)


def numbered(*given_verdicts: str) -> dict[int, str]:
    return dict(enumerate(given_verdicts))


@given(verdicts, st.randoms())
def test_order_of_arrival_and_what_comes_after_the_stop_are_nothing(
    known: list[str], random: object
) -> None:
    items = list(enumerate(known))
    random.shuffle(items)  # type: ignore[attr-defined]
    for rule in (DP, FIXED):
        at = fold(dict(items), rule)
        assert at == fold(dict(enumerate(known)), rule)
        assert at == fold(dict(enumerate(known[: at.end])), rule)
        assert at.n == sum(v != UNGRADED for v in known[: at.end])
        assert at.k == known[: at.end].count("correct")
        assert at.ungraded == known[: at.end].count(UNGRADED) <= MAX_UNGRADED + 1
        assert not (at.settled and at.parked)
        assert at.open or at.end <= len(known)


@given(verdicts)
def test_only_what_could_be_judged_settles_beside_a_fault(known: list[str]) -> None:
    at = fold(dict(enumerate(known)), FIXED)
    seen = known[: at.end]
    if at.settled and UNGRADED in seen:
        assert "correct" in seen or "wrong" in seen


def test_a_gap_holds_up_what_is_behind_it() -> None:
    at = fold({0: "correct", 2: "correct", 3: "correct"}, FIXED)
    assert (at.n, at.end, at.open) == (1, 1, True)
    assert wanted(at, FIXED) == 4


def test_faults_are_stepped_over_and_then_end_it() -> None:
    right = ["correct"] * 4
    two = fold(numbered(*[UNGRADED] * 2, *right), FIXED)
    assert (two.n, two.k, two.end, two.settled) == (4, 4, 6, True)
    three = fold(numbered(*[UNGRADED] * 3, *right), FIXED)
    assert (three.n, three.end, three.settled, three.parked) == (0, 3, False, True)
    lacking = fold(numbered(UNGRADED, "correct"), FIXED)
    assert wanted(lacking, FIXED) == 5


def test_failures_to_parse_beside_a_missing_sandbox_are_not_hard() -> None:
    blind = fold(numbered("parse_failure", UNGRADED, *["parse_failure"] * 3), FIXED)
    assert (blind.settled, blind.parked) == (False, True)
    without_fault = fold(numbered(*["parse_failure"] * 4), FIXED)
    assert (without_fault.settled, without_fault.k) == (True, 0)
