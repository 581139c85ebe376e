"""The same question is found under another frame, and no other question is."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.linking import link, plain, user_text

QUESTIONS = {
    "a": "Janet has 16 eggs a day and eats three of them. How many are left?",
    "b": "A robe takes 2 bolts of blue fibre and half that much white fibre. How many in total?",
    "c": "Josh buys a house for 80,000 and puts in 50,000 in repairs. What is his profit?",
}
BARE = {f"bank-{key}": text for key, text in QUESTIONS.items()}


def framed(before: str, after: str) -> dict[str, str]:
    return {key: plain(f"{before}{text}{after}") for key, text in QUESTIONS.items()}


PAIRS = {key: f"bank-{key}" for key in QUESTIONS}


def test_equal_ids_go_before_texts() -> None:
    assert link({"x": "one text"}, {"x": "another", "y": "one text"}) == {"x": "x"}


def test_equal_texts_are_linked_whatever_their_spaces() -> None:
    assert link({"x": plain("one  text\n")}, {"y": plain(" one text")}) == {"x": "y"}


def test_a_bare_question_is_found_inside_a_frame_and_the_other_way_round() -> None:
    items = framed("", " Reason step by step.")
    assert link(items, BARE) == PAIRS
    back = link(BARE, items)
    assert back == {bank: key for key, bank in PAIRS.items()}


def test_two_frames_need_the_bare_questions() -> None:
    items = framed("Solve: ", "")
    others = {f"bank-{key}": text for key, text in framed("", " Use \\boxed{}.").items()}
    assert link(items, others) == {}
    assert link(items, others, QUESTIONS.values()) == PAIRS


def test_a_longer_question_around_another_one_is_not_the_same() -> None:
    longer = framed("", " Reason step by step.")
    longer["d"] = f"{QUESTIONS['a']} And how many after Bob gave her 4 more? Reason step by step."
    assert link(longer, BARE) == PAIRS


def test_nothing_is_like_nothing() -> None:
    assert link({}, BARE) == {}
    assert link(QUESTIONS, {}) == {}
    assert user_text(None) == ""


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_one_frame_is_seen_through(before: str, after: str) -> None:
    assert link(framed(f"{before} ", f" {after}"), BARE) == PAIRS
