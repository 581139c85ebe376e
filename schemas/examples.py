"""Table `examples`: exactly the rows that verl reads, in one Arrow schema for all files.

Parts that vary from row to row are JSON text or fixed structs. Arrow would merge free-form structs
of different rows and fill the gaps with nulls, which a trainer then takes for tool arguments.
"""

import pyarrow as pa

SPLITS = ("train", "validation", "test")
MODES = ("agent", "simple")
AGENT_NAMES = {"agent": "xrouter_agent", "simple": "single_turn_agent"}
EXAMPLE_TIERS = ("easy", "medium", "hard", "untiered")

MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))

CATALOG_ENTRY = pa.struct(
    [
        ("model_id", pa.string()),
        ("tool_name", pa.string()),
        ("display_name", pa.string()),
        ("litellm_model", pa.string()),
        ("tier", pa.string()),
        ("input_per_million", pa.float64()),
        ("output_per_million", pa.float64()),
        ("cached_input_per_million", pa.float64()),
        ("base_input_per_million", pa.float64()),
        ("base_output_per_million", pa.float64()),
        ("price_factor", pa.float64()),
        ("context_window", pa.int64()),
        ("max_output_tokens", pa.int64()),
        ("capabilities", pa.list_(pa.string())),
        ("description", pa.string()),
    ]
)

# verl hands `tools_kwargs` to stock tool agents as {tool: {"create_kwargs": {...}}}. Only the tool
# that every row offers is named here, so that the struct is the same in every row; the model tools
# are built from `catalog`.
TOOLS_KWARGS = pa.struct(
    [
        (
            "select_response",
            pa.struct([("create_kwargs", pa.struct([("catalog_id", pa.string())]))]),
        )
    ]
)

EXTRA_INFO = pa.struct(
    [
        ("index", pa.int64()),
        ("split", pa.string()),
        ("example_id", pa.string()),
        ("problem_id", pa.string()),
        ("repetition", pa.int32()),
        ("kind", pa.string()),
        ("mode", pa.string()),
        ("tier", pa.string()),
        ("pass_rate", pa.float64()),
        ("reference", pa.string()),
        ("catalog_id", pa.string()),
        ("catalog", pa.list_(CATALOG_ENTRY)),
        ("grader", pa.string()),
        ("grader_args", pa.string()),
        ("need_tools_kwargs", pa.bool_()),
        ("tools_kwargs", TOOLS_KWARGS),
        ("tool_selection", pa.list_(pa.string())),
    ]
)

EXAMPLES = pa.schema(
    [
        ("data_source", pa.string()),
        ("prompt", MESSAGES),
        ("ability", pa.string()),
        ("agent_name", pa.string()),
        ("reward_model", pa.struct([("style", pa.string()), ("ground_truth", pa.string())])),
        ("extra_info", EXTRA_INFO),
    ]
)


def example_id(problem_id: str, repetition: int, catalog_id: str) -> str:
    """Readable lineage: problem, repetition and the first half of the catalogue's hash."""
    return f"{problem_id}-{repetition}-{catalog_id[:8]}"
