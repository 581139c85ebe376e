"""Which columns of a Reasoning360 file are read, and whether their types fit.

In: an Arrow schema. Out: dotted column paths, or an `InputError` that names file, column and type.
"""

from functools import cache

import pyarrow as pa

from pipeline.sources.parquet_columns import is_number, is_text, require, wrong_type

RATE_SUFFIXES = ("_pass_rate", "_avg_reward")
KEY_FIELDS = ("index", "idx", "id")
SOLUTION_FIELDS = ("reference", "solution", "reference_solution", "worked_solution")
OTHER_FIELDS = (
    "entry_point", "prefix", "choices", "options", "question", "instruction_id_list",
)  # fmt: skip
EXTRA_FIELDS = KEY_FIELDS + SOLUTION_FIELDS + OTHER_FIELDS


def column_paths(schema: pa.Schema, file: str, rates: list[str]) -> dict[str, str]:
    """Dotted paths of everything the reader looks at, by the name the reader gives it.

    Raises:
        InputError: A needed column is missing or of a wrong type.
    """
    _check_types(schema, file)
    paths = {
        "data_source": "data_source",
        "prompt": "prompt",
        "truth": "reward_model.ground_truth",
    }
    if "ability" in schema.names and is_text(schema.field("ability").type):
        paths["ability"] = "ability"
    if "extra_info" in schema.names and pa.types.is_struct(schema.field("extra_info").type):
        present = {field.name for field in schema.field("extra_info").type}
        paths |= {f: f"extra_info.{f}" for f in EXTRA_FIELDS if f in present}
    return paths | {rate: rate for rate in rates}


def _check_types(schema: pa.Schema, file: str) -> None:
    source = require(schema, file, "data_source")
    if not is_text(source):
        raise wrong_type(file, "data_source", source, "text")
    prompt = require(schema, file, "prompt")
    if not _is_messages(prompt):
        raise wrong_type(file, "prompt", prompt, "list<struct<role: string, content: string>>")
    reward = require(schema, file, "reward_model")
    if not pa.types.is_struct(reward) or reward.get_field_index("ground_truth") < 0:
        raise wrong_type(file, "reward_model", reward, "a struct with the field ground_truth")


def _is_messages(kind: pa.DataType) -> bool:
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return False
    item = kind.value_type
    return pa.types.is_struct(item) and all(
        item.get_field_index(part) >= 0 and is_text(item.field(part).type)
        for part in ("role", "content")
    )


@cache
def reference_of(column: str) -> str:
    """Name of the reference model in a rate column's name."""
    for suffix in RATE_SUFFIXES:
        column = column.removesuffix(suffix)
    return column


def rate_columns(schema: pa.Schema, file: str) -> list[str]:
    """Columns that hold published pass rates, sorted.

    Raises:
        InputError: One of them is not numeric.
    """
    rates = sorted(name for name in schema.names if name.endswith(RATE_SUFFIXES))
    for name in rates:
        if not is_number(schema.field(name).type):
            raise wrong_type(file, name, schema.field(name).type, "a number from 0 to 1")
    return rates
