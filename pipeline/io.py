"""Files: written whole or not at all, hashed by content, owned by one build at a time."""

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import BusyError, InputError, MachineError

PARTIAL_SUFFIX = ".partial"
PARQUET_OPTIONS: dict[str, Any] = {"compression": "zstd", "compression_level": 3}
ROW_GROUP_ROWS = 8192


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling of `path` that takes its name on success and vanishes on failure.

    Raises:
        MachineError: The disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + PARTIAL_SUFFIX)
    try:
        yield partial
        with partial.open("rb") as handle:
            os.fsync(handle.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise disk_error(path, error) from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def disk_error(path: Path, error: OSError) -> Exception:
    """Name a full disk as such; anything else stays what it was."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error):
        return MachineError(
            f"{path}: no space left on the device; free some or choose another directory, then "
            "run the same command again: finished work is kept"
        )
    return error


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame whole, zstd-compressed; the same frame always gives the same bytes."""
    with atomic(path) as partial:
        pq.write_table(
            frame.to_arrow(compat_level=pl.CompatLevel.oldest()),
            partial,
            row_group_size=ROW_GROUP_ROWS,
            **PARQUET_OPTIONS,
        )


class ParquetStream:
    """Appends tables to a temporary file; `with` renames it on success.

    Row groups always hold `ROW_GROUP_ROWS` rows, however the tables were cut, so the bytes do not
    depend on chunk sizes.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema = schema
        self.rows = 0
        self._atomic = atomic(path)
        self._pending: list[pa.Table] = []
        self._pending_rows = 0
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> "ParquetStream":
        self._writer = pq.ParquetWriter(self._atomic.__enter__(), self.schema, **PARQUET_OPTIONS)
        return self

    def write(self, table: pa.Table) -> None:
        """Append rows; whole row groups go to the file at once."""
        self._pending.append(table.cast(self.schema))
        self._pending_rows += table.num_rows
        self.rows += table.num_rows
        while self._pending_rows >= ROW_GROUP_ROWS:
            self._flush(ROW_GROUP_ROWS)

    def _flush(self, rows: int) -> None:
        assert self._writer is not None
        table = pa.concat_tables(self._pending).combine_chunks()
        self._writer.write_table(table.slice(0, rows), row_group_size=ROW_GROUP_ROWS)
        self._pending = [table.slice(rows)]
        self._pending_rows -= rows

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        assert self._writer is not None
        try:
            if kind is None:
                if self._pending_rows:
                    self._flush(self._pending_rows)
                # Writes the footer: a failure here must not let the file take its name.
                self._writer.close()
        except BaseException as error:
            self._abandon()
            self._atomic.__exit__(type(error), error, error.__traceback__)
            raise
        if kind is not None:
            self._abandon()
        self._atomic.__exit__(kind, value, trace)

    def _abandon(self) -> None:
        assert self._writer is not None
        with contextlib.suppress(OSError, pa.ArrowException):
            self._writer.close()


def read_parquet(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    """Read one parquet file whole, or some of its columns.

    Raises:
        InputError: The file is missing, truncated or not parquet.
    """
    try:
        with pq.ParquetFile(path) as file:  # read_table would import pandas
            return pl.from_arrow(file.read(columns))  # type: ignore[return-value]
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{path}: not a readable parquet file ({error}); it may be truncated: fetch it again"
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file whole."""
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8")


def sha256_file(path: Path) -> str:
    """Content hash of a file, 64 hex digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sweep_partials(root: Path) -> int:
    """Delete what a killed run left behind; returns the number of files."""
    partials = list(root.rglob("*" + PARTIAL_SUFFIX))
    for partial in partials:
        partial.unlink()
    return len(partials)


@contextlib.contextmanager
def exclusive(root: Path, *, keep: bool = True) -> Iterator[None]:
    """Own a directory for the length of a build; the kernel frees it when the process dies.

    Args:
        root: The directory; it is made where it is missing.
        keep: Leave the lock file there; otherwise it goes with the lock.

    Raises:
        BusyError: Another build holds it.
    """
    with _locked(root) as handle:
        try:
            yield
        finally:
            # While it is held: whoever opened this file before finds that it has no name any more.
            if not keep:
                Path(handle.name).unlink(missing_ok=True)


def _is_something_else(root: Path) -> bool:
    """Whether a path is no directory; looked at once, as others make and remove it meanwhile."""
    try:
        return not stat.S_ISDIR(root.stat().st_mode)
    except FileNotFoundError:
        return root.is_symlink()


def _locked(root: Path) -> TextIO:
    """The lock file, open and locked, and still the one that others would open."""
    path = root / ".lock"
    while True:
        try:
            root.mkdir(parents=True, exist_ok=True)
            handle = path.open("w")
        except (FileExistsError, FileNotFoundError):
            if _is_something_else(root):
                raise
            continue  # its last owner removed the directory, too
        except OSError as error:
            raise disk_error(path, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.close()
            raise BusyError(
                f"{root}: another build is writing here; wait for it or choose another --out"
            ) from error
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle.fileno()), path.stat()):
                return handle
        handle.close()
