"""Stars become columns, where these are known: engines differ in what a star can do.

Import this module only where sqlglot is installed.
"""

from collections.abc import Mapping

from sqlglot import exp

Names = Mapping[str, list[str]]


def expand_stars(query: exp.Expr, known: Names) -> list[str] | None:
    """Write out the stars of a query, in place; returns its columns, None where they stay unknown.

    Args:
        query: SELECT, union or subquery.
        known: Columns of tables and views that the query may read.
    """
    scope = dict(known)
    for cte in query.ctes if isinstance(query, exp.Query) else []:
        columns = expand_stars(cte.this, scope)
        scope.pop(cte.alias, None)
        if columns:
            scope[cte.alias] = columns
    if isinstance(query, exp.Subquery):
        return expand_stars(query.this, scope)
    if isinstance(query, exp.SetOperation):
        left, right = expand_stars(query.left, scope), expand_stars(query.right, scope)
        by_name = query.args.get("by_name")
        return list(dict.fromkeys([*left, *right])) if left and right and by_name else left
    sources = _sources(query, scope)
    written = [new for old in query.expressions for new in _written_out(old, sources, query)]
    query.set("expressions", written)
    names = [column.alias_or_name for column in written]
    return None if any(column.is_star for column in written) else names


def _sources(select: exp.Expr, scope: Names) -> dict[str, list[str] | None]:
    """Columns by alias of what a SELECT reads, in order; None where unknown."""
    first = select.args.get("from_")
    joins = [join for join in select.args.get("joins") or [] if join.kind not in ("SEMI", "ANTI")]
    sources = dict[str, list[str] | None]()
    for source in [part.this for part in (first, *joins) if part]:
        if isinstance(source, exp.Subquery):
            sources[source.alias] = expand_stars(source, scope)
        else:
            sources[source.alias_or_name] = scope.get(source.name)
    return sources


def _written_out(
    column: exp.Expr, sources: Mapping[str, list[str] | None], select: exp.Expr
) -> list[exp.Expr]:
    """The columns that a star stands for; anything else, or what is not known, as it is."""
    star = column.this if isinstance(column, exp.Column) else column
    if not isinstance(star, exp.Star):
        return [column]
    table = column.args.get("table")
    chosen = {table.name: sources.get(table.name)} if table else dict(sources)
    left_out = {name.name for name in star.args.get("except_") or []}
    replaced = {new.alias: new for new in star.args.get("replace") or []}
    shared = {
        name.name
        for join in select.args.get("joins") or []
        for name in join.args.get("using") or []
    }
    columns = dict[str, exp.Expr]()
    for alias, names in chosen.items():
        if names is None:
            return [column]
        for name in names:
            owner = alias if len(sources) > 1 and name not in shared else None
            columns.setdefault(name, replaced.get(name) or exp.column(name, table=owner))
    return [columns[name] for name in columns if name not in left_out]
