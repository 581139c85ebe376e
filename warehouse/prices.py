"""The loader of price histories: parquet files of events in, rows of table `price_events` out.

Each event once, however often it is loaded. A file is taken whole or not at all; what is wrong with
one that is not is said, and the others are loaded.
"""

import time
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.prices import PriceEvents
from warehouse.build import open_current
from warehouse.buildfiles import glob_literal
from warehouse.errors import StoreError, StoreSpaceError, is_full, space_message
from warehouse.incoming import NOT_OF_THE_FILE, staging_sql
from warehouse.ingest import WAIT_SECONDS
from warehouse.loadrecord import record_file
from warehouse.locks import loader_lock
from warehouse.spoolfiles import Left, file_hash, schema_difference

CONTENT = "prices"


class PriceReport(NamedTuple):
    """What loading a history came to.

    Attributes:
        files: Read, those that are no news included.
        rows: Of these files.
        new: Events that the store lacked.
        quarantined: Of these, events that the gate quarantined.
        refused: Files that were not loaded, each with the reason.
        seconds: Wall clock.
    """

    files: int
    rows: int
    new: int
    quarantined: int
    refused: list[Left]
    seconds: float


def load_prices(store: Path, source: Path, wait_seconds: float = WAIT_SECONDS) -> PriceReport:
    """Load a price history.

    Args:
        store: The DuckDB file; created if there is none.
        source: The history's folder, or one of its files.
        wait_seconds: How long to wait for another process that holds the store.

    Raises:
        StoreError: There is no such folder or file, or the store cannot be opened.
        StoreBusyError: Another process held the store all the time.
        StoreSpaceError: The disk is full; the store is as before.
    """
    start = time.monotonic()
    files = sorted(source.glob("*.parquet")) if source.is_dir() else [source]
    if not files or not all(path.is_file() for path in files):
        raise StoreError(
            f"{source}: no price history there; `xrouter catalog refresh` writes one to DIR/prices"
        )
    refused: list[Left] = []
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        with loader_lock(store, wait_seconds), open_current(store, wait_seconds) as con:
            con.begin()
            before = _counts(con)
            rows = sum(_load_file(con, path, refused) for path in files)
            total, quarantined = _counts(con)
            con.commit()
            con.execute("CHECKPOINT")
    except (duckdb.Error, OSError) as error:
        if is_full(error):
            raise StoreSpaceError(space_message(store)) from error
        raise StoreError(f"{store}: loading failed, the store is as before ({error})") from error
    seconds = round(time.monotonic() - start, 3)
    added = (total - before[0], quarantined - before[1])
    return PriceReport(len(files), rows, *added, refused, seconds)


def _load_file(con: duckdb.DuckDBPyConnection, path: Path, refused: list[Left]) -> int:
    """Merge one file; returns its rows, 0 where it is refused."""
    fault = _fault(con, path)
    if fault is not None:
        refused.append(Left(path, fault))
        return 0
    values, sha256 = {"file": glob_literal(path)}, file_hash(path)
    new = int(con.execute(staging_sql("merge_price_events"), values).fetchall()[0][0])
    rows = int(pq.read_metadata(path).num_rows)
    if new:
        record_file(con, path.name, sha256, CONTENT, "loaded", rows, new)
    return rows


def _fault(con: duckdb.DuckDBPyConnection, path: Path) -> str | None:
    """What is wrong with a file."""
    try:
        found = pq.read_schema(path)
        # Reads every value, so that what is damaged is found before anything is merged.
        with pq.ParquetFile(path) as file:  # read_table would import pandas
            file.read()
    except (pa.ArrowException, OSError) as error:
        return f"not a whole parquet file: {str(error).splitlines()[0]}; refresh the history again"
    wanted = PriceEvents.create_empty().to_arrow().schema
    if difference := schema_difference(_plain(wanted), _plain(found)):
        return f"no price history of this version: {difference}"
    try:
        rows = con.execute(staging_sql("price_event_faults"), {"file": glob_literal(path)})
        faults = rows.fetchall()
    except duckdb.Error as error:
        if is_full(error) or isinstance(error, NOT_OF_THE_FILE):
            raise
        return f"its rows cannot be read: {str(error).splitlines()[0]}"
    return str(faults[0][0]) if faults else None


def _plain(schema: pa.Schema) -> pa.Schema:
    """Names and types, texts of either width being the same."""
    wide = {pa.large_string(): pa.string(), pa.string_view(): pa.string()}
    return pa.schema([(f.name, wide.get(f.type, f.type)) for f in schema])


def _counts(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    sql = "SELECT count(*), count(*) FILTER (WHERE status = 'quarantined') FROM price_events"
    rows, quarantined = con.execute(sql).fetchall()[0]
    return int(rows), int(quarantined)
