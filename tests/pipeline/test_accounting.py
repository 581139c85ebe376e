from pipeline.accounting import Reject, count_reasons, rejects_frame

LATE = Reject("dataset", "b", None, "untiered")
EARLY = Reject("dataset", "a", "math__x", "untiered", "why")
OTHER = Reject("dataset", "c", "math__x", "too_long")


def test_order_of_rejects_does_not_matter() -> None:
    assert rejects_frame([LATE, EARLY, OTHER]).equals(rejects_frame([OTHER, LATE, EARLY]))


def test_reasons_are_counted_in_order_of_name() -> None:
    counts = count_reasons(rejects_frame([LATE, EARLY, OTHER]))
    assert list(counts.items()) == [("too_long", 1), ("untiered", 2)]


def test_no_rejects_is_an_empty_table() -> None:
    assert rejects_frame([]).height == 0
    assert count_reasons(rejects_frame([])) == {}
