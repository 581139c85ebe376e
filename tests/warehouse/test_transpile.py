"""Rewrites between DuckDB and Spark, one by one; test_spark.py runs what they make of the marts."""

import pytest

from warehouse.export.transpile import spark_type, transpile_marts
from warehouse.sqlfiles import SqlFile, parse

MACROS = [
    parse("twice", "CREATE OR REPLACE MACRO twice(x) AS x + x"),
    parse("fourfold", "CREATE OR REPLACE MACRO fourfold(x) AS twice(twice(x))"),
    parse("above", "CREATE OR REPLACE MACRO above(least) AS TABLE SELECT a FROM t WHERE a > least"),
    parse("odd", "CREATE OR REPLACE MACRO odd(x := 1) AS TABLE SELECT x AS a"),
]
TABLES = {"t": ["a", "b"], "u": ["b", "c"]}


def mart(sql: str, name: str = "m") -> SqlFile:
    return parse(name, f"-- What: A mart.\nCREATE OR REPLACE VIEW {name} AS {sql}")


def spark(sql: str) -> str:
    """What becomes of a query, on one line."""
    made = transpile_marts("spark", TABLES, [*MACROS, mart(sql)])
    if made.left_out:
        return made.left_out["m"]
    (view,) = made.views
    head, _, body = view.sql.partition(" AS\n")
    assert head == "CREATE OR REPLACE TEMPORARY VIEW m"
    return " ".join(body.split()).replace("( ", "(").replace(" )", ")")


DOUBLES = "CAST(a AS DOUBLE) / CAST(b AS DOUBLE)"
CASES = [
    ("SELECT a / b FROM t", f"SELECT {DOUBLES} FROM t"),
    ("SELECT a / 2 FROM t", "SELECT CAST(a AS DOUBLE) / 2 FROM t"),
    ("SELECT avg(a) FROM t", "SELECT AVG(CAST(a AS DOUBLE)) FROM t"),
    ("SELECT (a * 2.5)::INT FROM t", "SELECT CAST(ROUND(a * 2.5) AS INT) FROM t"),
    ("SELECT a::INT FROM t", "SELECT CAST(a AS INT) FROM t"),
    ("SELECT twice(a * b) FROM t", "SELECT ((a * b) + (a * b)) FROM t"),
    ("SELECT fourfold(a) FROM t", "SELECT ((a + a) + (a + a)) FROM t"),
    ("FROM above(3)", "SELECT a FROM (SELECT a FROM t WHERE a > 3)"),
    ("FROM odd()", "reads the table macro odd, which has default values"),
    ("SELECT lgamma(a) FROM t", "cannot be translated: lgamma, which Spark lacks"),
    ("SELECT twice(a, b) FROM t", "cannot be translated: a call of the macro twice with defaults"),
    ("SELECT * FROM t", "SELECT a, b FROM t"),
    ("SELECT * EXCLUDE (a) REPLACE (1 AS b) FROM t", "SELECT 1 AS b FROM t"),
    ("SELECT x.*, c FROM t AS x JOIN u USING (b)", "SELECT x.a, b, c FROM t AS x JOIN u USING (b)"),
    ("SELECT * FROM t ANTI JOIN u USING (b)", "SELECT a, b FROM t ANTI JOIN u USING (b)"),
    ("WITH s AS (SELECT a AS z FROM t) SELECT * FROM s", None),
    (
        "SELECT a FROM t QUALIFY row_number() OVER (ORDER BY b DESC) = 1",
        "SELECT a FROM (SELECT a, (ROW_NUMBER() OVER (ORDER BY b DESC) = 1) AS _keep FROM t)"
        " AS _q WHERE _keep",
    ),
    (
        "SELECT a FROM t UNION ALL BY NAME SELECT c, 1 AS a FROM u",
        "SELECT a, NULL AS c FROM t UNION ALL SELECT 1 AS a, c FROM u",
    ),
    ("SELECT * FROM v UNION ALL BY NAME FROM t", "cannot be translated: UNION BY NAME of a star"),
    ("SELECT quantile_cont(a, 0.5) FROM t", "SELECT PERCENTILE(a, 0.5) FROM t"),
    (
        "SELECT quantile_disc(a, 0.5) FROM t",
        "SELECT TRY_ELEMENT_AT(ARRAY_SORT(COLLECT_LIST(a)),"
        " GREATEST(CAST(CEIL(0.5 * COUNT(a)) AS INT), 1)) FROM t",
    ),
    (
        "SELECT any_value(a ORDER BY b) FROM t",
        "SELECT MIN_BY(a, b) FILTER(WHERE NOT a IS NULL) FROM t",
    ),
    (
        "SELECT max(a) FILTER (WHERE b > 1) OVER (PARTITION BY b) FROM t",
        "SELECT MAX(IF(b > 1, a, NULL)) OVER (PARTITION BY b) FROM t",
    ),
    (
        "SELECT count(*) FILTER (WHERE b > 1) OVER () FROM t",
        "SELECT COUNT(IF(b > 1, 1, NULL)) OVER () FROM t",
    ),
    ("SELECT timezone('UTC', a) FROM t", "SELECT CAST(a AS TIMESTAMP_NTZ) FROM t"),
    ("SELECT isfinite(a) FROM t", "SELECT ABS(a) < CAST('Infinity' AS DOUBLE) FROM t"),
    ("SELECT list_position(a, b) FROM t", "SELECT NULLIF(ARRAY_POSITION(a, b), 0) FROM t"),
    (
        "SELECT TIMESTAMP 'infinity'",
        "SELECT CAST('9999-12-31 23:59:59.999999' AS TIMESTAMP_NTZ)",
    ),
]


@pytest.mark.parametrize(("duckdb", "wanted"), CASES, ids=[case[0][:50] for case in CASES])
def test_a_rewrite(duckdb: str, wanted: str | None) -> None:
    assert spark(duckdb) == (wanted or "WITH s AS (SELECT a AS z FROM t) SELECT z FROM s")


def test_what_reads_a_mart_that_is_left_out_is_left_out() -> None:
    files = [*MACROS, mart("FROM odd()", "one"), mart("SELECT a FROM one", "two")]
    made = transpile_marts("spark", TABLES, files)
    assert made.views == []
    assert made.left_out["two"] == "reads one, which is not here"


def test_a_view_says_what_it_reads_and_means() -> None:
    (view,) = transpile_marts("spark", TABLES, [mart("WITH s AS (FROM t) FROM s, u")]).views
    assert (view.reads, view.comment) == (("t", "u"), "A mart.")


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("DECIMAL(18,9)", "DECIMAL(18, 9)"),
        ("VARCHAR[]", "ARRAY<STRING>"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP"),
        ("TIMESTAMP", "TIMESTAMP_NTZ"),
        ("STRUCT(a BIGINT, b VARCHAR)", "STRUCT<a: BIGINT, b: STRING>"),
        ("MAP(VARCHAR, INTEGER)", "MAP<STRING, INT>"),
    ],
)
def test_types_by_their_names_in_spark(kind: str, wanted: str) -> None:
    assert spark_type(kind) == wanted
