"""Parquet files of one row group a table, written whole or not at all.

Knows nothing of what the rows mean. Row groups are cut by the caller, so equal tables give equal
bytes.
"""

import base64
import contextlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.dataset.columns import plain
from pipeline.errors import IntegrityError
from pipeline.io import atomic

# Statistics of free text and of nested columns help no reader and cost a comparison a value.
OPTIONS: dict[str, Any] = {"compression": "zstd", "compression_level": 1, "write_statistics": False}


class RowGroupFile:
    """Writes each table as one row group.

    Strings may come as dictionary arrays, which parquet takes over without hashing them again. On
    any error the file vanishes and nothing stands under its name.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.rows = 0
        self._path, self._schema = path, schema
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> "RowGroupFile":
        with contextlib.ExitStack() as stack:
            self._partial = stack.enter_context(atomic(self._path))
            stack.push(self._finish)
            self._stack = stack.pop_all()
        return self

    def write(self, table: pa.Table) -> None:
        """Append one row group; an empty table adds nothing.

        Raises:
            OSError: It could not be written.
        """
        if not table.num_rows:
            return
        if self._writer is None:
            self._writer = self._open(table.schema)
        self._writer.write_table(table, row_group_size=table.num_rows)
        self.rows += table.num_rows

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter:
        """A writer for tables of this schema whose readers see the plain one."""
        if not plain(schema).equals(self._schema):
            raise IntegrityError(f"{self._path}: columns are {schema}, not {self._schema}")
        writer = pq.ParquetWriter(self._partial, schema, store_schema=False, **OPTIONS)
        shown = base64.b64encode(self._schema.serialize().to_pybytes())
        writer.add_key_value_metadata({"ARROW:schema": shown.decode()})
        return writer

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        self._stack.__exit__(kind, value, trace)

    def _finish(self, kind: Any, value: Any, trace: Any) -> None:
        # close() writes the footer: its error must reach `atomic`, or a file without a footer would
        # take the final name.
        if kind is None:
            (self._writer or self._open(self._schema)).close()
        elif self._writer is not None:
            with contextlib.suppress(OSError, pa.ArrowException):
                self._writer.close()
