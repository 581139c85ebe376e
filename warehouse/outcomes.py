"""The loader of outcome banks: one `outcomes.parquet` in, rows of table `outcomes` out.

Loading again changes nothing; a bank that was graded again since replaces its own rows. The answer
of a stand-in never replaces that of a model.
"""

import time
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.outcomes import Outcomes
from warehouse.build import open_current
from warehouse.buildfiles import glob_literal
from warehouse.errors import StoreError, StoreSpaceError, is_full, space_message
from warehouse.incoming import staging_sql
from warehouse.ingest import WAIT_SECONDS
from warehouse.loadrecord import forget_files, record_file
from warehouse.locks import loader_lock
from warehouse.spoolfiles import file_hash

FILE = "outcomes.parquet"
KEY = "problem_id, model_id, sample"


class OutcomeReport(NamedTuple):
    """What loading a bank came to.

    Attributes:
        rows: Of the file.
        new: Rows that the store lacked.
        changed: Rows that it had otherwise.
        kept: Rows of stand-ins that stayed out, since the store has a model's answer there.
        simulated: Rows of the file that are stand-ins'.
        seconds: Wall clock.
    """

    rows: int
    new: int
    changed: int
    kept: int
    simulated: int
    seconds: float


def load_outcomes(store: Path, bank: Path, wait_seconds: float = WAIT_SECONDS) -> OutcomeReport:
    """Load one outcome bank, all of it or nothing.

    Args:
        store: The DuckDB file; created if there is none.
        bank: The bank's directory, or its table `outcomes`.
        wait_seconds: How long to wait for another process that holds the store.

    Raises:
        StoreError: There is no such file, or it is not a table `outcomes`.
        StoreBusyError: Another process held the store all the time.
        StoreSpaceError: The disk is full; the store is as before.
    """
    start = time.monotonic()
    file = bank / FILE if bank.is_dir() else bank
    _check(file)
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        with loader_lock(store, wait_seconds), open_current(store, wait_seconds) as con:
            counts = _merge(con, file)
    except (duckdb.Error, OSError) as error:
        if is_full(error):
            raise StoreSpaceError(space_message(store)) from error
        raise StoreError(
            f"{file}: cannot be loaded as outcomes, the store is as before ({error}); collect or "
            "import the bank again"
        ) from error
    return OutcomeReport(*counts, round(time.monotonic() - start, 3))


def _check(file: Path) -> None:
    """A readable parquet file with the columns of the contract."""
    try:
        names = pq.read_schema(file).names
    except FileNotFoundError as error:
        raise StoreError(
            f"{file}: no such file; name a bank that `xrouter collect` or `import-outcomes` wrote"
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"{file}: not a whole parquet file ({error}); write it again") from error
    wanted = Outcomes.create_empty().columns
    lacking = [name for name in wanted if name not in names]
    unknown = [name for name in names if name not in wanted]
    if lacking or unknown:
        raise StoreError(
            f"{file}: not the table `outcomes` of this version: it lacks {lacking}, it has the "
            f"unknown {unknown}; load it with the xrouter that wrote it"
        )


def _merge(con: duckdb.DuckDBPyConnection, file: Path) -> tuple[int, int, int, int, int]:
    values, sha256 = {"file": glob_literal(file)}, file_hash(file)
    con.begin()
    count = f"""
        SELECT count(*), count(DISTINCT ({KEY})), count(*) FILTER (WHERE source = 'simulated')
        FROM read_parquet($file)
    """
    rows, keys, simulated = con.execute(count, values).fetchall()[0]
    if rows != keys:
        raise StoreError(f"{file}: {rows} rows, but {keys} keys ({KEY}); collect the bank again")
    shadowed = f"""
        SELECT count(*)
        FROM read_parquet($file) AS i JOIN outcomes AS o USING ({KEY})
        WHERE i.source = 'simulated' AND o.source <> 'simulated'
    """
    kept = con.execute(shadowed, values).fetchall()[0][0]
    before = con.execute("SELECT count(*) FROM outcomes").fetchall()[0][0]
    # A MERGE tells the sum of both; RETURNING would hold a row each in memory.
    merged = con.execute(staging_sql("merge_outcomes"), values).fetchall()[0][0]
    new = con.execute("SELECT count(*) FROM outcomes").fetchall()[0][0] - before
    forget_files(con, [sha256])
    record_file(con, str(file), sha256, "outcomes", "loaded", rows, new)
    con.commit()
    con.execute("CHECKPOINT")
    return rows, new, merged - new, kept, simulated
