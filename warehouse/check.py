"""Checks: SQL files that must return no row in, one result per file out.

Every check returns the columns `build_id`, `key` and `detail`: where the fault is, and what it is.
"""

from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.build import require_marts
from warehouse.errors import StoreIntegrityError
from warehouse.sqlfiles import SqlFile, read_folder
from warehouse.store import open_store

COLUMNS = ("build_id", "key", "detail")
SHOWN = 5


class Violation(NamedTuple):
    """One row that a check found."""

    build_id: str
    key: str
    detail: str


class CheckResult(NamedTuple):
    """Outcome of one check; `examples` holds at most the first few violations, sorted."""

    name: str
    what: str
    violations: int
    examples: tuple[Violation, ...]

    @property
    def passed(self) -> bool:
        """No row was found."""
        return self.violations == 0


def run_checks(store: Path) -> list[CheckResult]:
    """Run every check against every build of a store, in order of name.

    Raises:
        StoreError: The store cannot be opened.
        StoreBusyError: Another process holds it for writing.
        StoreIntegrityError: A check does not compile against the tables.
    """
    with open_store(store, read_only=True) as con:
        require_marts(con, store)
        return [run_check(con, file) for file in read_folder("checks")]


def run_check(con: duckdb.DuckDBPyConnection, file: SqlFile) -> CheckResult:
    """Run one check on an open store."""
    columns = ", ".join(COLUMNS)
    found = f"SELECT {columns}, count(*) OVER () FROM (\n{file.sql}\n) ORDER BY ALL LIMIT {SHOWN}"
    try:
        rows = con.execute(found).fetchall()
    except duckdb.Error as error:
        raise StoreIntegrityError(f"check {file.name}.sql does not run: {error}") from error
    violations = int(rows[0][3]) if rows else 0
    shown = tuple(Violation(*(str(value) for value in row[:3])) for row in rows)
    return CheckResult(file.name, file.header.get("what", ""), violations, shown)
