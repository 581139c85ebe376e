"""Sums by day: facts of the days that changed in, rows of `episode_sums` and its like out.

The sums of a day are made anew from all of its rows in the transaction that adds to them, so that
they are never behind, and never drift.
"""

import duckdb

from warehouse.incoming import staging_sql

TABLES = ("episode_sums", "call_sums", "latency_sums")


def refresh_sums(con: duckdb.DuckDBPyConnection) -> bool:
    """Make the sums of every stale day anew, within a transaction of the caller's.

    Returns:
        Whether there was any.
    """
    if con.execute("SELECT count(*) FROM stale_days").fetchone() == (0,):
        return False
    for table in TABLES:
        con.execute(f"DELETE FROM {table} WHERE day IN (SELECT day FROM stale_days)")
        con.execute(staging_sql(table))
    con.execute("DELETE FROM stale_days")
    return True
