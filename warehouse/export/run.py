"""The export: a store in, a directory of Parquet, CSV or Delta tables out, and the marts for Spark.

The store is read as it is at one moment: it is held open for reading, which keeps loaders waiting.
"""

import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from warehouse.build import require_marts
from warehouse.errors import StoreError, StoreSpaceError, is_full, space_message
from warehouse.export import delta, files
from warehouse.export.manifest import Format
from warehouse.export.relations import GROUPS, Relation, find_relations, query_relation
from warehouse.export.script import script
from warehouse.export.slices import Slice, find_slices
from warehouse.export.target import Target, open_target
from warehouse.export.transpile import require_sqlglot, transpile_marts
from warehouse.ingest import WAIT_SECONDS
from warehouse.store import open_store


class Exported(NamedTuple):
    """One table of an export: rows in it now, parts (days, or all) and those written this time."""

    name: str
    rows: int
    parts: int
    written: int


class ExportReport(NamedTuple):
    """What one run came to; `left_out` are marts that the SQL file lacks, each with its reason."""

    tables: list[Exported]
    left_out: dict[str, str]
    seconds: float


def export_store(
    store: Path,
    to: Path,
    form: Format = "parquet",
    names: Sequence[str] = ("tables",),
    queries: Mapping[str, str] | None = None,
    since: datetime.date | None = None,
    dialect: str | None = None,
    wait_seconds: float = WAIT_SECONDS,
    on_table: Callable[[Exported], None] = lambda table: None,
) -> ExportReport:
    """Write tables, marts and answers of a store; what has not changed since is left as it is.

    Args:
        store: The DuckDB file.
        to: A new directory, or one of an earlier export of the same format.
        form: Parquet, CSV or Delta.
        names: Tables and marts; `tables` and `marts` stand for all of them.
        queries: SQL by the name that its answer gets.
        since: Days of facts before it are neither read nor changed; a CSV file starts there.
        dialect: Write the marts' SQL in it, too, as `spark.sql`.
        wait_seconds: How long to wait for a process that holds the store.
        on_table: Told of each table when it is done.

    Raises:
        StoreError: Store, names, SQL or directory cannot be used, or a package is missing.
        StoreBusyError: A loader holds the store, or another export the directory.
        StoreSpaceError: The disk is full; run again.
    """
    start = time.monotonic()
    _require(form, dialect)
    with open_store(store, read_only=True, wait_seconds=wait_seconds) as con:
        relations = _relations(con, store, names, queries or {})
        try:
            with open_target(to, form) as target:
                con.execute(f"SET temp_directory = '{_text(target.partial('spill'))}'")
                tables = _write_all(con, relations, since, target, on_table)
                left_out = _write_script(target, dialect) if dialect else {}
        except (duckdb.Error, OSError, pa.ArrowException) as error:
            if is_full(error):
                raise StoreSpaceError(space_message(to)) from error
            raise StoreError(f"{to}: exporting {store} there failed: {error}") from error
    return ExportReport(tables, left_out, round(time.monotonic() - start, 3))


def _require(form: Format, dialect: str | None) -> None:
    if form == "delta":
        delta.require_deltalake()
    if dialect:
        require_sqlglot(dialect)
        if form == "csv":
            raise StoreError("--sql: Spark would read CSV as texts; export as parquet or delta")


def _relations(
    con: duckdb.DuckDBPyConnection, store: Path, names: Sequence[str], queries: Mapping[str, str]
) -> list[Relation]:
    sql = "SELECT view_name FROM duckdb_views() WHERE NOT internal"
    marts = {name for (name,) in con.execute(sql).fetchall()}
    if queries or {*marts, "marts"} & set(names):
        require_marts(con, store)  # before one of them fails in words of its own
    found = find_relations(con, names)
    if doubled := {relation.name for relation in found} & set(queries):
        raise StoreError(f"{sorted(doubled)}: names of a query and of a table; give them apart")
    found += [query_relation(con, name, sql) for name, sql in queries.items()]
    if not found:
        raise StoreError(f"nothing to export: name a table, a query, or any of {GROUPS}")
    return found


def _write_all(
    con: duckdb.DuckDBPyConnection,
    relations: Sequence[Relation],
    since: datetime.date | None,
    target: Target,
    on_table: Callable[[Exported], None],
) -> list[Exported]:
    target.begin([relation.name for relation in relations])
    done = list[Exported]()
    for relation in relations:
        table, written = _write(con, relation, find_slices(con, relation, since), since, target)
        target.finish(relation.name, table)
        done.append(Exported(relation.name, table.rows, len(table.parts), written))
        on_table(done[-1])
    return done


def _write(
    con: duckdb.DuckDBPyConnection,
    relation: Relation,
    slices: Sequence[Slice],
    since: datetime.date | None,
    target: Target,
) -> files.Written:
    if target.manifest.format == "csv":
        return files.write_csv(con, relation, slices, target)
    write = files.write_parquet if target.manifest.format == "parquet" else delta.write_delta
    return write(con, relation, slices, since, target)


def _write_script(target: Target, dialect: str) -> dict[str, str]:
    tables = {name: list(table.columns) for name, table in target.manifest.tables.items()}
    text, left_out = script(target.manifest, transpile_marts(dialect, tables))
    target.write_text(f"{dialect}.sql", text)
    return left_out


def _text(path: Path) -> str:
    return str(path).replace("'", "''")
