"""Tool calls in texts: all forms that models write, and what cannot be read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.router.turns import ToolCall
from pipeline.training.hermes import read_simple, read_turn

CALL = '<tool_call>\n{"name": "call_a", "arguments": {"system_prompt": "Be brief."}}\n</tool_call>'


def test_a_turn_is_text_and_calls() -> None:
    said, calls = read_turn(f"Let me ask.\n{CALL}\n{CALL}")
    assert said == "Let me ask."
    assert [call.name for call in calls] == ["call_a", "call_a"]
    assert json.loads(calls[0].arguments) == {"system_prompt": "Be brief."}


@pytest.mark.parametrize(
    "block", ["{", "[1]", '{"name": "x"}', '"text"', "null", '{"arguments": {}}', ""]
)
def test_what_cannot_be_read_is_a_call_without_a_name(block: str) -> None:
    assert read_turn(f"<tool_call>{block}</tool_call>") == ("", (ToolCall("", "", block),))


def test_a_block_that_was_cut_off_is_no_answer() -> None:
    assert read_turn('<tool_call>\n{"name": "call_a", "arg') == (
        "",
        (ToolCall("", "", '{"name": "call_a", "arg'),),
    )


def test_thoughts_are_neither_answer_nor_call() -> None:
    assert read_turn(f"<think>\n{CALL}\n</think>\nParis") == ("Paris", ())


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    read_turn(text)
    read_simple(text)
    read_turn(f"<tool_call>{text}</tool_call>")


@pytest.mark.parametrize("text", ["CALL: call_a", "  CALL: call_a\n", "CALL:call_a "])
def test_one_line_hands_a_simple_row_on(text: str) -> None:
    said, (call,) = read_simple(text)
    assert (said, call.name, json.loads(call.arguments)) == ("", "call_a", {"system_prompt": ""})


@pytest.mark.parametrize("text", ["Paris", "I would CALL: call_a", "CALL: a b", "CALL: a\nOr b"])
def test_everything_else_is_the_answer(text: str) -> None:
    assert read_simple(text) == (text, ())
