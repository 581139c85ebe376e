"""Rows of numbers on disk: what a build must know of every row, and memory should not hold.

Named tuples of equally long arrays come in and go out. The files have no name, so they vanish with
the process, however it ends. Knows nothing of what the numbers mean.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Generic, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.dataset.columns import Rows
from pipeline.io import disk_error

Kind = np.dtype[np.void]
Records = npt.NDArray[np.void]

# Rows that are worked on at one time: about a megabyte, and few enough rounds for numpy.
BLOCK_ROWS = 16_384


def kind_of(rows: type[NamedTuple], *types: Any) -> Kind:
    """The record that holds one value of each column, in numpy's names of types."""
    return np.dtype(list(zip(rows._fields, types, strict=True)))


class Spool(Generic[Rows]):
    """Rows that are appended in order and read by position, by one thread at a time.

    Args:
        scratch: Whose folder the file is in, and who closes it.
        rows: Named tuple of the columns.
        kind: The record of one row.
    """

    def __init__(self, scratch: "Scratch", rows: type[Rows], kind: Kind) -> None:
        self._scratch, self._kind = scratch, kind
        self._type = rows
        self._file: IO[bytes] | None = None
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, rows: Rows) -> None:
        """Add rows, cast to the types of the record.

        Raises:
            MachineError: The disk is full.
        """
        records = np.empty(len(rows[0]), self._kind)
        for name, column in zip(self._type._fields, rows, strict=True):
            records[name] = column
        self.append_records(records)

    def append_records(self, records: Records) -> None:
        """Add rows as records; same errors."""
        if not len(records):
            return
        left = records.view(np.uint8).data
        try:
            # Not before there is something to write: nobody may have made the folder.
            self._file = self._file or self._scratch.file()
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            raise disk_error(self._scratch.folder, error) from error
        self._count += len(records)

    def read(self, start: int, stop: int) -> Rows:
        """The rows from `start` up to `stop` or the last one."""
        return self.rows_of(self.records(start, stop))

    def records(self, start: int, stop: int) -> Records:
        """The same rows as records."""
        records = np.empty(max(0, min(stop, self._count) - start), self._kind)
        if self._file is not None and len(records):
            left, place = records.view(np.uint8).data, start * self._kind.itemsize
            while left:
                count = os.preadv(self._file.fileno(), [left], place)
                left, place = left[count:], place + count
        return records

    def rows_of(self, records: Records) -> Rows:
        """Records of this kind as columns."""
        columns = (np.ascontiguousarray(records[name]) for name in self._type._fields)
        return self._type._make(columns)

    def blocks(self, rows: int = 0) -> Iterator[Rows]:
        """All rows in order, so many at a time; one empty block where there are none."""
        step = rows or BLOCK_ROWS
        return (self.read(start, start + step) for start in range(0, self._count or 1, step))

    def like(self) -> "Spool[Rows]":
        """An empty one for the same rows."""
        return self._scratch.spool(self._type, self._kind)

    def close(self) -> None:
        """Forget the rows and give the disk back."""
        self._count = 0
        if self._file is not None:
            self._file.close()
            self._file = None


class Scratch:
    """Makes spools in one folder; their files are gone at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = ExitStack()

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def spool(self, rows: type[Rows], kind: Kind) -> Spool[Rows]:
        """An empty spool for such rows."""
        return Spool(self, rows, kind)

    def file(self) -> IO[bytes]:
        """An empty file without a name."""
        return self._stack.enter_context(tempfile.TemporaryFile(dir=self.folder, buffering=0))
