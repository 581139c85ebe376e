"""What sqlglot leaves to us between DuckDB and Spark: macros, and where numbers would differ.

Each rewrite is a function from one node of a parsed statement to another, and none knows a mart.
Import this module only where sqlglot is installed.
"""

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

from warehouse.export.stars import Names, expand_stars

KEEP = "_keep"


class UntranslatableError(Exception):
    """A mart uses something that no rewrite covers; the message says what."""


def inline_macros(tree: exp.Expr, macros: Mapping[str, exp.Expr]) -> exp.Expr:
    """Put the body of a macro in the place of each call of it; bodies may call others."""

    def inline(node: exp.Expr) -> exp.Expr:
        call = node.this if isinstance(node, exp.Table) else node
        name = call.name.lower() if isinstance(call, exp.Anonymous) else ""
        if name not in macros:
            return node
        body = inline_macros(_filled(macros[name], call.expressions), macros)
        if isinstance(node, exp.Table):
            return exp.Subquery(this=body, alias=node.args.get("alias"))
        return _grouped(body)

    return tree.transform(inline)


def _filled(macro: exp.Expr, arguments: list[exp.Expr]) -> exp.Expr:
    """The body of a macro with arguments in the place of its parameters."""
    names = [parameter.name for parameter in macro.this.expressions]
    if len(names) != len(arguments):
        raise UntranslatableError(f"a call of the macro {macro.this.this.name} with defaults")
    values = dict(zip(names, arguments, strict=True))

    def fill(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name in values:
            return _grouped(values[node.name].copy())
        return node

    body: exp.Expr = macro.expression.transform(fill)
    return body


def _grouped(value: exp.Expr) -> exp.Expr:
    """In brackets, where an operator beside it could tear it apart."""
    whole = isinstance(value, exp.Column | exp.Literal | exp.Func | exp.Null | exp.Paren)
    return value if whole and not isinstance(value, exp.Binary) else exp.paren(value, copy=False)


def qualify(node: exp.Expr) -> exp.Expr:
    """QUALIFY becomes a column of a subquery: sqlglot's own way doubles columns beside a star."""
    if not isinstance(node, exp.Select) or not node.args.get("qualify"):
        return node
    condition = node.args["qualify"].pop().this
    names = node.named_selects
    star = exp.Star(except_=[exp.to_identifier(KEEP)])
    columns = [star] if node.is_star else [exp.column(name) for name in names]
    inner = node.select(exp.alias_(exp.paren(condition), KEEP), append=True)
    return exp.select(*columns).from_(inner.subquery("_q")).where(exp.column(KEEP))


def union_by_name(node: exp.Expr) -> exp.Expr:
    """UNION BY NAME becomes a union by position, with NULL for what one side lacks.

    Raises:
        UntranslatableError: A side has a star, so that its columns are not known.
    """
    if not isinstance(node, exp.Union) or not node.args.get("by_name"):
        return node
    node.set("by_name", False)
    sides = [node.left, node.right]
    names = list(dict.fromkeys(name for side in sides for name in side.named_selects))
    if "*" in names:
        raise UntranslatableError("UNION BY NAME of a star")
    for side in sides:
        own = side.named_selects
        for select in _selects(side):
            have = dict(zip(own, select.expressions, strict=True))
            columns = [have.get(name) or exp.alias_(exp.null(), name) for name in names]
            select.set("expressions", columns)
    return node


def _selects(side: exp.Expr) -> list[exp.Expr]:
    """The SELECTs whose rows a side of a union consists of."""
    if isinstance(side, exp.SetOperation):
        return _selects(side.left) + _selects(side.right)
    return _selects(side.this) if isinstance(side, exp.Subquery) else [side]


def division(node: exp.Expr) -> exp.Expr:
    """`/` of DuckDB gives DOUBLE whatever it divides; Spark would round money at some digit."""
    if isinstance(node, exp.Div) and not node.args.get("cast"):
        return exp.Div(this=_double(node.this), expression=_double(node.expression))
    return node


def average(node: exp.Expr) -> exp.Expr:
    """The mean of money is a DOUBLE in DuckDB; in Spark a DECIMAL of few digits."""
    if isinstance(node, exp.Avg):
        return exp.Avg(this=_double(node.this))
    return node


def rounding(node: exp.Expr) -> exp.Expr:
    """A cast to an integer rounds in DuckDB and cuts off in Spark."""
    number = node.this.unnest() if isinstance(node, exp.Cast) else None
    if isinstance(number, exp.Mul | exp.Div) and node.is_type(*exp.DataType.INTEGER_TYPES):
        node.set("this", exp.Round(this=number))
    return node


def forever(node: exp.Expr) -> exp.Expr:
    """Spark has no infinite time; its last year comes after every other."""
    infinite = isinstance(node, exp.Cast) and node.this.name.lower() == "infinity"
    if infinite and node.is_type(*exp.DataType.TEMPORAL_TYPES):
        node.set("this", exp.Literal.string("9999-12-31 23:59:59.999999"))
    return node


def _double(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Literal) and not node.is_string:
        return node
    return exp.cast(node, exp.DataType.Type.DOUBLE, copy=False)


def quantile(node: exp.Expr) -> exp.Expr:
    """`quantile_cont` is `percentile`; `quantile_disc`, which keeps its type, an item of a list."""
    if not isinstance(node, exp.PercentileCont | exp.PercentileDisc) or not node.expression:
        return node
    value, share = node.this.sql("duckdb"), node.expression.sql("duckdb")
    if isinstance(node, exp.PercentileCont):
        return parsed(f"PERCENTILE({value}, {share})")
    place = f"GREATEST(CAST(CEIL({share} * COUNT({value})) AS INT), 1)"
    return parsed(f"TRY_ELEMENT_AT(ARRAY_SORT(COLLECT_LIST({value})), {place})")


def first_by(node: exp.Expr) -> exp.Expr:
    """`any_value(x ORDER BY y)` becomes `min_by(x, y)` of what is not NULL."""
    value = node.this if isinstance(node, exp.IgnoreNulls) else None
    if not isinstance(value, exp.AnyValue) or not isinstance(value.this, exp.Order):
        return node
    what, (by,) = value.this.this.sql("duckdb"), value.this.expressions
    return parsed(f"MIN_BY({what}, {by.this.sql('duckdb')}) FILTER (WHERE {what} IS NOT NULL)")


def filtered_window(node: exp.Expr) -> exp.Expr:
    """FILTER beside OVER becomes a condition within the aggregate: NULL is not aggregated."""
    if not isinstance(node, exp.Window) or not isinstance(node.this, exp.Filter):
        return node
    aggregate, where = node.this.this, node.this.expression.this
    value = exp.Literal.number(1) if isinstance(aggregate.this, exp.Star) else aggregate.this
    aggregate.set("this", exp.If(this=where, true=value, false=exp.null()))
    node.set("this", aggregate)
    return node


def parsed(sql: str) -> exp.Expr:
    """An expression of Spark as a node."""
    return sqlglot.parse_one(sql, read="spark")


def functions(node: exp.Expr) -> exp.Expr:
    """Functions of DuckDB that Spark lacks; the session is in UTC, and NaN above infinity there.

    Raises:
        UntranslatableError: Nothing in Spark stands for it.
    """
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name == "lgamma":
        raise UntranslatableError("lgamma, which Spark lacks")
    values = [value.sql("spark") for value in node.expressions] if name else []
    if name == "timezone" and values[0] == "'UTC'":
        return parsed(f"CAST({values[1]} AS TIMESTAMP_NTZ)")
    if name == "isfinite":
        return parsed(f"ABS({values[0]}) < CAST('Infinity' AS DOUBLE)")
    if name == "list_position":
        return parsed(f"NULLIF(ARRAY_POSITION({', '.join(values)}), 0)")
    if name == "to_microseconds":
        return parsed(f"MAKE_DT_INTERVAL(0, 0, 0, CAST({values[0]} AS DECIMAL(24, 6)) / 1000000)")
    return node


REWRITES = (
    qualify,
    union_by_name,
    division,
    average,
    rounding,
    forever,
    quantile,
    first_by,
    filtered_window,
    functions,
)


def rewrite(tree: exp.Expr, macros: Mapping[str, exp.Expr], known: Names) -> exp.Expr:
    """All of them, innermost nodes first; `known` are columns of tables and views."""
    tree = inline_macros(tree, macros)
    expand_stars(tree.expression, known)
    for node in reversed(list(tree.bfs())):
        new = node
        for change in REWRITES:
            new = change(new)
        if new is not node:
            node.replace(new)
    return tree
