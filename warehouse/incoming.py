"""Files on their way into the store: temporary twins of its tables, with the number of each file.

What cannot be read, or contradicts itself or the store, is found here, before anything is merged.
"""

from collections.abc import Mapping

import duckdb

from warehouse.buildfiles import glob_literal
from warehouse.errors import is_full
from warehouse.spoolfiles import Left, SpoolFile
from warehouse.sqlfiles import ROOT

TABLES = ("menus", "menu_entries", "episodes", "calls")
_OF = {"menus": ("menus", "menu_entries"), "episodes": ("episodes", "calls")}
# Faults of ours or of the machine. Everything else that DuckDB says of a file is about the file; a
# damaged page has no error class of its own.
NOT_OF_THE_FILE = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConnectionException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.InterruptException,
    duckdb.OutOfMemoryException,
    duckdb.ParserException,
    duckdb.TransactionException,
)


def staging_sql(name: str) -> str:
    """One statement of `staging/`."""
    return (ROOT / "staging" / f"{name}.sql").read_text(encoding="utf-8")


def make_incoming(con: duckdb.DuckDBPyConnection) -> None:
    """Create the twins, with every constraint of the tables, and what reads a file's rows."""
    con.execute(staging_sql("spool_episodes"))
    con.execute(staging_sql("spool_calls"))
    for table in TABLES:
        query = "SELECT sql FROM duckdb_tables() WHERE table_name = ? AND NOT temporary"
        (sql,) = con.execute(query, [table]).fetchall()[0]
        twin = f"CREATE TEMP TABLE incoming_{table}(file INTEGER NOT NULL, "
        con.execute(sql.replace(f"CREATE TABLE {table}(", twin, 1))


def stage(con: duckdb.DuckDBPyConnection, number: int, file: SpoolFile) -> Left | None:
    """Read a file whole or not at all; returns what is wrong with it."""
    con.begin()
    try:
        values = {"number": number, "file": glob_literal(file.path)}
        for table in _OF[file.content]:
            con.execute(staging_sql(f"incoming_{table}"), values)
        faults = con.execute(staging_sql("incoming_faults"), {"number": number}).fetchall()
    except duckdb.Error as error:
        if is_full(error) or isinstance(error, NOT_OF_THE_FILE):
            raise
        con.rollback()
        return Left(file.path, f"its rows cannot be read: {str(error).splitlines()[0]}")
    if faults:
        con.rollback()
        return Left(file.path, str(faults[0][0]))
    con.commit()
    return None


def take_back_conflicts(
    con: duckdb.DuckDBPyConnection, files: Mapping[int, SpoolFile]
) -> list[Left]:
    """Find files with an episode that is known otherwise, and take their rows back."""
    found = []
    for number, episode_id in con.execute(staging_sql("incoming_conflicts")).fetchall():
        for table in TABLES:
            con.execute(f"DELETE FROM incoming_{table} WHERE file = ?", [number])
        reason = f"episode {episode_id} stands in the store, or in an earlier file, otherwise"
        found.append(Left(files[number].path, reason))
    return found


def clear(con: duckdb.DuckDBPyConnection) -> None:
    """Forget what was staged."""
    for table in TABLES:
        con.execute(f"TRUNCATE incoming_{table}")
