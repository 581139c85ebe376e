"""Tables as files: Parquet, a file a day for facts, or one CSV file after RFC 4180.

DuckDB writes them straight from the store, one part at a time. Parquet files of parts that have not
changed are taken over from the export that is being renewed: linked, not copied.
"""

import datetime
import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.errors import StoreError
from warehouse.export.manifest import Part, Table
from warehouse.export.relations import Column, Relation, quoted
from warehouse.export.slices import ALL, NONE, Slice, condition, in_range, select
from warehouse.export.target import Target, replace, sync

PARQUET = "FORMAT parquet, COMPRESSION zstd"
CSV = "FORMAT csv, NEW_LINE '\\r\\n', TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%fZ'"


class Written(NamedTuple):
    """One table as it is now; `written` parts of it were written by this run."""

    table: Table
    written: int


def table_of(relation: Relation) -> Table:
    """The manifest's entry for a relation, without parts."""
    return Table(
        rows=0,
        columns={column.name: column.kind for column in relation.columns},
        key=relation.key,
        partitioned_by=["day"] if relation.by_day else [],
        parts={},
    )


def write_parquet(
    con: duckdb.DuckDBPyConnection,
    relation: Relation,
    slices: Sequence[Slice],
    since: datetime.date | None,
    target: Target,
) -> Written:
    """One directory a table; for facts `day=2026-01-31/part-0.parquet` in it, as Hive has it."""
    table, partial = table_of(relation), target.partial(relation.name)
    partial.mkdir()
    before = target.manifest.tables.get(relation.name)
    known = before.parts if before and before.same_shape(table) else {}
    older = {key: part for key, part in known.items() if not in_range(key, since)}
    same = {p.key: known[p.key] for p in slices if p.key in known and holds(known[p.key], p)}
    for key, part in (older | same).items():
        if _take_over(target.root / relation.name, partial, part):
            table.parts[key] = part
        elif key in older:
            raise StoreError(
                f"{target.root / relation.name / part.file}: not as it was exported; run again "
                "without --since, which writes it anew"
            )
    written = 0
    for piece in slices:
        if piece.key not in table.parts and (piece.key != NONE or not table.parts):
            table.parts[piece.key] = _parquet_part(con, relation, piece, partial)
            written += 1
    replace(partial, target.root / relation.name)
    return Written(counted(table), written)


def _parquet_part(
    con: duckdb.DuckDBPyConnection, relation: Relation, piece: Slice, folder: Path
) -> Part:
    whole = piece.key in (ALL, NONE)
    file = "part-0.parquet" if whole else f"day={piece.key}/part-0.parquet"
    columns = [
        f"{column.sql} AS {quoted(column.name)}"
        for column in relation.columns
        if whole or column.name != "day"  # its value stands in the path
    ]
    (folder / file).parent.mkdir(exist_ok=True)
    _copy(con, select(relation, condition(piece.key), columns), folder / file, PARQUET)
    sync(folder / file)
    size, sha256 = (folder / file).stat().st_size, _sha256(folder / file)
    return Part(
        rows=piece.rows, fingerprint=piece.fingerprint, file=file, bytes=size, sha256=sha256
    )


def _take_over(old: Path, new: Path, part: Part) -> bool:
    """Link a file that is still what the manifest says."""
    source = old / part.file
    if not source.is_file() or _sha256(source) != part.sha256:
        return False
    (new / part.file).parent.mkdir(exist_ok=True)
    try:
        os.link(source, new / part.file)
    except OSError:  # a file system without links
        shutil.copyfile(source, new / part.file)
    return True


def write_csv(
    con: duckdb.DuckDBPyConnection, relation: Relation, slices: Sequence[Slice], target: Target
) -> Written:
    """One file a table, with a header; NULL is empty, an empty text is `""`, lists are JSON."""
    partial = target.partial(f"{relation.name}.csv")
    columns = [f"{_cell(column)} AS {quoted(column.name)}" for column in relation.columns]
    with partial.open("wb") as out:
        for number, piece in enumerate(slices):
            grown = target.partial(f"{relation.name}.part")
            header = "HEADER false" if number else "HEADER"
            _copy(con, select(relation, condition(piece.key), columns), grown, f"{CSV}, {header}")
            with grown.open("rb") as handle:
                shutil.copyfileobj(handle, out, 1 << 20)
            grown.unlink()
    sync(partial)
    rows, size = sum(piece.rows for piece in slices), partial.stat().st_size
    whole = Part(rows=rows, file=f"{relation.name}.csv", bytes=size, sha256=_sha256(partial))
    partial.replace(target.root / whole.file)
    table = table_of(relation)
    table.parts[ALL] = whole
    return Written(counted(table), 1)


def _cell(column: Column) -> str:
    nested = column.kind.endswith("]") or column.kind.startswith(("STRUCT", "MAP"))
    return f"to_json({column.sql})" if nested else column.sql


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path, options: str) -> None:
    name = str(path).replace("'", "''")
    con.execute(f"COPY ({query}) TO '{name}' ({options})")


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def holds(part: Part, piece: Slice) -> bool:
    """Whether a part was exported as the store has it now."""
    return (part.rows, part.fingerprint) == (piece.rows, piece.fingerprint)


def counted(table: Table) -> Table:
    """A table with its rows summed up and its parts in order."""
    table.rows = sum(part.rows for part in table.parts.values())
    table.parts = dict(sorted(table.parts.items()))
    return table
