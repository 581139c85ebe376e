"""Marts and macros: SQL files in, views of the store out, created in the order of their `Needs`.

Views hold no data, so they are never older than the tables. Their header becomes their comment.
"""

import contextlib
import functools
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb

from warehouse.errors import StoreError, StoreIntegrityError
from warehouse.locks import fresh_file
from warehouse.migrate import available, migrate
from warehouse.sqlfiles import SqlFile, read_folder
from warehouse.store import connect, open_store
from warehouse.sums import refresh_sums

FOLDERS = ("macros", "marts")


def in_order(files: Iterable[SqlFile]) -> list[SqlFile]:
    """Sort files so that each comes after what it needs; ties go by name.

    Raises:
        StoreIntegrityError: A file needs itself, directly or not, or something that is not there.
    """
    by_name = {file.name: file for file in sorted(files)}
    for file in by_name.values():
        if unknown := sorted(set(file.needs) - set(by_name)):
            raise StoreIntegrityError(f"{file.name}.sql needs {unknown}, which no file creates")
    sorter = TopologicalSorter({name: sorted(file.needs) for name, file in by_name.items()})
    try:
        return [by_name[name] for name in sorter.static_order()]
    except CycleError as error:
        raise StoreIntegrityError(f"marts need each other in a circle: {error.args[1]}") from error


def all_files() -> list[SqlFile]:
    """Every macro and mart of the package, in order of creation."""
    return in_order(file for folder in FOLDERS for file in read_folder(folder))


def build_marts(store: Path) -> list[str]:
    """(Re)create every macro and mart of a store; returns their names in order.

    Raises:
        StoreError: The store cannot be opened.
        StoreBusyError: Another process holds it.
        StoreIntegrityError: A mart does not compile against the tables.
    """
    with open_store(store) as con:
        con.begin()
        names = create_marts(con)
        con.commit()
    return names


def create_marts(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The same within a transaction of the caller's."""
    refresh_sums(con)
    files = all_files()
    _drop_others(con, {file.name for file in files})
    for file in files:
        try:
            con.execute(file.sql)
        except duckdb.Error as error:
            raise StoreIntegrityError(f"{file.name}.sql does not compile: {error}") from error
        con.execute("INSERT INTO _marts VALUES (?, ?)", [file.name, _sha256(file)])
    _comment(con, files)
    return [file.name for file in files]


def _drop_others(con: duckdb.DuckDBPyConnection, names: set[str]) -> None:
    """Drop what another version made and this one does not know; forget the rest."""
    for (name,) in con.execute("DELETE FROM _marts RETURNING name").fetchall():
        if name not in names:
            for kind in ("VIEW", "MACRO", "MACRO TABLE"):
                con.execute(f'DROP {kind} IF EXISTS "{name}"')


def create_store(path: Path) -> None:
    """Write a store without rows, its schema and marts those of this version."""
    version = (*(m.sha256 for m in available()), *(file.sql for file in all_files()))
    path.write_bytes(_empty_store(version))


@functools.lru_cache(maxsize=1)
def _empty_store(version: tuple[str, ...]) -> bytes:
    """Made once a process: views are bound one by one, which takes a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        con = connect(path)
        try:
            migrate(con)
            _refresh(con)
        finally:
            con.close()
        return path.read_bytes()


@contextlib.contextmanager
def open_current(store: Path, wait_seconds: float = 0.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a store for writing, made if there is none, its schema and marts those of this version.

    Call it under the loader's lock.

    Raises:
        StoreError: The store cannot be opened.
        StoreBusyError: Another process holds it.
    """
    if not store.exists():
        with fresh_file(store) as partial:
            create_store(partial)
    with open_store(store, wait_seconds=wait_seconds) as con:
        if not marts_current(con):
            _refresh(con)
        yield con


def _refresh(con: duckdb.DuckDBPyConnection) -> None:
    con.begin()
    create_marts(con)
    con.commit()


def require_marts(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a store whose marts are not those of this version.

    Raises:
        StoreError: They differ.
    """
    if not marts_current(con):
        raise StoreError(
            f"{path}: its marts are of another version of xrouter; refresh them with "
            "warehouse.build.build_marts or by loading a build"
        )


def marts_current(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the store has exactly the marts and macros of this version."""
    have = con.execute("SELECT name, sha256 FROM _marts").fetchall()
    return sorted(have) == sorted((file.name, _sha256(file)) for file in all_files())


def _sha256(file: SqlFile) -> str:
    return hashlib.sha256(file.sql.encode()).hexdigest()


def _comment(con: duckdb.DuckDBPyConnection, files: list[SqlFile]) -> None:
    """Give every view its header as comment."""
    views = {name for (name,) in con.execute("SELECT view_name FROM duckdb_views()").fetchall()}
    for file in files:
        if file.name in views:
            text = file.comment.replace("'", "''")
            con.execute(f"COMMENT ON VIEW {file.name} IS '{text}'")
