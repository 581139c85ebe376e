"""Opening a store: a path in, a DuckDB connection (bounded memory, UTC) or a clear error out.

Knows nothing of builds. While one process holds a store for writing nobody else can open it.
"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from warehouse.errors import StoreBusyError, StoreError, StoreSpaceError, is_full, space_message
from warehouse.migrate import applied, available, migrate, pending

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "1GB",  # larger work spills to disk beside the store
    "autoinstall_known_extensions": False,  # never reach for the network
    "autoload_known_extensions": False,
}
RETRY_SECONDS = 0.1


@contextlib.contextmanager
def open_store(
    path: Path, read_only: bool = False, wait_seconds: float = 0.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an existing store; one opened for writing is first brought to the latest schema.

    Args:
        path: The store.
        read_only: Open so that other readers can open it too.
        wait_seconds: How long to wait for a process that holds the store.

    Raises:
        StoreError: Missing, not a store, or of a schema this version does not know.
        StoreBusyError: Another process holds it.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no store there; run `xrouter build` first or name another path")
    con = connect(path, read_only, wait_seconds)
    try:
        _check_schema(con, path, read_only)
        yield con
    finally:
        con.close()


def connect(
    path: Path, read_only: bool = False, wait_seconds: float = 0.0
) -> duckdb.DuckDBPyConnection:
    """Connect to a DuckDB file, whatever it holds; one opened for writing is created if missing."""
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            con = duckdb.connect(str(path), read_only=read_only, config=CONFIG)
            con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
            return con
        except duckdb.Error as error:
            if is_full(error):
                raise StoreSpaceError(space_message(path)) from error
            if not _is_busy(error):
                raise StoreError(_open_error(path, error)) from error
            if time.monotonic() >= deadline:
                raise StoreBusyError(
                    f"{path}: another process holds it, and did for {wait_seconds:g} s; wait for "
                    f"it or stop it ({_first_line(error)})"
                ) from error
        time.sleep(RETRY_SECONDS)


def _check_schema(con: duckdb.DuckDBPyConnection, path: Path, read_only: bool) -> None:
    """Refuse files that are no store and schemas that this code does not know."""
    if not applied(con):
        raise StoreError(f"{path}: a DuckDB file, but not a store of xrouter; name another path")
    try:
        if not read_only:
            migrate(con)
        elif missing := pending(con, available()):
            raise StoreError(
                f"the store lacks {len(missing)} migrations, from {missing[0].name} on: load a "
                "build into it with this version, which brings it up to date"
            )
    except StoreError as error:
        raise StoreError(f"{path}: {error}") from error


def _is_busy(error: duckdb.Error) -> bool:
    """Another process, or another connection of this one, has the file open."""
    text = str(error)
    return "Could not set lock" in text or "different configuration" in text


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _open_error(path: Path, error: duckdb.Error) -> str:
    return (
        f"{path}: cannot be opened as a DuckDB store ({_first_line(error)}); name another path, or "
        "delete it and load the build again"
    )


def query(path: Path, sql: str) -> pl.DataFrame:
    """Answer one SQL text with a frame; the store cannot be changed by it.

    Money comes back as Decimal, JSON columns as strings. Statements without result give an empty
    frame.

    Raises:
        StoreError: The store cannot be opened, or the SQL fails.
        StoreBusyError: Another process holds the store for writing.
    """
    with open_store(path, read_only=True) as con:
        try:
            relation = con.sql(sql)
            frame: pl.DataFrame = pl.DataFrame() if relation is None else relation.pl()
        except duckdb.Error as error:
            raise StoreError(f"the SQL failed: {error}") from error
    return frame
