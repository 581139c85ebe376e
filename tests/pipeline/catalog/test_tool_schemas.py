import json
import re

import pytest

from pipeline.catalog.describe import describe
from pipeline.catalog.prices import money_text, nearest, price_grid, price_text, unit_mistake
from pipeline.catalog.tools import tool_schemas

ENTRIES = [
    {"tool_name": "call_a", "description": "A", "max_output_tokens": 500},
    {"tool_name": "call_b", "description": "B", "max_output_tokens": None},
]


def test_one_function_per_model_and_one_to_select():
    tools = tool_schemas(ENTRIES)
    assert [tool["function"]["name"] for tool in tools] == ["call_a", "call_b", "select_response"]
    assert {tool["type"] for tool in tools} == {"function"}
    json.dumps(tools)


def test_a_call_takes_a_system_prompt_and_may_take_two_settings():
    parameters = tool_schemas(ENTRIES)[0]["function"]["parameters"]
    assert parameters["required"] == ["system_prompt"]
    assert parameters["additionalProperties"] is False
    properties = parameters["properties"]
    assert {name: spec["type"] for name, spec in properties.items()} == {
        "system_prompt": "string",
        "temperature": "number",
        "max_tokens": "integer",
    }
    assert (properties["temperature"]["minimum"], properties["temperature"]["maximum"]) == (0, 2)
    assert (properties["max_tokens"]["minimum"], properties["max_tokens"]["maximum"]) == (1, 500)


def test_an_unknown_answer_length_sets_no_limit():
    spec = tool_schemas(ENTRIES)[1]["function"]["parameters"]["properties"]["max_tokens"]
    assert "maximum" not in spec


def test_a_reply_is_selected_by_call_id():
    parameters = tool_schemas([])[-1]["function"]["parameters"]
    assert parameters["required"] == list(parameters["properties"]) == ["call_id"]


def test_tool_names_are_valid_and_distinct(models):
    names = [m.tool_name for m in models.models]
    assert all(re.fullmatch(r"call_[a-z0-9_]{1,59}", name) for name in names)
    assert len(set(names)) == 25


@pytest.mark.parametrize(
    ("price", "line", "sentence"),
    [
        (0.05, "0.05", "0.05"),
        (1.25, "1.25", "1.25"),
        (10.0, "10", "10.00"),
        (1.1, "1.1", "1.10"),
        (0.0025, "0.0025", "0.0025"),
        (0.0, "0", "0.00"),
        (0.000001, "0.000001", "0.000001"),
        (100_000.0, "100000", "100000.00"),
    ],
)
def test_prices_are_written_as_price_lists_do(price, line, sentence):
    assert price_text(price) == line
    assert money_text(price) == sentence
    assert float(line) == float(sentence) == price


def test_every_grid_price_survives_being_written():
    grid = price_grid([1, 1.1, 1.25, 4.4, 9])
    assert [float(price_text(price)) for price in grid] == grid.tolist()


def test_nearest_is_nearest_in_ratio():
    grid = price_grid([1, 2, 5])
    assert nearest(grid, 3.1) == 2
    assert nearest(grid, 3.2) == 5
    assert nearest(grid, 0) == 0


def test_a_slip_of_units_is_a_factor_over_a_hundred():
    assert unit_mistake(1.0, 100.5)
    assert unit_mistake(1.0, 0.0099)
    assert not unit_mistake(1.0, 100.0)
    assert not unit_mistake(0.0, 5.0)


def test_a_description_says_what_the_numbers_say():
    assert describe("standard", 200_000, ["reasoning", "chain_of_thought"], 1.1, 4.4) == (
        "Standard model for reasoning and chain of thought with a 200k context window; $1.10 per "
        "million input tokens and $4.40 per million output tokens."
    )
    assert describe("budget", 1_048_576, [], 0, 0).startswith("Budget model with a 1M context")
    assert "512-token context" in describe("budget", 512, [], 0, 0)
