import json

from hypothesis import given
from hypothesis import strategies as st

from schemas.problems import canonical_prompt, problem_id, to_json


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_encoding_differences_do_not_make_a_new_problem() -> None:
    composed, decomposed = "caf\u00e9?\nNow", " cafe\u0301?\r\nNow \n"
    assert problem_id("math__x", user(composed)) == problem_id("math__x", user(decomposed))


def test_source_role_and_text_each_make_a_new_problem() -> None:
    ids = {
        problem_id("math__x", user("1+1")),
        problem_id("math__y", user("1+1")),
        problem_id("math__x", user("1+2")),
        problem_id("math__x", [{"role": "system", "content": "1+1"}]),
        problem_id("math__x", user("1+1") + user("1+1")),
    }
    assert len(ids) == 5


def test_ids_are_pinned() -> None:
    """A change here breaks every join with data published before."""
    assert problem_id("math__x", user("1+1")) == "61df75fb7c9633b9"


@given(st.text(), st.text())
def test_a_turn_cannot_be_faked_by_its_text(first: str, second: str) -> None:
    if "\x1e" in first + second or "\x1f" in first + second:
        return
    split = canonical_prompt(user(first) + user(second))
    assert split != canonical_prompt(user(first + second))


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_json_text_round_trips_whatever_the_order_of_keys(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert to_json(value) == to_json(turned)
    assert json.loads(to_json(value)) == value
