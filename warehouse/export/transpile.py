"""Marts in another engine's SQL: the files of `marts/` in, temporary views of Spark out.

sqlglot knows the dialects, `rewrites` what it leaves to us. The other session must be in UTC.
"""

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from warehouse.build import all_files
from warehouse.errors import StoreError
from warehouse.sqlfiles import SqlFile

if TYPE_CHECKING:
    from sqlglot import exp

Names = Mapping[str, list[str]]

DIALECTS = ("spark",)
# What would be translated wrong without anybody noticing, and why. A test runs every other mart in
# both engines, and knows by name those that cannot be translated at all.
NOT_PORTABLE = {
    "call_list_cost_asof": "joins as of a moment, which Spark cannot",
    "sample_rows": "reads JSON by a path that counts from the end",
}


class View(NamedTuple):
    """One mart as a temporary view of the other engine.

    Attributes:
        name: Of the mart.
        sql: One statement.
        reads: Tables and marts that must be there.
        comment: The mart's header.
    """

    name: str
    sql: str
    reads: tuple[str, ...]
    comment: str


class Transpiled(NamedTuple):
    """Marts in order of creation, and those left out, each with its reason."""

    views: list[View]
    left_out: dict[str, str]


def transpile_marts(
    dialect: str, tables: Names | None = None, files: Sequence[SqlFile] | None = None
) -> Transpiled:
    """Marts in another dialect.

    Args:
        dialect: One of `DIALECTS`: those that tests compare with DuckDB row by row.
        tables: Columns of the tables; without them stars stay stars, which not every mart survives.
        files: Macros and marts in order of creation; by default all of this version.

    Raises:
        StoreError: Another dialect, or sqlglot is not installed.
    """
    require_sqlglot(dialect)
    ordered = all_files() if files is None else files
    macros, known = _macros(ordered), dict(tables or {})
    views, left_out = list[View](), dict[str, str]()
    for file in ordered:
        if _is_macro(file):
            continue
        view = NOT_PORTABLE.get(file.name) or _translate(file, dialect, macros, known)
        if isinstance(view, View) and (gone := sorted(set(view.reads) & set(left_out))):
            view = f"reads {gone[0]}, which is not here"
        if isinstance(view, View):
            views.append(view)
        else:
            left_out[file.name] = view
    return Transpiled(views, left_out)


def require_sqlglot(dialect: str) -> None:
    """Refuse what cannot be translated to, before anything is written.

    Raises:
        StoreError: See `transpile_marts`.
    """
    if dialect not in DIALECTS:
        raise StoreError(f"{dialect!r} is no dialect that marts are translated to; try {DIALECTS}")
    try:
        import sqlglot  # noqa: F401
    except ImportError as error:
        raise StoreError(
            "translating marts needs the package sqlglot; install it with `pip install "
            "'xrouter[lake]'`"
        ) from error


def spark_type(kind: str) -> str:
    """A type of DuckDB by its name in Spark."""
    from sqlglot import exp

    return exp.DataType.build(kind, dialect="duckdb").sql("spark")


def _is_macro(file: SqlFile) -> bool:
    return "CREATE OR REPLACE MACRO" in file.sql


def _macros(files: Sequence[SqlFile]) -> "dict[str, exp.Expr]":
    """Parsed macros by name, without those that sqlglot cannot parse: with default values."""
    import sqlglot

    found: dict[str, exp.Expr] = {}
    for file in filter(_is_macro, files):
        with contextlib.suppress(sqlglot.errors.SqlglotError):
            found[file.name] = sqlglot.parse_one(file.sql, read="duckdb")
    return found


def _translate(
    file: SqlFile, dialect: str, macros: "dict[str, exp.Expr]", known: dict[str, list[str]]
) -> View | str:
    """The view, or the reason why there is none; its columns are `known` from then on."""
    import sqlglot
    from sqlglot import exp

    from warehouse.export.rewrites import UntranslatableError, rewrite

    try:
        tree = rewrite(sqlglot.parse_one(file.sql, read="duckdb"), macros, known)
        tree.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
        sql = tree.sql(
            dialect, pretty=True, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE
        )
    except (sqlglot.errors.SqlglotError, UntranslatableError) as error:
        return f"cannot be translated: {str(error).splitlines()[0]}"
    if not tree.expression.is_star:
        known[file.name] = tree.expression.named_selects
    tables = list(tree.find_all(exp.Table))
    if calls := sorted(t.this.name for t in tables if isinstance(t.this, exp.Anonymous)):
        return f"reads the table macro {calls[0]}, which has default values"
    own = {file.name, *(cte.alias for cte in tree.find_all(exp.CTE))}
    reads = {table.name for table in tables} - own
    return View(file.name, sql, tuple(sorted(reads)), file.comment)
