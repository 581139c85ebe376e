"""What can be exported: tables, marts and queries, as columns that other engines can read.

Types that Parquet, Delta or Spark lack become the next larger one: none loses a digit.
"""

import difflib
import re
from collections.abc import Sequence
from typing import NamedTuple

import duckdb

from warehouse.errors import StoreError
from warehouse.sqlfiles import parse

GROUPS = ("tables", "marts")
_INTERNAL = ("stale_days",)
_KEY = re.compile(r"Grain: ([a-z_]+(?:, [a-z_]+)*)\.")
# DuckDB writes a HUGEINT to Parquet as DOUBLE, for one.
_PORTABLE = (
    (r"\bU?HUGEINT\b", "DECIMAL(38,0)"),
    (r"\bUBIGINT\b", "DECIMAL(20,0)"),
    (r"\bUINTEGER\b", "BIGINT"),
    (r"\bUSMALLINT\b", "INTEGER"),
    (r"\bUTINYINT\b", "SMALLINT"),
    (r"\bTIMESTAMP_(?:NS|MS|S)\b", "TIMESTAMP"),
    (r"(?<!WITH )\bTIME\b(?: WITH TIME ZONE)?", "VARCHAR"),
    (r"\b(?:JSON|UUID|INTERVAL|BIT)\b|\"NULL\"", "VARCHAR"),
    (r"\bENUM\([^)]*\)", "VARCHAR"),
)


class Column(NamedTuple):
    """One column; `kind` is its portable DuckDB type."""

    name: str
    kind: str

    @property
    def sql(self) -> str:
        """The column as that type."""
        return f"CAST({quoted(self.name)} AS {self.kind})"


class Relation(NamedTuple):
    """Something with rows.

    Attributes:
        name: In the export.
        source: What stands behind FROM.
        columns: In the order of the store.
        key: Columns that tell rows apart, if they are stated.
        order: Columns that rows are sorted by; none where the query has an order of its own.
        by_day: Rows of episodes: stored and renewed day by day.
        comment: For people.
    """

    name: str
    source: str
    columns: list[Column]
    key: list[str]
    order: list[str]
    by_day: bool
    comment: str


def find_relations(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[Relation]:
    """Tables and marts by name; `tables` and `marts` stand for all of them.

    Raises:
        StoreError: The store has nothing of that name.
    """
    known = _comments(con)
    chosen = dict.fromkeys(name for given in names for name in _expand(given, known))
    for name in chosen:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or sorted(known)
            raise StoreError(
                f"{name!r}: the store has no such table or mart; did you mean {', '.join(near)}?"
            )
    return [_relation(con, name, quoted(name), known[name][1]) for name in chosen]


def query_relation(con: duckdb.DuckDBPyConnection, name: str, sql: str) -> Relation:
    """The answer to one query, in its own order.

    Raises:
        StoreError: The SQL fails, or is not one query.
    """
    try:
        statements = con.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise StoreError(f"the SQL of {name!r} is not one query: give one SELECT")
        source = quoted(f"_query_{name}")
        con.execute(f"CREATE TEMP VIEW {source} AS {statements[0].query}")
        found = _relation(con, name, source, parse(name, sql).comment)
    except duckdb.Error as error:
        raise StoreError(f"the SQL of {name!r} failed: {error}") from error
    return found._replace(order=[], by_day=False)


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def portable(kind: str) -> str:
    """The type that other engines know, for a type of DuckDB."""
    for pattern, better in _PORTABLE:
        kind = re.sub(pattern, better, kind)
    return kind


def _relation(
    con: duckdb.DuckDBPyConnection, name: str, source: str, comment: str | None
) -> Relation:
    rows = con.execute(f"DESCRIBE FROM {source}").fetchall()
    columns = [Column(row[0], portable(row[1])) for row in rows]
    known = {column.name: column.kind for column in columns}
    by_day = known.get("day") == "DATE" and "episode_id" in known
    match = _KEY.search(comment or "")
    key = [part for part in match[1].split(", ") if part in known] if match else []
    # Of a small table the other columns, too: to be sure that it is always the same.
    order = ["day", *key] if key and by_day else key + [part for part in known if part not in key]
    return Relation(name, source, columns, key, order, by_day, comment or "")


def _comments(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str | None]]:
    """Kind (tables or marts) and comment of everything with rows, by name."""
    rows = con.execute(
        """
        SELECT table_name, 'tables', comment FROM duckdb_tables() WHERE NOT temporary
        UNION ALL
        SELECT view_name, 'marts', comment FROM duckdb_views() WHERE NOT internal AND NOT temporary
        ORDER BY 1
        """
    ).fetchall()
    hidden = [name for name, _, _ in rows if name.startswith("_") or name in _INTERNAL]
    return {name: (kind, comment) for name, kind, comment in rows if name not in hidden}


def _expand(given: str, known: dict[str, tuple[str, str | None]]) -> list[str]:
    return [name for name, (kind, _) in known.items() if kind == given] or [given]
