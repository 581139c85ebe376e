"""One loader at a time per store, and a fresh store that appears whole or not at all."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from warehouse.errors import StoreBusyError

PARTIAL_SUFFIX = ".partial"
RETRY_SECONDS = 0.1


@contextlib.contextmanager
def loader_lock(store: Path, wait_seconds: float) -> Iterator[None]:
    """Own a store for the length of a load; the kernel frees it when the process dies.

    Raises:
        StoreBusyError: Another loader still holds it after `wait_seconds`.
    """
    deadline = time.monotonic() + wait_seconds
    with store.with_name(f".{store.name}.lock").open("w") as handle:
        while not _try_lock(handle.fileno()):
            if time.monotonic() >= deadline:
                raise StoreBusyError(
                    f"{store}: another process loads into it, and did for {wait_seconds:g} s; wait "
                    "for it, or name another store"
                )
            time.sleep(RETRY_SECONDS)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def fresh_file(store: Path) -> Iterator[Path]:
    """Yield a temporary sibling of `store` that takes its name on success and vanishes on failure.

    What a killed loader left under the temporary name is deleted first; call it under the lock.
    """
    partial = store.with_name(store.name + PARTIAL_SUFFIX)
    _delete(partial)
    try:
        yield partial
        with partial.open("rb") as handle:
            os.fsync(handle.fileno())
        partial.replace(store)
    finally:
        _delete(partial)


def _delete(partial: Path) -> None:
    """Delete a database file with its write-ahead log."""
    partial.unlink(missing_ok=True)
    partial.with_name(partial.name + ".wal").unlink(missing_ok=True)
