"""One SQLite file that must outlive a kill: opened, checked, written; and its faults explained.

The base of ledgers of what was paid for. Write-ahead mode: what was acknowledged is there after
kill -9. Nothing is sent without room on the disk for what comes back. For one process at a time.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from pipeline.errors import InputError, MachineError
from pipeline.room import Room

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
        self._room = Room(path.with_name(f"{path.name}.room"))
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
        self._room.close()

    def _run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._explained(error) from error

    def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows, all or none."""
        with self._whole():
            try:
                self._db.executemany(sql, rows)
            except sqlite3.DatabaseError as error:
                raise self._explained(error) from error

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """All that is written within, or nothing."""
        self._run("BEGIN IMMEDIATE")
        try:
            yield
            self._run("COMMIT")
        except BaseException:
            # A full disk has ended it already.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _sent(self, sql: str, values: Sequence[Any]) -> int:
        """Write down a call before it is sent; returns its number.

        Raises:
            MachineError: There is no room for what would come back.
        """
        self._room.take()
        return int(self._run(sql, values)[0][0])

    def _received(self, write: Callable[[], object]) -> None:
        """Write down what came back, on a full disk in the room that was kept for it."""
        try:
            write()
        except MachineError:
            if not self._room.give():
                raise
            write()

    def _explained(self, error: sqlite3.DatabaseError) -> Exception:
        text = str(error)
        if "not a database" in text or "malformed" in text:
            return InputError(
                f"{self.path}: not a readable ledger ({text}); restore a copy, or use another --out"
            )
        if "is full" in text:
            return MachineError(
                f"{self.path}: no space left on the device; free some or choose another directory, "
                "then run the same command again: every paid answer is kept"
            )
        return MachineError(
            f"{self.path}: the ledger cannot be used ({text}); see that the disk has room and the "
            "file can be written, then run the same command again: every paid answer is kept"
        )
