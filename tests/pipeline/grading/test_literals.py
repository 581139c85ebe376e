"""Literals of JSON and Python are read; nothing is run, and nothing takes long."""

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.grading.literals import NotALiteral, read

SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(VALUES)
def test_json_comes_back(value: Any) -> None:
    assert read(json.dumps(value)) == value


@given(VALUES)
def test_python_comes_back(value: Any) -> None:
    assert read(f" {value!r}\n") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(1, 2)", (1, 2)),
        ("[1, 2,]", [1, 2]),
        ("{'a': True}", {"a": True}),
        ("['it''s']", ["its"]),
        ('["\\"", "]"]', ['"', "]"]),
        ("[-1.5, +2, .5, 1e3]", [-1.5, 2, 0.5, 1000.0]),
        ("None", None),
    ],
)
def test_what_models_write(text: str, value: Any) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[x]",
        "f(1)",
        "[1] + [2]",
        "1 if True else 2",
        "__import__('os')",
        "[i for i in [1]]",
        "lambda: 1",
        "'a' * 9",
        "[1, 2",
        "]1[",
        "{1: 2",
        "'open",
        "\\",
        "…",
        "[1 2]",
        "{[1]: 2}",
        "9" * 5000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotALiteral):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 90_000,
        "[" * 40_000 + "]" * 40_000,
        "(" * 90_000,
        "{'a':" * 19_000,
        '"]"' * 30_000,
        "'" * 99_999,
        "-" * 90_000 + "1",
        "1," * 49_000,
        "'\\" * 40_000,
        " " * 99_000 + "x",
        "[" * 2_000_000,
    ],
)
def test_hostile_texts_end_soon(text: str) -> None:
    began = time.thread_time()
    with contextlib.suppress(NotALiteral):
        read(text)
    assert time.thread_time() - began < 10
