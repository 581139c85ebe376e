"""Parts of a relation that are written, and renewed, one at a time: days, or all of it.

A fingerprint over the rows of a day tells whether it changed since it was exported. It is made in
one pass over the relation, in memory that does not grow with it.
"""

import datetime
from typing import NamedTuple

import duckdb

from warehouse.export.relations import Relation, quoted

ALL = "all"
NONE = "none"  # a relation by day without a row: so that a file says which columns it has
NO_DAY = "__HIVE_DEFAULT_PARTITION__"  # as Hive, and so every engine, names NULL


class Slice(NamedTuple):
    """One part; `key` is an ISO date or one of the constants above."""

    key: str
    rows: int
    fingerprint: str


def find_slices(
    con: duckdb.DuckDBPyConnection, relation: Relation, since: datetime.date | None
) -> list[Slice]:
    """The parts of a relation, in order, each with what it holds now.

    Args:
        con: Of the store.
        relation: What is exported.
        since: Days before it are not looked at; for relations by day.
    """
    columns = ", ".join(column.sql for column in relation.columns)
    sums = f"count(*), coalesce(sum(hash({columns})), 0)::VARCHAR"
    if not relation.by_day:
        rows, mark = con.execute(f"SELECT {sums} FROM {relation.source}").fetchall()[0]
        return [Slice(ALL, rows, mark)]
    where = f"WHERE day >= DATE '{since}'" if since else ""
    sql = f"SELECT day, {sums} FROM {relation.source} {where} GROUP BY day ORDER BY day"
    found = [Slice(str(day or NO_DAY), *rest) for day, *rest in con.execute(sql).fetchall()]
    return found or [Slice(NONE, 0, "0")]


def in_range(key: str, since: datetime.date | None) -> bool:
    """Whether an export from `since` on says anything of a part."""
    return since is None or (key != NO_DAY and key >= str(since))


def condition(key: str) -> str:
    """The rows of a part as a condition on `day`; Delta reads it, too."""
    if key == NO_DAY:
        return "day IS NULL"
    return {ALL: "true", NONE: "false"}.get(key, f"day = '{key}'")


def select(relation: Relation, where: str, columns: list[str]) -> str:
    """The query for the rows of one or more parts, sorted by day and key; `columns` are SQL."""
    order = f"ORDER BY {', '.join(map(quoted, relation.order))}" if relation.order else ""
    return f"SELECT {', '.join(columns)} FROM {relation.source} WHERE {where} {order}"
