"""The loader of a spool: finished files of episodes and menus in, rows of the store out, each once.

Files are taken in batches of bounded size, one transaction a batch: a kill loses or keeps a batch
whole. An episode that the store has already is left out, so that a file may be loaded again, in
part or whole, in any order. One broken file keeps no other from being loaded.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.build import open_current
from warehouse.direct import insert_direct
from warehouse.errors import StoreError, StoreSpaceError, is_full, space_message
from warehouse.incoming import (
    TABLES,
    clear,
    make_incoming,
    stage,
    staging_sql,
    take_back_conflicts,
)
from warehouse.ingest import WAIT_SECONDS
from warehouse.loadrecord import forget_files, prune_records, record_file
from warehouse.locks import loader_lock
from warehouse.spoolfiles import (
    CAREFUL_BYTES,
    CAREFUL_ROWS,
    KEEP_DAYS,
    Left,
    SpoolFile,
    batches,
    file_hash,
    list_spool,
    put_away,
    set_aside,
    tidy,
)
from warehouse.sums import refresh_sums

MERGES = ("stale_days", "menu_entries", "menus", "episodes", "calls")


class SpoolReport(NamedTuple):
    """What one load of a spool came to.

    Attributes:
        files: Loaded.
        known: Left out whole: a file of the same bytes was loaded before.
        episodes: New in the store.
        repeated: Episodes of loaded files that the store had already.
        calls: New in the store.
        menus: Likewise.
        set_aside: Broken files, now in `rejected/`.
        refused: Files that stay where they are: of another version, or unreadable today.
        seconds: Wall clock.
    """

    files: int
    known: int
    episodes: int
    repeated: int
    calls: int
    menus: int
    set_aside: list[Left]
    refused: list[Left]
    seconds: float


class _Tally:
    """Counts of a load under way."""

    def __init__(self, refused: list[Left]) -> None:
        self.refused, self.set_aside = refused, list[Left]()
        self.files = self.known = self.rows = 0
        self.new = dict.fromkeys(TABLES, 0)


def load_spool(
    store: Path,
    spool: Path,
    keep_days: float = KEEP_DAYS,
    wait_seconds: float = WAIT_SECONDS,
    on_batch: Callable[[str], None] = lambda moment: None,
) -> SpoolReport:
    """Load every finished file of a spool into a store, which is created if there is none.

    Args:
        store: The DuckDB file.
        spool: Folder of the files; no other store should be fed from it.
        keep_days: How long loaded files stay in `loaded/`.
        wait_seconds: How long to wait for another process that holds the spool or the store.
        on_batch: Told `staged`, `merged` and `committed` for each batch.

    Raises:
        StoreError: There is no such spool, or the store cannot be used.
        StoreBusyError: Another process held the spool or the store all the time.
        StoreSpaceError: The disk is full; what is not loaded stays in the spool.
    """
    start = time.monotonic()
    if not spool.is_dir():
        list_spool(spool)  # says so
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        with loader_lock(spool, wait_seconds):
            tally = _load(store, spool, wait_seconds, on_batch)
            tidy(spool, keep_days)
    except (duckdb.Error, OSError) as error:
        if is_full(error):
            raise StoreSpaceError(space_message(store)) from error
        raise StoreError(
            f"{store}: loading {spool} failed, what is not loaded stays there ({error})"
        ) from error
    new = tally.new
    repeated = tally.rows - new["episodes"]
    counts = (tally.files, tally.known, new["episodes"], repeated, new["calls"], new["menus"])
    seconds = round(time.monotonic() - start, 3)
    return SpoolReport(*counts, tally.set_aside, tally.refused, seconds)


def _load(store: Path, spool: Path, wait_seconds: float, on_batch: Callable[[str], None]) -> _Tally:
    listing = list_spool(spool)
    tally = _Tally(listing.refused)
    if not listing.files and not listing.broken:
        return tally  # nobody is kept from reading
    with loader_lock(store, wait_seconds), open_current(store, wait_seconds) as con:
        make_incoming(con)
        _reject(con, spool, listing.broken, tally)
        for batch in batches(listing.files):
            _load_batch(con, spool, batch, tally, on_batch)
        prune_records(con)
        con.execute("CHECKPOINT")
    return tally


def _load_batch(
    con: duckdb.DuckDBPyConnection,
    spool: Path,
    batch: Sequence[SpoolFile],
    tally: _Tally,
    on_batch: Callable[[str], None],
) -> None:
    """Take the short way where it is open, else the careful one, in smaller steps."""
    new = list(_unknown(con, batch).values())
    episodes = bool(new) and all(file.content == "episodes" for file in new)
    calls = insert_direct(con, new) if episodes else None
    if calls is None:
        for part in batches(batch, CAREFUL_ROWS, CAREFUL_BYTES):
            _load_carefully(con, spool, part, tally, on_batch)
        return
    on_batch("staged")
    _commit_direct(con, new, calls, tally, on_batch)
    tally.known += len(batch) - len(new)
    put_away(spool, [file.path for file in batch])


def _load_carefully(
    con: duckdb.DuckDBPyConnection,
    spool: Path,
    batch: Sequence[SpoolFile],
    tally: _Tally,
    on_batch: Callable[[str], None],
) -> None:
    """Stage files one by one, then merge those that are sound at once."""
    new = _unknown(con, batch)
    broken = [left for number, file in new.items() if (left := stage(con, number, file))]
    broken += take_back_conflicts(con, new)
    gone = {left.path for left in broken}
    on_batch("staged")
    sound = {number: file for number, file in new.items() if file.path not in gone}
    if sound:
        _merge(con, sound, tally, on_batch)
    clear(con)
    on_batch("committed")
    tally.known += len(batch) - len(new)
    _reject(con, spool, broken, tally)
    put_away(spool, [file.path for file in batch if file.path not in gone])


def _commit_direct(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[SpoolFile],
    calls: int,
    tally: _Tally,
    on_batch: Callable[[str], None],
) -> None:
    """End the transaction of the short way with the record of its files."""
    forget_files(con, [file.sha256 for file in files])
    for file in files:
        record_file(con, file.path.name, file.sha256, file.content, "loaded", file.rows, file.rows)
    refresh_sums(con)
    on_batch("merged")
    con.commit()
    on_batch("committed")
    tally.files += len(files)
    tally.rows += sum(file.rows for file in files)
    tally.new["episodes"] += sum(file.rows for file in files)
    tally.new["calls"] += calls


def _unknown(con: duckdb.DuckDBPyConnection, batch: Sequence[SpoolFile]) -> dict[int, SpoolFile]:
    """Files by number in the batch, less those whose bytes were loaded before."""
    sql = """
        SELECT sha256 FROM loaded_files
        WHERE status = 'loaded' AND sha256 IN (SELECT unnest(?::VARCHAR[]))
    """
    seen = {sha for (sha,) in con.execute(sql, [[file.sha256 for file in batch]]).fetchall()}
    new: dict[int, SpoolFile] = {}
    for number, file in enumerate(batch):
        if file.sha256 not in seen:
            new[number] = file
        seen.add(file.sha256)
    return new


def _merge(
    con: duckdb.DuckDBPyConnection,
    files: dict[int, SpoolFile],
    tally: _Tally,
    on_batch: Callable[[str], None],
) -> None:
    """One transaction: the rows that the store lacks, and the record of the files."""
    con.begin()
    con.execute(staging_sql("fresh_episodes"))
    before = _rows(con)
    new_rows = _new_rows(con)
    for table in MERGES:
        con.execute(staging_sql(f"merge_{table}"))
    after = _rows(con)
    forget_files(con, [file.sha256 for file in files.values()])
    for number, file in files.items():
        added = new_rows.get((file.content, number), 0)
        record_file(con, file.path.name, file.sha256, file.content, "loaded", file.rows, added)
    refresh_sums(con)
    on_batch("merged")
    con.commit()
    tally.files += len(files)
    tally.rows += sum(file.rows for file in files.values() if file.content == "episodes")
    for table in TABLES:
        tally.new[table] += after[table] - before[table]


def _rows(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    counts = {}
    for table in TABLES:
        counts[table] = int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
    return counts


def _new_rows(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], int]:
    """New episodes and menus by the number of the file they are taken from."""
    sql = """
        SELECT 'episodes', file, count(*) FROM fresh_episodes GROUP BY file
        UNION ALL
        SELECT 'menus', file, count(*)
        FROM (SELECT catalog_id, min(file) AS file FROM incoming_menus GROUP BY catalog_id)
        ANTI JOIN menus USING (catalog_id)
        GROUP BY file
    """
    rows = con.execute(sql).fetchall()
    return {(content, int(number)): int(count) for content, number, count in rows}


def _reject(
    con: duckdb.DuckDBPyConnection, spool: Path, broken: Sequence[Left], tally: _Tally
) -> None:
    """Write down what is broken, then move it out of the way."""
    for path, reason in broken:
        sha256, content = file_hash(path), path.name.partition("-")[0]
        forget_files(con, [sha256])
        record_file(con, path.name, sha256, content, "set_aside", reason=reason)
    set_aside(spool, broken)
    tally.set_aside += broken
