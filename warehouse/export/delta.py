"""Tables as Delta Lake tables, through delta-rs: facts by day, of which changed ones are written.

A commit replaces whole days, so that it may be repeated: a run that was killed between a commit and
the manifest writes those days once more, and they are in the table once. The only file that imports
deltalake.
"""

import datetime
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from warehouse.errors import StoreError, StoreSpaceError, is_full, space_message
from warehouse.export.files import Written, counted, holds, table_of
from warehouse.export.manifest import Part, Table
from warehouse.export.relations import Relation, quoted
from warehouse.export.slices import NO_DAY, NONE, Slice, condition, in_range, select
from warehouse.export.target import Target

if TYPE_CHECKING:
    from deltalake import DeltaTable

# The writer keeps the file of each day of a commit open, and in memory until it is full.
COMMIT_ROWS = 1_000_000
BATCH_ROWS = 65_536


def require_deltalake() -> None:
    """Say what to install, before anything is written.

    Raises:
        StoreError: It is missing.
    """
    try:
        import deltalake  # noqa: F401
    except ImportError as error:
        raise StoreError(
            "the format delta needs the package deltalake; install it with `pip install "
            "'xrouter[lake]'`"
        ) from error


def write_delta(
    con: duckdb.DuckDBPyConnection,
    relation: Relation,
    slices: Sequence[Slice],
    since: datetime.date | None,
    target: Target,
) -> Written:
    """Bring one Delta table up to date with the store, from `since` on.

    Raises:
        StoreError: delta-rs cannot read or write the table.
        StoreSpaceError: The disk is full.
    """
    from deltalake.exceptions import DeltaError

    try:
        return _renew(con, relation, slices, since, target)
    except DeltaError as error:
        if is_full(error):
            raise StoreSpaceError(space_message(target.root)) from error
        raise StoreError(
            f"{target.root / relation.name}: delta-rs failed ({error}); run again, or delete the "
            "table, which is then written anew"
        ) from error


def _renew(
    con: duckdb.DuckDBPyConnection,
    relation: Relation,
    slices: Sequence[Slice],
    since: datetime.date | None,
    target: Target,
) -> Written:
    table = table_of(relation)
    before = target.manifest.tables.get(relation.name)
    known = before.parts if before and before.same_shape(table) else None
    lake = _open(con, target, relation, fresh=known is None)
    there = _rows_of_days(lake) if relation.by_day else None
    table.parts = {key: part for key, part in (known or {}).items() if not in_range(key, since)}
    changed = []
    for piece in slices:
        old = (known or {}).get(piece.key)
        if old and holds(old, piece) and (there is None or there.get(piece.key) == piece.rows):
            table.parts[piece.key] = old
        elif piece.key != NONE:
            changed.append(piece)
    _drop_days(lake, {key for key in there or () if in_range(key, since)}, slices)
    for group in _commits(changed):
        _replace(con, lake, relation, group)
        table.parts |= {p.key: Part(rows=p.rows, fingerprint=p.fingerprint) for p in group}
        target.finish(relation.name, _counted(table, lake))
    return Written(_counted(table, lake), len(changed))


def _open(
    con: duckdb.DuckDBPyConnection, target: Target, relation: Relation, fresh: bool
) -> "DeltaTable":
    """The table, without rows if it is new or has other columns than it had."""
    from deltalake import DeltaTable, write_deltalake

    path = str(target.root / relation.name)
    if fresh or not DeltaTable.is_deltatable(path):
        write_deltalake(
            path,
            _rows(con, relation, "false"),
            mode="overwrite",
            schema_mode="overwrite",
            partition_by=["day"] if relation.by_day else None,
            name=relation.name,
            description=relation.comment or None,
        )
    return DeltaTable(path)


def _rows_of_days(lake: "DeltaTable") -> dict[str, int]:
    """Rows by day, as the table's own log has them."""
    rows = dict[str, int]()
    for file in pa.table(lake.get_add_actions(flatten=True)).to_pylist():
        key = str(file["partition.day"] or NO_DAY)
        rows[key] = rows.get(key, 0) + file["num_records"]
    return rows


def _drop_days(lake: "DeltaTable", there: set[str], slices: Sequence[Slice]) -> None:
    """Delete days that the store no longer has."""
    gone = sorted(there - {piece.key for piece in slices})
    if gone:
        lake.delete(" OR ".join(map(condition, gone)))


def _commits(changed: Sequence[Slice]) -> Iterator[list[Slice]]:
    """Parts in groups of bounded size, at least one a group."""
    group, rows = list[Slice](), 0
    for piece in changed:
        if group and rows + piece.rows > COMMIT_ROWS:
            yield group
            group, rows = [], 0
        group.append(piece)
        rows += piece.rows
    if group:
        yield group


def _replace(
    con: duckdb.DuckDBPyConnection, lake: "DeltaTable", relation: Relation, group: list[Slice]
) -> None:
    """One commit: these parts go, and come back as they are in the store."""
    from deltalake import WriterProperties, write_deltalake

    where = " OR ".join(condition(piece.key) for piece in group)
    write_deltalake(
        lake,
        _rows(con, relation, where),
        mode="overwrite",
        predicate=where if relation.by_day else None,
        writer_properties=WriterProperties(compression="ZSTD"),
    )


def _rows(con: duckdb.DuckDBPyConnection, relation: Relation, where: str) -> pa.RecordBatchReader:
    columns = [f"{column.sql} AS {quoted(column.name)}" for column in relation.columns]
    return con.sql(select(relation, where, columns)).to_arrow_reader(BATCH_ROWS)


def _counted(table: Table, lake: "DeltaTable") -> Table:
    lake.update_incremental()
    table.version = lake.version()
    return counted(table)
