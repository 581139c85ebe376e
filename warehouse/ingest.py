"""The loader: files of one build in, rows of one build out, all of them or none.

One transaction per build; a build that is in the store already is left alone. The store then holds
exactly as many rows as the files, which are exactly the files that the manifest names.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.build import create_marts, create_store, marts_current
from warehouse.buildfiles import FEEDS, Build, Files, glob_literal, read_build
from warehouse.errors import (
    StoreError,
    StoreIntegrityError,
    StoreSpaceError,
    is_full,
    space_message,
)
from warehouse.locks import fresh_file, loader_lock
from warehouse.migrate import applied, available
from warehouse.sqlfiles import ROOT
from warehouse.store import connect, open_store

WAIT_SECONDS = 30.0


class LoadReport(NamedTuple):
    """Outcome of one load; `skipped` where the store held the build already.

    `rows` counts the rows of this build per table of the store.
    """

    build_id: str
    skipped: bool
    rows: dict[str, int]
    seconds: float


def load_build(
    store: Path,
    files: Files,
    manifest: Path,
    wait_seconds: float = WAIT_SECONDS,
    on_table: Callable[[str], None] = lambda table: None,
) -> LoadReport:
    """Load one build into a store, which is created if there is none.

    Args:
        store: The DuckDB file.
        files: Parquet files by table: problems, references, attempts, pass_rates, disagreements,
            models, prices, catalogs, examples, rejects; those in `REQUIRED` must be given.
        manifest: The manifest of the build; its `content_hash` becomes the `build_id`.
        wait_seconds: How long to wait for another process that holds the store.
        on_table: Called with the name of each table once it is loaded.

    Returns:
        What is in the store, and whether it was there before.

    Raises:
        StoreError: A file is missing, corrupt, of another shape or not the one of the manifest.
        StoreBusyError: Another process held the store all the time.
        StoreIntegrityError: Rows in the store would differ from the rows of the files.
        StoreSpaceError: The disk is full.
    """
    start = time.monotonic()
    build = read_build(files, manifest)
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        with loader_lock(store, wait_seconds):
            skipped, rows = _load_locked(store, build, wait_seconds, on_table)
    except (duckdb.Error, OSError) as error:
        raise _translate(store, error) from error
    return LoadReport(build.build_id, skipped, rows, round(time.monotonic() - start, 3))


def _load_locked(
    store: Path, build: Build, wait_seconds: float, on_table: Callable[[str], None]
) -> tuple[bool, dict[str, int]]:
    """Create, extend or leave alone (skipped); the caller holds the loader's lock."""
    if not store.exists():
        with fresh_file(store) as partial:
            create_store(partial)
            con = connect(partial)
            try:
                rows = _transaction(con, build, on_table)
            finally:
                con.close()
        return False, rows
    if (known := _counts_if_current(store, build.build_id, wait_seconds)) is not None:
        return True, known
    with open_store(store, wait_seconds=wait_seconds) as con:
        if _has(con, build.build_id):
            if not marts_current(con):
                con.begin()
                create_marts(con)
                con.commit()
            return True, _counts(con, build.build_id)
        return False, _transaction(con, build, on_table)


def _counts_if_current(store: Path, build_id: str, wait_seconds: float) -> dict[str, int] | None:
    """Rows of a build that is in an up-to-date store, without opening it for writing."""
    con = connect(store, read_only=True, wait_seconds=wait_seconds)
    try:
        if applied(con) != [(m.name, m.sha256) for m in available()] or not marts_current(con):
            return None
        return _counts(con, build_id) if _has(con, build_id) else None
    finally:
        con.close()


def _transaction(
    con: duckdb.DuckDBPyConnection, build: Build, on_table: Callable[[str], None]
) -> dict[str, int]:
    """Load a build whole, then fold the write-ahead log into the file."""
    con.begin()
    _insert(con, "builds", {"build_id": build.build_id, "manifest": build.manifest})
    for table, key in FEEDS:
        for path in build.files.get(key, []):
            _load_file(con, table, path, build.build_id)
        on_table(table)
    rows = _counts(con, build.build_id)
    _verify(con, build, rows)
    if not marts_current(con):
        create_marts(con)
    con.commit()
    con.execute("CHECKPOINT")
    return rows


def _insert(con: duckdb.DuckDBPyConnection, table: str, values: Mapping[str, str]) -> None:
    sql = (ROOT / "staging" / f"{table}.sql").read_text(encoding="utf-8")
    con.execute(sql, dict(values))


def _load_file(con: duckdb.DuckDBPyConnection, table: str, path: Path, build_id: str) -> None:
    """Append one file to one table."""
    try:
        _insert(con, table, {"build_id": build_id, "file": glob_literal(path)})
    except duckdb.Error as error:
        if is_full(error):
            raise
        raise StoreError(
            f"{path}: cannot be loaded as {table}; it may be truncated or of another version: make "
            f"the build again ({error})"
        ) from error


def _verify(con: duckdb.DuckDBPyConnection, build: Build, rows: Mapping[str, int]) -> None:
    """Compare the rows in the store with those of the files."""
    for table, key in FEEDS:
        expected = sum(_rows_of(con, table, path) for path in build.files.get(key, []))
        if rows[table] != expected:
            raise StoreIntegrityError(
                f"{table}: {rows[table]} rows loaded, {expected} in the files; nothing was kept, "
                "please report this"
            )


def _rows_of(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> int:
    """Rows one file brings to a table, by its own metadata."""
    sql = "SELECT num_rows FROM parquet_file_metadata(?)"
    if table == "catalog_entries":
        sql = "SELECT coalesce(sum(len(entries)), 0) FROM read_parquet(?)"
    return int(con.execute(sql, [glob_literal(path)]).fetchall()[0][0])


def _has(con: duckdb.DuckDBPyConnection, build_id: str) -> bool:
    sql = "SELECT count(*) FROM builds WHERE build_id = ?"
    return con.execute(sql, [build_id]).fetchone() == (1,)


def _counts(con: duckdb.DuckDBPyConnection, build_id: str) -> dict[str, int]:
    """Rows of one build in every table."""
    rows = {}
    for table, _ in FEEDS:
        sql = f"SELECT count(*) FROM {table} WHERE build_id = ?"
        rows[table] = int(con.execute(sql, [build_id]).fetchall()[0][0])
    return rows


def _translate(store: Path, error: Exception) -> Exception:
    """Name a full disk as such; anything else that DuckDB refuses is about the store."""
    if is_full(error):
        return StoreSpaceError(space_message(store))
    return StoreError(f"{store}: loading failed, the store is as before ({error})")
