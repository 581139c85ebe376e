"""Writes the rows of a part as parquet for the Hub: shards, content-defined chunks, page index.

A chunk border depends on the data near it, so a row that is added or changed moves few bytes, and
the Hub stores and sends only those. The same rows always give the same bytes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.io import PARQUET_OPTIONS, ROW_GROUP_ROWS, atomic
from pipeline.publishing.parts import Part
from pipeline.publishing.rights import Rights

SHARD_BYTES = 500_000_000  # uncompressed: the Hub asks for files that can be read one at a time
OPTIONS: dict[str, Any] = PARQUET_OPTIONS | {
    "use_content_defined_chunking": True,
    "write_page_index": True,
}


def write_part(root: Path, part: Part, rights: Rights, rows: int) -> list[Path]:
    """Write the rows that may go out.

    Args:
        root: The dataset repository.
        part: What to write.
        rights: Which of its rows.
        rows: How many these are; of none, no file is written, since no reader takes an empty one.

    Returns:
        The files, `data/CONFIG/SPLIT-00000-of-0000N.parquet`.
    """
    shards = _shards(part, rows)
    stream = _Stream(rights.kept(part, table) for table in part.batches())
    paths = []
    for shard in range(shards):
        name = f"{part.split}-{shard:05d}-of-{shards:05d}.parquet"
        paths.append(root / "data" / part.config / name)
        wanted = rows * (shard + 1) // shards - rows * shard // shards
        _write(paths[-1], part.schema, stream, wanted)
    return paths


def _shards(part: Part, rows: int) -> int:
    if not rows:
        return 0
    total = kept = 0
    for file in part.files:
        footer = pq.read_metadata(file)
        kept += footer.num_rows
        total += sum(footer.row_group(i).total_byte_size for i in range(footer.num_row_groups))
    return min(rows, 1 + total * rows // kept // SHARD_BYTES)


def _write(path: Path, schema: pa.Schema, stream: "_Stream", rows: int) -> None:
    with atomic(path) as partial, pq.ParquetWriter(partial, schema, **OPTIONS) as writer:
        while rows > 0:
            table = stream.take(min(rows, ROW_GROUP_ROWS))
            writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
            rows -= table.num_rows


class _Stream:
    """Tables of any sizes, given out in the sizes that are asked for."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self._tables = tables
        self._held: list[pa.Table] = []

    def take(self, rows: int) -> pa.Table:
        """The next rows, exactly so many."""
        while sum(table.num_rows for table in self._held) < rows:
            self._held.append(next(self._tables))
        table = pa.concat_tables(self._held)
        self._held = [table.slice(rows)]
        return table.slice(0, rows).combine_chunks()
