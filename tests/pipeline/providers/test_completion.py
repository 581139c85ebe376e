"""Bodies of answers, well-formed and not: a typed completion or a fault, never a crash."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.providers.completion import Completion, read_completion
from pipeline.providers.faults import ProviderError


def body(message: Any, **more: Any) -> dict[str, Any]:
    return {
        "choices": [{"message": message, "finish_reason": "stop"} | more.pop("choice", {})]
    } | more


def test_every_part_is_read() -> None:
    usage = {
        "prompt_tokens": 11,
        "completion_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }
    calls = [{"id": "a", "type": "function"}]
    message = {"content": "four", "reasoning_content": "2 + 2", "tool_calls": calls}
    done = read_completion(json.dumps(body(message, usage=usage)), 1.5)
    assert done == Completion("four", "2 + 2", calls, "stop", 11, 3, 7, 5, 1.5)
    assert read_completion(json.dumps(body(message, usage=usage)).encode(), 1.5) == done
    assert read_completion(body(message, usage=usage), 1.5) == done


def test_what_servers_leave_out() -> None:
    for message in ({"content": None}, {}, {"content": "", "tool_calls": None}):
        done = read_completion(body(message, usage=None), 0.0)
        assert (done.text, done.reasoning, done.tool_calls) == ("", "", [])
        assert (done.prompt_tokens, done.completion_tokens) == (None, None)
        assert (done.cached_tokens, done.reasoning_tokens) == (0, 0)
    details = {"prompt_tokens": 1, "prompt_tokens_details": None}
    assert read_completion(body({}, usage=details), 0.0).cached_tokens == 0
    assert read_completion(body({}, choice={"finish_reason": None}), 0.0).finish_reason is None
    assert read_completion(body({"reasoning": "hm"}), 0.0).reasoning == "hm"


def test_parts_of_a_message_are_joined() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, {"type": "image"}]
    assert read_completion(body({"content": parts}), 0.0).text == "ab"


@pytest.mark.parametrize(
    "seen",
    [
        "",
        "<html>502</html>",
        "null",
        "[]",
        "{}",
        '{"choices": []}',
        '{"choices": [{}]}',
        '{"choices": [null]}',
        '{"error": {"message": "overloaded"}}',
        '{"choices": [{"message": {"content": 7}}]}',
        '{"choices": [{"message": {"content": {"text": "x"}}}]}',
        '{"choices": [{"message": {"content": ["x"]}}]}',
        '{"choices": [{"message": {}, "finish_reason": 5}]}',
        '{"choices": [{"message": {}}], "usage": {"prompt_tokens": -1}}',
        '{"choices": [{"message": {}}], "usage": {"prompt_tokens": 1e999}}',
        '{"choices": [{"message": {}}], "usage": {"prompt_tokens": NaN}}',
        '{"choices": [{"message": {}}], "usage": {"completion_tokens": 99999999999999999999}}',
        '{"choices": [{"message": {}}], "usage": {"completion_tokens": "many"}}',
        '{"choices": [{"message": {}}], "usage": [1]}',
        "[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_garbage_is_a_fault_to_try_again(seen: str | bytes) -> None:
    with pytest.raises(ProviderError, match="not a completion") as caught:
        read_completion(seen, 0.0)
    assert caught.value.kind == "garbage"
    assert caught.value.retryable
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("reason", ["abort", "error"])
def test_what_a_server_broke_off_is_no_answer(reason: str) -> None:
    """A server that shuts down answers what is on its way with what it has, and status 200."""
    with pytest.raises(ProviderError, match=f"broke off: {reason}") as caught:
        read_completion(body({"content": "The answer"}, choice={"finish_reason": reason}), 0.0)
    assert caught.value.kind == "unavailable"
    assert caught.value.retryable


def test_half_a_surrogate_pair_can_be_stored() -> None:
    message = '{"choices": [{"message": {"content": "a\\ud83d", "reasoning": "\\udc00"}, '
    done = read_completion(message + '"finish_reason": "\\ud800"}]}', 0.0)
    assert (done.text, done.reasoning, done.finish_reason) == ("a?", "?", "?")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(json_values, json_values, json_values, json_values)
def test_any_json_is_a_completion_or_garbage(a: Any, b: Any, c: Any, d: Any) -> None:
    wholes = [
        a,
        {"choices": a},
        {"choices": [a], "usage": b},
        {
            "choices": [
                {"message": {"content": a, "reasoning": b, "tool_calls": c}, "finish_reason": d}
            ],
            "usage": {"prompt_tokens": a, "prompt_tokens_details": b, "completion_tokens": c},
        },
    ]
    for whole in wholes:
        with contextlib.suppress(ProviderError):
            done = read_completion(whole, 0.0)
            done.text.encode()
            assert done.finish_reason is None or isinstance(done.finish_reason, str)
            assert 0 <= (done.completion_tokens or 0) < 2**31
