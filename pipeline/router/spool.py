"""Where finished episodes go: parquet files of a spool, from which one loader fills the store.

An episode and its calls stand in one row of one file, so that a kill loses both or none; what is
lost is at most what came since the last flush. Files get their name when they are whole.
"""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.catalog.arrow import numbers
from pipeline.errors import MachineError
from pipeline.io import ParquetStream
from pipeline.router.record import Episode, new_id, now, storable
from schemas.episodes import CALLS, EPISODES, MENUS

FLUSH_SECONDS = 2.0
FLUSH_ROWS = 5_000
MOST_ROWS = 100_000
LOOK_SECONDS = 0.2

_CALL_FIELDS = [field for field in CALLS if field.name != "episode_id"]
SPOOLED = EPISODES.append(pa.field("calls", pa.list_(pa.struct(_CALL_FIELDS))))


class Spool:
    """Collects episodes and writes them; for one event loop or one thread.

    Attributes:
        folder: Of the files.
        waiting: Episodes not yet in a file.
        fault: Why the last flush failed; None where it did not.
    """

    def __init__(self, folder: Path, run_id: str) -> None:
        """Write nothing yet.

        Args:
            folder: Made when the first file is written.
            run_id: Of all episodes; part of the names of files.
        """
        self.folder, self._run = folder, run_id
        self.fault: str | None = None
        # Two writers of one run, and a run that goes on, never take each other's names.
        self._writer = new_id()[:8]
        self._rows: list[dict[str, Any]] = []
        self._menus: list[dict[str, Any]] = []
        self._known: set[str] = set()
        self._numbers = itertools.count(1)  # threads may ask for one at once
        self._writing = asyncio.Lock()

    @property
    def waiting(self) -> int:
        """Episodes not yet in a file."""
        return len(self._rows)

    @property
    def full(self) -> bool:
        """Whether no more should be taken on: files cannot be written, and memory is bounded."""
        return len(self._rows) >= MOST_ROWS

    def add(self, episode: Episode) -> None:
        """Keep an episode for the next flush."""
        menu = episode.menu
        if menu.catalog_id not in self._known:
            self._known.add(menu.catalog_id)
            entries = [dict(entry.row) for entry in menu.entries]
            self._menus.append(
                {"catalog_id": menu.catalog_id, "entries": entries}
                | {"seen_at": now(), "run_id": self._run}
            )
        self._rows.append(episode.row | {"calls": episode.calls})

    def flush(self) -> int:
        """Write all that waits; returns the number of episodes written.

        Raises:
            MachineError: It cannot be written; it waits for the next try.
        """
        batch = self._take()
        done = False
        try:
            self._write(batch)
            done = True
        finally:
            if not done:
                self._give_back(batch)
        return len(batch.rows)

    def _take(self) -> "_Batch":
        batch = _Batch(self._rows, self._menus)
        self._rows, self._menus = [], []
        return batch

    def _give_back(self, batch: "_Batch") -> None:
        self._rows[:0], self._menus[:0] = batch.rows, batch.menus

    def _write(self, batch: "_Batch") -> None:
        """Write a batch that nobody else adds to: may run in a thread."""
        try:
            self._write_table("menus", MENUS, batch.menus)
            batch.menus.clear()
            self._write_table("episodes", SPOOLED, batch.rows)
        except (OSError, MachineError, pa.ArrowException, ValueError, TypeError) as error:
            self.fault = f"{type(error).__name__}: {error}"
            raise MachineError(f"{self.folder}: the ledger cannot be written: {error}") from error
        self.fault = None

    def _write_table(self, name: str, schema: pa.Schema, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        file_name = f"{name}-{self._run}-{self._writer}-{next(self._numbers):06d}.parquet"
        path = self.folder / file_name
        with ParquetStream(path, schema) as file:
            file.write(_table(schema, rows))

    async def flush_aside(self) -> None:
        """Flush in a thread; a failure is kept in `fault` and tried again at the next flush."""
        async with self._writing:
            batch = self._take()
            try:
                await asyncio.to_thread(self._write, batch)
            except MachineError:
                self._give_back(batch)

    @contextlib.asynccontextmanager
    async def flushing(self, seconds: float = FLUSH_SECONDS) -> AsyncIterator["Spool"]:
        """Flush every few seconds, and at the end.

        Raises:
            MachineError: The last flush failed.
        """
        over = asyncio.Event()
        task = asyncio.create_task(self._regularly(seconds, over))
        try:
            yield self
        finally:
            # Not cancelled: a thread may be writing, and what it writes must not be lost.
            over.set()
            await task
            async with self._writing:
                self.flush()

    async def _regularly(self, seconds: float, over: asyncio.Event) -> None:
        while not over.is_set():
            began = time.monotonic()
            while time.monotonic() - began < seconds and len(self._rows) < FLUSH_ROWS:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), min(seconds, LOOK_SECONDS))
                    return
            if self._rows:
                await self.flush_aside()
                if self.fault:  # full as it may be, a disk is not asked all the time
                    await asyncio.sleep(LOOK_SECONDS)


class _Batch(NamedTuple):
    """What one flush writes."""

    rows: list[dict[str, Any]]
    menus: list[dict[str, Any]]


def _table(schema: pa.Schema, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a table, column by column: a fifth of the time that `Table.from_pylist` takes."""
    columns = [
        _calls([row["calls"] for row in rows])
        if field.name == "calls"
        else _array([row.get(field.name) for row in rows], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _calls(lists: list[list[dict[str, Any]]]) -> pa.Array:
    flat = [call for calls in lists for call in calls]
    fields = [_array([call.get(f.name) for call in flat], f.type) for f in _CALL_FIELDS]
    ends = np.cumsum([0, *map(len, lists)], dtype=np.int32)
    values = pa.StructArray.from_arrays(fields, fields=_CALL_FIELDS)
    return pa.ListArray.from_arrays(numbers(ends), values)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:  # one bad text must not keep all rows from being written
        return pa.array([storable(v) if isinstance(v, str) else v for v in values], kind)
