"""One SQLite file that must outlive a kill: opened, checked, written; and its faults explained.

The base of ledgers of what was paid for. Write-ahead mode: what was acknowledged is there after
kill -9. For one process at a time.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from pipeline.errors import InputError, MachineError

BUSY_SECONDS = 60.0


class Books:
    """Open books.

    Attributes:
        path: Of the file.
    """

    def __init__(self, path: Path, schema: str, version: int, one_thread: bool = True) -> None:
        """Open them, or begin new ones.

        Args:
            path: Of the file; its folder is made.
            schema: SQL that makes tables where they are missing.
            version: Of the format; a file of another one is refused.
            one_thread: Refuse to be used by any thread but this one.

        Raises:
            InputError: The file is no ledger, or of another version.
            MachineError: It cannot be used.
        """
        self.path = path
        self._codec = pa.Codec("zstd", compression_level=3)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=one_thread
            )
        except sqlite3.DatabaseError as error:
            raise self._explained(error) from error
        try:
            self._prepare(schema, version)
        except BaseException:
            self._db.close()
            raise

    def _prepare(self, schema: str, version: int) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
            self._run(f"PRAGMA {pragma}")
        found = self._run("PRAGMA user_version")[0][0]
        if found not in (0, version):
            raise InputError(
                f"{self.path}: a ledger of format {found}, this version reads {version}; use the "
                "version of xrouter that wrote it, or another --out"
            )
        try:
            self._db.executescript(schema)
        except sqlite3.DatabaseError as error:
            raise self._explained(error) from error
        self._run(f"PRAGMA user_version = {version}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def _run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._explained(error) from error

    def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows, all or none."""
        self._run("BEGIN IMMEDIATE")
        try:
            self._db.executemany(sql, rows)
        except sqlite3.DatabaseError as error:
            self._db.execute("ROLLBACK")
            raise self._explained(error) from error
        self._run("COMMIT")

    def _explained(self, error: sqlite3.DatabaseError) -> Exception:
        text = str(error)
        if "not a database" in text or "malformed" in text:
            return InputError(
                f"{self.path}: not a readable ledger ({text}); restore a copy, or use another --out"
            )
        return MachineError(
            f"{self.path}: the ledger cannot be used ({text}); see that the disk has room and the "
            "file can be written, then run the same command again: every paid answer is kept"
        )
