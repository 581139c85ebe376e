"""Rows that must not leave the house are named."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pipeline.catalog.laws import law_named
from pipeline.catalog.load import load_models
from pipeline.catalog.perturb import draw_catalogs
from pipeline.dataset.checks import check_examples, check_schema
from pipeline.dataset.rows import PROBLEM_COLUMNS, Slots, build_examples, numbered
from pipeline.errors import IntegrityError
from schemas.examples import EXAMPLES

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def examples() -> pa.Table:
    texts = {
        name: ["x"] * 3 for name in PROBLEM_COLUMNS.names if name not in ("messages", "problem_id")
    }
    texts["problem_id"] = [f"{i:016x}" for i in range(3)]
    turns = [[{"role": "user", "content": str(i)}] for i in range(3)]
    problems = pa.table({**texts, "messages": turns}).select(PROBLEM_COLUMNS.names)
    zeros = np.zeros(3, np.int32)
    slots = Slots(np.arange(3), zeros, zeros > 0, zeros.astype(np.int8), zeros * np.nan, zeros - 1)
    keys = np.arange(3, dtype=np.uint64)
    draw = draw_catalogs(load_models(None), law_named("none"), 0, "train", keys, 0.0)
    return build_examples(problems.cast(PROBLEM_COLUMNS), slots, draw, "train", ())


def altered(examples: pa.Table, change: Callable[[dict[str, Any]], None], row: int = 1) -> pa.Table:
    rows: Rows = examples.to_pylist()
    change(rows[row]["extra_info"])
    return pa.Table.from_pylist(rows, EXAMPLES)


def test_sound_rows_pass(examples: pa.Table) -> None:
    check_examples(examples)
    check_examples(numbered(examples, 7))


def test_numbering_changes_nothing_else(examples: pa.Table) -> None:
    rows, again = examples.to_pylist(), numbered(examples, 7).to_pylist()
    assert [row["extra_info"].pop("index") for row in again] == [7, 8, 9]
    for row in rows:
        row["extra_info"].pop("index")
    assert rows == again


def _no_catalog(extra: dict[str, Any]) -> None:
    extra["catalog"] = []


def _null_catalog(extra: dict[str, Any]) -> None:
    extra["catalog"] = None


def _no_tools(extra: dict[str, Any]) -> None:
    extra["tool_selection"] = []


def _unknown_tool(extra: dict[str, Any]) -> None:
    extra["tool_selection"].append("call_stranger")


def _not_a_call(extra: dict[str, Any]) -> None:
    extra["catalog"][0]["tool_name"] = "ask_model"


def _repeated_selection(extra: dict[str, Any]) -> None:
    extra["tool_selection"].append("select_response")


def _repeated_tool(extra: dict[str, Any]) -> None:
    extra["catalog"][1]["tool_name"] = extra["catalog"][0]["tool_name"]


def _tool_of_another_row(extra: dict[str, Any]) -> None:
    extra["catalog"].pop()


def _negative(extra: dict[str, Any]) -> None:
    extra["catalog"][2]["input_per_million"] = -0.5


def _not_a_number(extra: dict[str, Any]) -> None:
    extra["catalog"][2]["output_per_million"] = float("nan")


def _null_price(extra: dict[str, Any]) -> None:
    extra["catalog"][2]["base_output_per_million"] = None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_no_catalog, "catalogue is empty"),
        (_null_catalog, "catalogue is empty"),
        (_no_tools, "tool_selection is empty"),
        (_unknown_tool, "unknown name: 'call_stranger'"),
        (_not_a_call, "without `call_`: 'ask_model'"),
        (_repeated_selection, "twice: 'select_response'"),
        (_repeated_tool, "a tool name twice"),
        (_tool_of_another_row, "unknown name"),
        (_negative, "input_per_million of .* is -0.5"),
        (_not_a_number, "output_per_million of .* is nan"),
        (_null_price, "base_output_per_million of .* is nan"),
    ],
)
def test_bad_rows_are_refused(
    examples: pa.Table, change: Callable[[dict[str, Any]], None], complaint: str
) -> None:
    name = examples["extra_info"][1]["example_id"].as_py()
    with pytest.raises(IntegrityError, match=f"example {name}: .*{complaint}"):
        check_examples(altered(examples, change))


def test_another_schema_is_refused(examples: pa.Table) -> None:
    with pytest.raises(IntegrityError, match="column ability is no such column"):
        check_schema(examples.drop_columns(["ability"]).schema)
    wide = examples.set_column(0, "data_source", examples["data_source"].cast(pa.large_string()))
    with pytest.raises(IntegrityError, match="data_source is large_string"):
        check_examples(wide)
    with pytest.raises(IntegrityError, match="columns are"):
        check_schema(examples.append_column("more", [[1, 2, 3]]).schema)
