"""One table of examples from problems, their plan and their catalogues.

Columns come in and go out whole; no row is ever a Python object. Knows nothing of files and of what
comes before or after these rows.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.arrow import column, numbers
from pipeline.dataset.columns import (
    Bools,
    Codes,
    Ints,
    Positions,
    constant,
    numbers_or_null,
    one_chunk,
    text_scalar,
)
from pipeline.dataset.prompts import router_prompts
from pipeline.rng import Floats
from schemas.examples import (
    AGENT_NAMES,
    CATALOG_ENTRY,
    EXAMPLE_TIERS,
    EXAMPLES,
    EXTRA_INFO,
    MESSAGES,
    MODES,
    TOOLS_KWARGS,
)

PROBLEM_COLUMNS = pa.schema(
    [
        ("problem_id", pa.string()),
        ("data_source", pa.string()),
        ("domain", pa.string()),
        ("kind", pa.string()),
        ("messages", MESSAGES),
        ("grader", pa.string()),
        ("ground_truth", pa.string()),
        ("grader_args", pa.string()),
    ]
)

_CREATE_KWARGS = TOOLS_KWARGS.field("select_response").type
_REWARD_MODEL = EXAMPLES.field("reward_model").type
CATALOG = pa.list_(CATALOG_ENTRY)


class Slots(NamedTuple):
    """Rows to be made, beside a table of `PROBLEM_COLUMNS` of equal length.

    Attributes:
        problem: Position of the row's problem in the survey.
        repetition: Number of the row among those of its problem.
        simple: Whether it is in simple mode.
        tier: Position in `EXAMPLE_TIERS`.
        pass_rate: NaN where there is none.
        reference: Position in the survey's references, -1 where there is none.
    """

    problem: Positions
    repetition: Ints
    simple: Bools
    tier: Codes
    pass_rate: Floats
    reference: Ints


def build_examples(
    problems: pa.Table, slots: Slots, draw: pa.Table, split: str, references: tuple[str, ...]
) -> pa.Table:
    """Table `examples` with an `index` that counts from 0.

    Args:
        problems: One problem per row, columns `PROBLEM_COLUMNS`.
        slots: What the plan says of each row.
        draw: One catalogue per row, as `draw_catalogs` gives it.
        split: Name of the split.
        references: Names that `slots.reference` points into.
    """
    given = {name: one_chunk(problems[name]) for name in problems.column_names}
    drawn = {name: one_chunk(draw[name]) for name in draw.column_names}
    prompt = router_prompts(given["messages"], drawn["catalog_lines"], slots.simple)
    style = constant("rule", len(problems), pa.string())
    reward = _struct(_REWARD_MODEL, style=style, ground_truth=given["ground_truth"])
    columns = {
        "data_source": given["data_source"],
        "prompt": prompt,
        "ability": given["domain"],
        "agent_name": _named([AGENT_NAMES[mode] for mode in MODES], slots.simple),
        "reward_model": reward,
        "extra_info": _extra_info(given, slots, drawn, split, references),
    }
    return pa.Table.from_arrays(list(columns.values()), names=list(columns))


def _extra_info(
    given: dict[str, pa.Array],
    slots: Slots,
    drawn: dict[str, pa.Array],
    split: str,
    references: tuple[str, ...],
) -> pa.StructArray:
    rows, catalog_id = len(slots.problem), drawn["catalog_id"]
    return _struct(
        EXTRA_INFO,
        index=numbers(np.arange(rows)),
        split=constant(split, rows, pa.string()),
        example_id=example_ids(given["problem_id"], slots.repetition, catalog_id),
        problem_id=given["problem_id"],
        repetition=numbers(slots.repetition),
        kind=given["kind"],
        mode=_named(MODES, slots.simple),
        tier=_named(EXAMPLE_TIERS, slots.tier),
        pass_rate=numbers_or_null(slots.pass_rate, np.isnan(slots.pass_rate)),
        reference=_reference(slots.reference, references),
        catalog_id=catalog_id,
        catalog=drawn["catalog"],
        grader=given["grader"],
        grader_args=given["grader_args"],
        need_tools_kwargs=constant(False, rows, pa.bool_()),
        tools_kwargs=_tools_kwargs(catalog_id),
        tool_selection=drawn["tool_selection"],
    )


def _struct(struct: pa.StructType, /, **columns: pa.Array) -> pa.StructArray:
    ordered = [columns[field.name] for field in struct]
    return pa.StructArray.from_arrays(ordered, names=[field.name for field in struct])


def _named(names: tuple[str, ...] | list[str], codes: npt.NDArray[np.generic]) -> pa.Array:
    return column(names, pa.string()).take(numbers(codes.astype(np.int32)))


def _reference(codes: Ints, references: tuple[str, ...]) -> pa.Array:
    return column(references, pa.string()).take(numbers_or_null(codes, codes < 0))


def _tools_kwargs(catalog_id: pa.Array) -> pa.StructArray:
    create = _struct(_CREATE_KWARGS.field("create_kwargs").type, catalog_id=catalog_id)
    return _struct(TOOLS_KWARGS, select_response=_struct(_CREATE_KWARGS, create_kwargs=create))


def example_ids(problem_id: pa.Array, repetition: Ints, catalog_id: pa.Array) -> pa.Array:
    """`schemas.examples.example_id` for whole columns."""
    repeated = pc.cast(numbers(repetition), pa.string())
    short = pc.utf8_slice_codeunits(catalog_id, 0, 8)
    return pc.binary_join_element_wise(problem_id, repeated, short, text_scalar("-"))


def numbered(examples: pa.Table, start: int) -> pa.Table:
    """The same rows with an `index` that counts from `start`; shares all other memory."""
    extra = one_chunk(examples["extra_info"])
    children = [extra.field(i) for i in range(len(EXTRA_INFO))]
    at = EXTRA_INFO.get_field_index("index")
    children[at] = numbers(np.arange(start, start + len(examples)))
    renewed = pa.StructArray.from_arrays(children, names=[field.name for field in EXTRA_INFO])
    return examples.set_column(examples.num_columns - 1, "extra_info", renewed)
