"""Arrow columns: read in tables of a fixed length, turned into numpy arrays and back.

`Array.to_numpy`, `pyarrow.array` and `pyarrow.scalar` are not used in this room: each imports
pandas wherever it is installed, at the price of a second. Knows nothing of what columns mean.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.catalog.arrow import column, numbers
from pipeline.errors import InputError, IntegrityError
from pipeline.rng import Keys

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]
# Rows of numbers: a named tuple of equally long arrays, one a column.
Rows = TypeVar("Rows", bound=NamedTuple)

BATCH_ROWS = 2048


def one_chunk(chunks: pa.ChunkedArray) -> pa.Array:
    """A column as a single array."""
    return chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()


def numpy_of(values: pa.Array | pa.ChunkedArray) -> Array:
    """A numeric or boolean column as numpy; numbers with nulls become floats with NaN."""
    series = pl.from_arrow(values)
    assert isinstance(series, pl.Series)
    return series.to_numpy()


def lengths_of(lists: pa.ListArray) -> Positions:
    """Elements of each list; 0 where it is null."""
    lengths: Positions = np.nan_to_num(numpy_of(lists.value_lengths())).astype(np.int64)
    return lengths


def numbers_or_null(values: Array, missing: Bools) -> pa.Array:
    """An Arrow array of int32, int64 or float64 with nulls."""
    full = numbers(values)
    bitmap = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(full.type, len(values), [bitmap, full.buffers()[1]])


def constant(value: Any, rows: int, kind: pa.DataType) -> pa.Array:
    """One value, `rows` times."""
    return column([value], kind).take(numbers(np.zeros(rows, np.int32)))


def text_scalar(value: str) -> pa.Scalar:
    """A string for Arrow's compute functions."""
    return column([value], pa.string())[0]


def is_text(texts: pa.Array, value: str) -> Bools:
    """Where a string column equals a value."""
    equal: Bools = numpy_of(pc.equal(texts, text_scalar(value)))
    return equal


def stream(path: Path, schema: pa.Schema, rows: int = BATCH_ROWS) -> Iterator[pa.Table]:
    """Read the named columns in tables of `rows` rows, whatever the file's row groups are.

    Raises:
        InputError: The file is missing, unreadable, or lacks a column or its type.
    """
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            _require(path, file.schema_arrow, schema)
            for batch in file.iter_batches(rows, columns=schema.names, use_threads=False):
                yield pa.Table.from_batches([batch]).select(schema.names).cast(schema)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; run the stage that writes it first") from error
    except pa.ArrowException as error:
        raise InputError(f"{path}: not readable ({error}); delete it and build again") from error


def _require(path: Path, found: pa.Schema, wanted: pa.Schema) -> None:
    missing = [name for name in wanted.names if name not in found.names]
    if missing:
        raise InputError(f"{path}: lacks the columns {missing}; it has {found.names}")


def picked(rows: Rows, at: Positions | Bools | slice) -> Rows:
    """The rows at the named places."""
    return rows._make(column[at] for column in rows)


def joined(parts: Sequence[Rows]) -> Rows:
    """The rows of at least one part, end to end."""
    return parts[0]._make(np.concatenate(column) for column in zip(*parts, strict=True))


def keys_of(identifiers: pa.Array | pa.ChunkedArray) -> Keys:
    """Ids of 16 hex digits as numbers; numeric order is text order.

    Raises:
        IntegrityError: Something else than 16 hex digits.
    """
    ids = identifiers
    if isinstance(ids, pa.ChunkedArray):
        ids = one_chunk(ids)
    if not len(ids):
        return np.empty(0, np.uint64)
    lengths = pc.min_max(pc.binary_length(ids))
    if ids.null_count or (lengths["min"].as_py(), lengths["max"].as_py()) != (16, 16):
        raise IntegrityError(f"an id has not 16 hex digits; they begin {ids[:3].to_pylist()}")
    data = ids.buffers()[2][16 * ids.offset :] if ids.offset else ids.buffers()[2]
    try:
        packed = bytes.fromhex(data.to_pybytes()[: 16 * len(ids)].decode("ascii"))
    except ValueError as error:
        raise IntegrityError(f"an id is not hexadecimal: {error}") from error
    return np.frombuffer(packed, dtype=">u8").astype(np.uint64)


def identifiers_of(keys: Keys) -> pa.Array:
    """Numbers as ids of 16 hex digits: the inverse of `keys_of`."""
    data = pa.py_buffer(keys.astype(">u8").tobytes().hex().encode())
    offsets = pa.py_buffer(np.arange(0, 16 * len(keys) + 1, 16, dtype=np.int32))
    return pa.StringArray.from_buffers(len(keys), offsets, data)


def plain(schema: pa.Schema) -> pa.Schema:
    """The schema with dictionary types replaced by those of their values."""
    return pa.schema([field.with_type(_plain(field.type)) for field in schema])


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain(field.type)) for field in kind])
    return kind
