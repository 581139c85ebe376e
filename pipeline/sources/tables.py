"""Builds Arrow tables of the contract column by column, which is ten times faster than row by row.

In: flat records. Out: validated tables `problems` and `references`.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa

from schemas.problems import Problems, References

Record = tuple[Any, ...]
Schema = type[Problems] | type[References]

_TEXT = pa.large_string()


class Tables(NamedTuple):
    """A run of problems, and the worked solutions of those that have one."""

    problems: pa.Table
    references: pa.Table


def build(records: Sequence[Record], merged: Mapping[str, Mapping[str, float]]) -> Tables:
    """Tables of some records, in their order.

    Args:
        records: As `store` parks them: scalars, then flat messages, pass rates and the solution.
        merged: Pass rates of copies by problem id; a record's own rates win.
    """
    columns = list(zip(*records, strict=True))
    ids, messages, own, solutions = columns[0], columns[12], columns[13], columns[14]
    rates = [_rates(i, r, merged) for i, r in zip(ids, own, strict=True)]
    problems = [
        *(pa.array(column, _TEXT) for column in columns[:4]),
        _messages(messages),
        *(pa.array(column, _TEXT) for column in columns[4:7]),
        _published(rates),
        _origin(columns[7:12]),
    ]
    worked = [(i, text) for i, text in zip(ids, solutions, strict=True) if text]
    references = [pa.array([w[part] for w in worked], _TEXT) for part in (0, 1)]
    return Tables(_table(Problems, problems), _table(References, references))


@cache
def arrow_schema(schema: Schema) -> pa.Schema:
    """Arrow schema of a table, the same for every cut."""
    return schema.create_empty().to_arrow(compat_level=pl.CompatLevel.oldest()).schema


def _rates(
    problem_id: str, own: Sequence[tuple[str, float]], merged: Mapping[str, Mapping[str, float]]
) -> Sequence[tuple[str, float]]:
    if problem_id not in merged:
        return sorted(own)
    return sorted({**merged[problem_id], **dict(own)}.items())


def _lists(lengths: Sequence[int], fields: Mapping[str, pa.Array]) -> pa.LargeListArray:
    """List of structs out of flat fields and the length of each list."""
    structs = pa.StructArray.from_arrays(list(fields.values()), names=list(fields))
    offsets = pa.array(accumulate(lengths, initial=0), pa.int64())
    return pa.LargeListArray.from_arrays(offsets, structs)


def _messages(flat: Sequence[list[str]]) -> pa.Array:
    texts = [text for texts in flat for text in texts]
    fields = {"role": pa.array(texts[::2], _TEXT), "content": pa.array(texts[1::2], _TEXT)}
    return _lists([len(texts) // 2 for texts in flat], fields)


def _published(rates: Sequence[Sequence[tuple[str, float]]]) -> pa.Array:
    flat = [rate for row in rates for rate in row]
    fields = {
        "reference": pa.array([name for name, _ in flat], _TEXT),
        "rate": pa.array([rate for _, rate in flat], pa.float64()),
    }
    return _lists([len(row) for row in rates], fields)


def _origin(columns: Sequence[Sequence[Any]]) -> pa.Array:
    kind = arrow_schema(Problems).field("origin").type
    arrays = [pa.array(column, field.type) for column, field in zip(columns, kind, strict=True)]
    return pa.StructArray.from_arrays(arrays, fields=list(kind))


def _table(schema: Schema, arrays: Sequence[pa.Array]) -> pa.Table:
    wanted = arrow_schema(schema)
    table = pa.Table.from_arrays(list(arrays), names=wanted.names).cast(wanted)
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    schema.validate(frame)
    return table
