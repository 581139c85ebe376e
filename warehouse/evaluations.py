"""The loader of evaluations: the folders of runs in, rows of `evaluations` and `suite_items` out.

Each run once, as its newest file has it. A file is taken whole or not at all; what is wrong with
one that is not is said, and the others are loaded. Decisions come with the spool.
"""

import time
from pathlib import Path
from typing import NamedTuple

import dataframely as dy
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.evaluations import Evaluations, SuiteItems
from warehouse.build import open_current
from warehouse.buildfiles import glob_literal
from warehouse.errors import StoreError, StoreSpaceError, is_full, space_message
from warehouse.incoming import NOT_OF_THE_FILE, staging_sql
from warehouse.ingest import WAIT_SECONDS
from warehouse.loadrecord import forget_files, record_file
from warehouse.locks import loader_lock
from warehouse.spoolfiles import Left, file_hash, schema_difference

TABLES: dict[str, type[dy.Schema]] = {"evaluations": Evaluations, "suite_items": SuiteItems}
KEYS = {"evaluations": "run_id", "suite_items": "suite, suite_revision, problem_id"}


class EvaluationReport(NamedTuple):
    """What loading evaluations came to.

    Attributes:
        runs: Of the folder.
        new: Runs that the store lacked.
        changed: Runs that it had otherwise.
        items: Problems of suites that it lacked.
        refused: Files that were not loaded, each with the reason.
        seconds: Wall clock.
    """

    runs: int
    new: int
    changed: int
    items: int
    refused: list[Left]
    seconds: float


def load_evaluations(
    store: Path, folder: Path, wait_seconds: float = WAIT_SECONDS
) -> EvaluationReport:
    """Load every run of a folder.

    Args:
        store: The DuckDB file; created if there is none.
        folder: What `xrouter evaluate` wrote: DIR/evaluation, with a folder for each run.
        wait_seconds: How long to wait for another process that holds the store.

    Raises:
        StoreError: There is no such folder, or the store cannot be opened.
        StoreBusyError: Another process held the store all the time.
        StoreSpaceError: The disk is full; the store is as before.
    """
    start = time.monotonic()
    if not folder.is_dir():
        raise StoreError(
            f"{folder}: no evaluations there; `xrouter evaluate --out DIR` writes DIR/evaluation"
        )
    files = {table: sorted(folder.glob(f"*/{table}.parquet")) for table in TABLES}
    refused: list[Left] = []
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        with loader_lock(store, wait_seconds), open_current(store, wait_seconds) as con:
            con.begin()
            before = _rows(con)
            merged = {
                table: sum(_load_file(con, table, path, refused) for path in paths)
                for table, paths in files.items()
            }
            added = {table: count - before[table] for table, count in _rows(con).items()}
            con.commit()
            con.execute("CHECKPOINT")
    except (duckdb.Error, OSError) as error:
        if is_full(error):
            raise StoreSpaceError(space_message(store)) from error
        raise StoreError(f"{store}: loading failed, the store is as before ({error})") from error
    new = added["evaluations"]
    counts = (len(files["evaluations"]), new, merged["evaluations"] - new, added["suite_items"])
    return EvaluationReport(*counts, refused, round(time.monotonic() - start, 3))


def _load_file(con: duckdb.DuckDBPyConnection, table: str, path: Path, refused: list[Left]) -> int:
    """Merge one file; returns the rows that are new or changed, 0 where it is refused."""
    fault = _fault(con, table, path)
    if fault is not None:
        refused.append(Left(path, fault))
        return 0
    values = {"file": glob_literal(path)}
    merged = int(con.execute(staging_sql(f"merge_{table}"), values).fetchall()[0][0])
    if merged:
        sha256, name = file_hash(path), f"{path.parent.name}/{path.name}"
        forget_files(con, [sha256])
        rows = int(pq.read_metadata(path).num_rows)
        record_file(con, name, sha256, table, "loaded", rows, merged)
    return merged


def _fault(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> str | None:
    """What is wrong with a file."""
    schema, key = TABLES[table], KEYS[table]
    try:
        with pq.ParquetFile(path) as file:
            found = file.read()  # every value: what is damaged is found before anything is merged
    except (pa.ArrowException, OSError) as error:
        return f"not a whole parquet file: {str(error).splitlines()[0]}; evaluate again"
    wanted = schema.create_empty().to_arrow().schema
    if difference := schema_difference(_plain(wanted), _plain(found.schema)):
        return f"no table `{table}` of this version: {difference}"
    needed = [name for name, column in schema.columns().items() if not column.nullable]
    if lacking := [name for name in needed if found[name].null_count]:
        return f"rows without {', '.join(lacking)}; evaluate again"
    query = f"SELECT count(*) - count(DISTINCT ({key})) FROM read_parquet($file)"
    try:
        twice = con.execute(query, {"file": glob_literal(path)}).fetchall()[0][0]
    except duckdb.Error as error:
        if is_full(error) or isinstance(error, NOT_OF_THE_FILE):
            raise
        return f"its rows cannot be read: {str(error).splitlines()[0]}"
    return f"{twice} rows repeat a key ({key}); evaluate again" if twice else None


def _plain(schema: pa.Schema) -> pa.Schema:
    """Names and types, texts of either width being the same."""
    wide = {pa.large_string(): pa.string(), pa.string_view(): pa.string()}
    return pa.schema([(f.name, wide.get(f.type, f.type)) for f in schema])


def _rows(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return {
        table: int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
        for table in TABLES
    }
