"""Schema changes: numbered SQL files in, a store at the latest schema out.

Each file is one change and runs in its own transaction, so a failing one leaves no trace. The table
`_migrations` records name and SHA-256; a file that changed after it was applied is an error.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.errors import (
    StoreError,
    StoreIntegrityError,
    StoreSpaceError,
    is_full,
    space_message,
)
from warehouse.sqlfiles import ROOT

FOLDER = ROOT / "migrations"
_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+$")
_RECORD = """
CREATE TABLE IF NOT EXISTS _migrations (
    position INTEGER PRIMARY KEY, name VARCHAR NOT NULL UNIQUE, sha256 VARCHAR NOT NULL
);
COMMENT ON TABLE _migrations IS 'Schema changes applied to this store, in order.';
"""


class Migration(NamedTuple):
    """One schema change; `position` counts from 1 without gaps."""

    position: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Hash of the SQL text, equal for either line ending."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def available(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of a folder in order.

    Raises:
        StoreIntegrityError: A name without number, or a number that is missing or used twice.
    """
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.match(path.stem)
        if match is None:
            raise StoreIntegrityError(f"{path}: call a migration NNNN_name.sql, in lower case")
        found.append(Migration(int(match[1]), path.stem, path.read_text(encoding="utf-8")))
    numbers = [migration.position for migration in found]
    if not found or numbers != list(range(1, len(found) + 1)):
        raise StoreIntegrityError(
            f"{folder}: migrations are numbered {numbers}; number them 1, 2, 3 ... without gap or "
            "repetition"
        )
    return found


def applied(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Name and hash of each applied migration, in order; empty for a file that is no store."""
    known = con.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = '_migrations'"
    ).fetchone()
    if known == (0,):
        return []
    return con.execute("SELECT name, sha256 FROM _migrations ORDER BY position").fetchall()


def pending(con: duckdb.DuckDBPyConnection, migrations: Sequence[Migration]) -> list[Migration]:
    """Migrations the store lacks.

    Raises:
        StoreError: The store has migrations this code does not know, or knows in another wording.
    """
    done = applied(con)
    if len(done) > len(migrations):
        raise StoreError(
            f"the store has {len(done)} migrations, up to {done[-1][0]}; this version of xrouter "
            f"knows {len(migrations)}: upgrade xrouter"
        )
    for (name, sha256), migration in zip(done, migrations, strict=False):
        if (name, sha256) != (migration.name, migration.sha256):
            raise StoreError(
                f"migration {migration.name} differs from {name} as the store has it: never edit "
                "an applied migration, add a new one; or load the builds into a new store"
            )
    return list(migrations[len(done) :])


def migrate(con: duckdb.DuckDBPyConnection, folder: Path = FOLDER) -> list[str]:
    """Bring a store to the latest schema; returns the names of the migrations applied.

    Raises:
        StoreError: A migration fails (it leaves no trace), or the store is newer than this code.
        StoreSpaceError: The disk is full.
    """
    missing = pending(con, available(folder))
    for migration in missing:
        _apply(con, migration)
    return [migration.name for migration in missing]


def _apply(con: duckdb.DuckDBPyConnection, migration: Migration) -> None:
    """Run one migration and record it, or neither."""
    try:
        statements = con.extract_statements(migration.sql)
        if any(s.type == duckdb.StatementType.TRANSACTION for s in statements):
            raise StoreError(f"migration {migration.name} begins or ends a transaction: drop that")
        con.begin()
        con.execute(_RECORD)
        for statement in statements:
            con.execute(statement)
        con.execute("INSERT INTO _migrations VALUES (?, ?, ?)", [*migration[:2], migration.sha256])
        con.commit()
    except duckdb.Error as error:
        _rollback(con)
        if is_full(error):
            raise StoreSpaceError(space_message(f"migration {migration.name}")) from error
        raise StoreError(f"migration {migration.name} failed and was undone: {error}") from error


def _rollback(con: duckdb.DuckDBPyConnection) -> None:
    """End a transaction that may already have ended by its own error."""
    try:
        con.rollback()
    except duckdb.TransactionException:
        return
