"""Streams chosen columns of a parquet file in small record batches, whatever the size of its rows.

In: a file. Out: columns as Python lists, batch by batch. Does not know what the columns mean.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import InputError
from pipeline.sources.files import SourceFile, some

# A batch holds about this much: rows of real files run from 300 bytes to 10 MB.
BATCH_BYTES = 8 << 20
BATCH_ROWS = 4096
READ_BUFFER = 1 << 20


class Batch(NamedTuple):
    """Some consecutive rows: position of the first one, and the columns by name."""

    start: int
    columns: dict[str, list[Any]]
    rows: int


def open_parquet(file: SourceFile) -> pq.ParquetFile:
    """Open a parquet file for streaming; close it after use.

    Raises:
        InputError: It is not a whole parquet file, or may not be read.
    """
    try:
        return pq.ParquetFile(file.path, buffer_size=READ_BUFFER, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(file.name, error) from error


def _unreadable(name: str, error: Exception) -> InputError:
    return InputError(
        f"{name}: not a readable parquet file ({error}); it may be truncated or of another format: "
        "fetch it again or take it out of the input"
    )


def count_rows(path: Path) -> int:
    """Rows of a parquet file, from its footer."""
    with open_parquet(SourceFile(path, path.name)) as parquet:
        return int(parquet.metadata.num_rows)


def read_columns(parquet: pq.ParquetFile, name: str, paths: dict[str, str]) -> Iterator[Batch]:
    """Stream columns.

    Args:
        parquet: An open file.
        name: Its name for messages.
        paths: Output name to dotted path: `answer` or `extra_info.index`.

    Raises:
        InputError: A page of the file cannot be decoded.
    """
    start = 0
    batches = parquet.iter_batches(
        batch_size=_batch_rows(parquet.metadata), columns=list(paths.values())
    )
    try:
        for batch in batches:
            columns = {out: _values(batch, path) for out, path in paths.items()}
            yield Batch(start, columns, batch.num_rows)
            start += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _unreadable(f"{name}, after row {start}", error) from error


def _batch_rows(metadata: pq.FileMetaData) -> int:
    total = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    mean = max(1, total // max(1, metadata.num_rows))
    return int(min(BATCH_ROWS, max(1, BATCH_BYTES // mean)))


def _values(batch: pa.RecordBatch, path: str) -> list[Any]:
    """A column, or a field of a struct column, as Python values."""
    if path in batch.schema.names:
        return list(batch.column(path).to_pylist())
    parent, field = path.split(".", 1)
    return list(pc.struct_field(batch.column(parent), field).to_pylist())


def is_text(kind: pa.DataType) -> bool:
    """Any of Arrow's spellings of text."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def is_number(kind: pa.DataType) -> bool:
    """Integer, float, or a column in which everything is null."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind))


def require(schema: pa.Schema, file: str, column: str) -> pa.DataType:
    """Type of a column that must exist.

    Raises:
        InputError: It does not.
    """
    if column not in schema.names:
        raise InputError(
            f"{file}: no column '{column}'; found {some(schema.names, 12) or 'no column at all'}; "
            "add or rename the column"
        )
    return schema.field(column).type


def wrong_type(file: str, column: str, seen: pa.DataType, wanted: str) -> InputError:
    """The error for a column of another type than its reader needs."""
    return InputError(f"{file}: column '{column}' is {seen}; it must be {wanted}: convert it")
