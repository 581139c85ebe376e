"""What may not leave the house: rows that a trainer would misread without a word.

In verl an empty tool list means all tools and an unknown tool name is skipped, both silently. One
table of examples comes in; an error that names the row comes out. Knows nothing of how rows come to
be.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.dataset.columns import (
    Bools,
    Positions,
    is_text,
    lengths_of,
    numpy_of,
    one_chunk,
    plain,
)
from pipeline.errors import IntegrityError
from schemas.examples import EXAMPLES

SELECT_RESPONSE = "select_response"
CALL_PREFIX = "call_"
PRICES = (
    "input_per_million",
    "output_per_million",
    "cached_input_per_million",
    "base_input_per_million",
    "base_output_per_million",
)


def check_examples(examples: pa.Table) -> None:
    """Refuse a table of examples that is not what the contract says.

    Raises:
        IntegrityError: Another schema, an empty catalogue or tool list, an unknown or repeated tool
            name, or a price that is not a number of at least zero. The message names the row.
    """
    check_schema(examples.schema)
    extra = one_chunk(examples["extra_info"])
    ids, catalog, selection = (extra.field(n) for n in ("example_id", "catalog", "tool_selection"))
    _refuse(lengths_of(catalog) == 0, ids, "its catalogue is empty")
    _refuse(
        lengths_of(selection) == 0, ids, "its tool_selection is empty: verl offers all tools then"
    )
    _check_prices(catalog, ids)
    _check_tools(catalog, selection, ids)


def check_schema(schema: pa.Schema) -> None:
    """Refuse a schema that differs from `schemas.examples.EXAMPLES`.

    Raises:
        IntegrityError: Names the first column that differs.
    """
    schema = plain(schema)
    if schema.equals(EXAMPLES):
        return
    for field in EXAMPLES:
        at = schema.get_field_index(field.name)
        if at < 0 or not schema.field(at).type.equals(field.type):
            found = "no such column" if at < 0 else schema.field(at).type
            raise IntegrityError(f"examples: column {field.name} is {found}, not {field.type}")
    raise IntegrityError(f"examples: columns are {schema.names}, not {EXAMPLES.names}")


def _refuse(wrong: Bools, ids: pa.Array, complaint: str) -> None:
    if wrong.any():
        rows = np.flatnonzero(wrong)
        first = ids[int(rows[0])].as_py()
        raise IntegrityError(f"example {first}: {complaint} ({len(rows)} of {len(ids)} rows here)")


def _check_prices(catalog: pa.ListArray, ids: pa.Array) -> None:
    entries = catalog.flatten()
    for name in PRICES:
        values = numpy_of(entries.field(name))
        wrong = ~((values >= 0) & (values < np.inf))
        if wrong.any():
            entry = int(np.flatnonzero(wrong)[0])
            row = int(np.repeat(np.arange(len(catalog)), lengths_of(catalog))[entry])
            tool = entries.field("tool_name")[entry].as_py()
            raise IntegrityError(
                f"example {ids[row].as_py()}: {name} of {tool} is {values[entry]}; a price is a "
                "number of at least 0"
            )


def _check_tools(catalog: pa.ListArray, selection: pa.ListArray, ids: pa.Array) -> None:
    """Compare offered and selected names as counts per row and name."""
    names = pa.chunked_array(
        [_decoded(catalog.flatten().field("tool_name")), _decoded(selection.flatten())]
    )
    encoded = names.dictionary_encode().unify_dictionaries()
    known = encoded.chunk(0).dictionary
    offered = _counts(catalog, encoded.chunk(0).indices, len(known))
    chosen = _counts(selection, encoded.chunk(1).indices, len(known))
    is_call = numpy_of(pc.starts_with(known, CALL_PREFIX))
    is_select = is_text(known, SELECT_RESPONSE)
    complain = _Complaint(known, ids)
    complain((offered > 0) & ~is_call, "its catalogue holds a tool name without `call_`")
    complain(offered > 1, "its catalogue holds a tool name twice")
    complain(chosen > 1, "its tool_selection holds a name twice")
    complain((chosen > 0) & (offered == 0) & ~is_select, "its tool_selection holds an unknown name")


def _decoded(texts: pa.Array) -> pa.Array:
    return texts.dictionary_decode() if pa.types.is_dictionary(texts.type) else texts


def _counts(lists: pa.ListArray, codes: pa.Array, names: int) -> Positions:
    rows = np.repeat(np.arange(len(lists)), lengths_of(lists))
    cells = rows * names + numpy_of(codes)
    return np.bincount(cells, minlength=len(lists) * names).reshape(len(lists), names)


class _Complaint:
    """Raises for the first cell that is wrong, with its row and its name."""

    def __init__(self, names: pa.Array, ids: pa.Array) -> None:
        self._names, self._ids = names, ids

    def __call__(self, wrong: Bools, complaint: str) -> None:
        if wrong.any():
            row, name = (int(x) for x in np.argwhere(wrong)[0])
            tool, example = self._names[name].as_py(), self._ids[row].as_py()
            raise IntegrityError(f"example {example}: {complaint}: {tool!r}")
