"""The router's prompt and its budget."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.budget import line_tokens, message_tokens, text_tokens, tool_tokens
from pipeline.dataset.prompts import (
    AGENT_INSTRUCTIONS,
    SIMPLE_INSTRUCTIONS,
    router_prompts,
    router_tokens,
)
from schemas.examples import MESSAGES

TURNS = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "system"]), "content": st.text()}),
    min_size=1,
    max_size=3,
)


@given(st.lists(st.tuples(TURNS, st.text(), st.booleans()), max_size=6))
def test_our_message_comes_first_and_theirs_stay(
    cases: list[tuple[list[dict[str, str]], str, bool]],
) -> None:
    messages = pa.array([turns for turns, _, _ in cases], MESSAGES)
    lines = pa.array([text for _, text, _ in cases], pa.string())
    simple = np.array([flag for _, _, flag in cases], np.bool_)
    made = router_prompts(messages, lines, simple)
    assert made.type.equals(MESSAGES)
    for (turns, text, flag), prompt in zip(cases, made.to_pylist(), strict=True):
        instructions = SIMPLE_INSTRUCTIONS if flag else AGENT_INSTRUCTIONS
        assert prompt == [{"role": "system", "content": instructions + text}, *turns]


def test_instructions_say_what_counts() -> None:
    for words in ("select_response", "call id", "failed calls included", "earns nothing"):
        assert words in AGENT_INSTRUCTIONS
    assert "select_response" not in SIMPLE_INSTRUCTIONS
    assert "exactly one line" in SIMPLE_INSTRUCTIONS


@given(st.lists(st.text(), max_size=5))
def test_estimate_lies_between_half_a_token_and_one_token_a_byte(texts: list[str]) -> None:
    sizes = [len(text.encode()) for text in texts]
    counts = text_tokens(pa.array(texts, pa.string())).tolist()
    assert all(-(-size // 2) <= n <= size for size, n in zip(sizes, counts, strict=True))


def test_digits_count_one_each_with_what_stands_before_them() -> None:
    assert text_tokens(pa.array(["3 1 4", "abcd", "", "ab12"])).tolist() == [5, 2, 0, 4]


def test_digits_of_the_next_string_do_not_count_here() -> None:
    assert text_tokens(pa.array(["ab", "12"])).tolist() == [1, 2]


def test_estimate_of_a_slice_is_that_of_its_strings() -> None:
    texts = pa.array(["long text before", "ab", "1 2", None, "after"])
    assert text_tokens(texts.slice(1, 3)).tolist() == [1, 3, 0]


def test_messages_add_up() -> None:
    turns = [{"role": "user", "content": "abcd"}, {"role": "user", "content": "12"}]
    counts = message_tokens(pa.array([turns, turns[:1], []], MESSAGES)).tolist()
    assert counts == [8 + 2 + 8 + 2, 8 + 2, 0]


def test_simple_rows_render_no_tools() -> None:
    draw = pa.table({"catalog_lines": ["a | b", "a | b"], "tool_chars": [3_000, 3_000]})
    agent, simple = router_tokens(draw, np.array([False, True])).tolist()
    assert agent - simple > 900
    assert tool_tokens(pa.array([3_001])).tolist() == [1_001]
    assert line_tokens(pa.array(["12345"])).tolist() == [3]
