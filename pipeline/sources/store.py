"""Parks problems on disk and gives them back sorted by problem id, in tables of bounded size.

In: problems in any order. Out: Arrow tables for `problems` and `references`. Memory holds only ids
and offsets, so that rows of several megabytes (LiveCodeBench) do not add up.
"""

import marshal
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from pipeline.io import ROW_GROUP_ROWS, disk_error
from pipeline.sources.json_text import json_text
from pipeline.sources.rows import SourceRow
from pipeline.sources.tables import Record, Tables, build
from schemas.problems import EVERYDAY_DOMAINS

TABLE_BYTES = 64 << 20
WRITE_BUFFER = 1 << 20


class Store:
    """Use as a context; the file has no name, so that a killed process leaves nothing behind."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._root = root
        self._file = tempfile.TemporaryFile(dir=root, buffering=WRITE_BUFFER)  # noqa: SIM115
        self._places: list[tuple[str, int, int]] = []
        self._end = 0

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, problem_id: str, row: SourceRow, ground_truth: str) -> None:
        """Park one problem.

        Raises:
            MachineError: The disk is full.
        """
        data = marshal.dumps(_record(problem_id, row, ground_truth))
        try:
            self._file.write(data)
        except OSError as error:
            raise disk_error(self._root, error) from error
        self._places.append((problem_id, self._end, len(data)))
        self._end += len(data)

    def tables(self, merged: Mapping[str, Mapping[str, float]]) -> Iterator[Tables]:
        """Everything, sorted by problem id.

        A table ends at `ROW_GROUP_ROWS` rows or `TABLE_BYTES`, whatever the batches of the readers
        were, so the cuts depend on the rows alone.

        Args:
            merged: Pass rates to add to those that a problem brought itself, which win.
        """
        try:
            self._file.flush()
        except OSError as error:
            raise disk_error(self._root, error) from error
        records: list[Record] = []
        size = 0
        for _, offset, length in sorted(self._places):
            if records and (len(records) == ROW_GROUP_ROWS or size + length > TABLE_BYTES):
                yield build(records, merged)
                records, size = [], 0
            records.append(marshal.loads(self._read(offset, length)))
            size += length
        if records:
            yield build(records, merged)

    def _read(self, offset: int, length: int) -> bytes:
        """Past the write buffer, which would fetch a megabyte for every record."""
        data = os.pread(self._file.fileno(), length, offset)
        while len(data) < length:
            data += os.pread(self._file.fileno(), length - len(data), offset + len(data))
        return data


def _record(problem_id: str, row: SourceRow, ground_truth: str) -> Record:
    flat: list[Any] = [part for m in row.messages for part in (m["role"], m["content"])]
    return (
        problem_id,
        row.data_source,
        row.domain,
        "everyday" if row.domain in EVERYDAY_DOMAINS else "reasoning",
        row.grader,
        ground_truth,
        json_text(row.grader_args),
        row.dataset,
        row.revision,
        row.file,
        row.row,
        row.licence,
        flat,
        row.published,
        row.solution,
    )
