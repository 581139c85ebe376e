"""A copy of a store for readers: whole, never half, and free while a loader holds the original.

The copy takes its name at once, so that a reader finds either the old one or the new one; who has
the old one open keeps it. Where the file system can share blocks the copy costs next to nothing.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.errors import StoreError, StoreSpaceError, is_full, space_message
from warehouse.ingest import WAIT_SECONDS
from warehouse.locks import fresh_file, loader_lock
from warehouse.store import connect, open_store

CHUNK_BYTES = 64 << 20
_FICLONE = 0x40049409  # ioctl of Linux: share the blocks of another file


class Snapshot(NamedTuple):
    """What became of a snapshot.

    Attributes:
        path: The copy.
        copied: False where it was that of the store already.
        size: Bytes.
        seconds: Wall clock.
    """

    path: Path
    copied: bool
    size: int
    seconds: float


def snapshot_path(store: Path) -> Path:
    """Where the snapshot of a store lies: `warehouse-read.duckdb` beside `warehouse.duckdb`."""
    return store.with_name(f"{store.stem}-read{store.suffix}")


def write_snapshot(
    store: Path, target: Path | None = None, wait_seconds: float = WAIT_SECONDS
) -> Snapshot:
    """Copy a store as it stands, everything committed included.

    Call it from a process that has the store open nowhere else: closing a file drops the locks that
    the process has on it.

    Args:
        store: The store; nobody may write to it meanwhile, which locks see to.
        target: The copy; by default as `snapshot_path` says.
        wait_seconds: How long to wait for a loader, or another process that has it open.

    Raises:
        StoreError: There is no store, or the copy would be the store itself.
        StoreBusyError: It was in use all the time.
        StoreSpaceError: The disk is full; the copy before it stays.
    """
    start = time.monotonic()
    target = target or snapshot_path(store)
    if target.resolve() == store.resolve():
        raise StoreError(f"{target}: a snapshot is a file of its own; give it another name")
    try:
        with loader_lock(store, wait_seconds), _still(store, wait_seconds):
            copied = not _same(store, target)
            if copied:
                _copy(store, target)
            size = store.stat().st_size
    except (duckdb.Error, OSError) as error:
        if is_full(error):
            raise StoreSpaceError(space_message(target)) from error
        raise StoreError(f"{store}: no snapshot could be made ({error})") from error
    return Snapshot(target, copied, size, round(time.monotonic() - start, 3))


@contextlib.contextmanager
def _still(store: Path, wait_seconds: float) -> Iterator[None]:
    """Keep everybody from writing, with nothing left outside the file itself."""
    log = store.with_name(store.name + ".wal")
    while True:
        if log.exists():  # of a loader that was killed
            with open_store(store, wait_seconds=wait_seconds) as con:
                con.execute("CHECKPOINT")
        with open_store(store, read_only=True, wait_seconds=wait_seconds):
            if not log.exists():
                yield
                return


def _same(store: Path, target: Path) -> bool:
    """A copy carries the time of its store."""
    with contextlib.suppress(FileNotFoundError):
        was, now = target.stat(), store.stat()
        return (was.st_mtime_ns, was.st_size) == (now.st_mtime_ns, now.st_size)
    return False


def _copy(store: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with fresh_file(target) as partial:
        _copy_bytes(store, partial)
        connect(partial, read_only=True).close()  # it can be read, or it never takes the name
        now = store.stat()
        os.utime(partial, ns=(now.st_atime_ns, now.st_mtime_ns))


def _copy_bytes(source: Path, target: Path) -> None:
    """Share blocks where that is possible, else copy within the kernel, else by hand."""
    with source.open("rb") as read, target.open("wb") as write:
        if _share(read.fileno(), write.fileno()):
            return
        left = os.fstat(read.fileno()).st_size
        while left > 0:
            left -= _chunk(read.fileno(), write.fileno(), min(left, CHUNK_BYTES))


def _share(read: int, write: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    try:
        fcntl.ioctl(write, _FICLONE, read)
    except OSError:  # another file system, or one that cannot
        return False
    return True


def _chunk(read: int, write: int, count: int) -> int:
    """Copy some bytes from where both files stand."""
    if hasattr(os, "copy_file_range"):
        with contextlib.suppress(OSError):
            if copied := os.copy_file_range(read, write, count):
                return copied
    data = os.read(read, count)
    if not data:
        raise OSError("the file became shorter while it was copied")
    view = memoryview(data)
    while view:
        view = view[os.write(write, view) :]
    return len(data)
