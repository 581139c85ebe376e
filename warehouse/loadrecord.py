"""Table `loaded_files`: which files were taken in, and which were set aside."""

from collections.abc import Sequence

import duckdb

RECORD_DAYS = 90

_RECORD = """
INSERT INTO loaded_files BY NAME
SELECT $file_name AS file_name, $sha256 AS sha256, $content AS content, $status AS status,
    $rows AS rows, $new_rows AS new_rows, $reason AS reason, now() AS loaded_at
"""


def record_file(
    con: duckdb.DuckDBPyConnection,
    file_name: str,
    sha256: str,
    content: str,
    status: str,
    rows: int = 0,
    new_rows: int = 0,
    reason: str | None = None,
) -> None:
    """Write one file down; see the comments of the table."""
    values = {"file_name": file_name, "sha256": sha256, "content": content, "status": status}
    con.execute(_RECORD, values | {"rows": rows, "new_rows": new_rows, "reason": reason})


def forget_files(con: duckdb.DuckDBPyConnection, hashes: Sequence[str]) -> None:
    """Drop what was written down of files before: they were set aside, and put back."""
    sql = "DELETE FROM loaded_files WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))"
    con.execute(sql, [list(hashes)])


def prune_records(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what is older than `RECORD_DAYS`: a server writes a file every few seconds."""
    con.execute("DELETE FROM loaded_files WHERE loaded_at < now() - to_days(?)", [RECORD_DAYS])
