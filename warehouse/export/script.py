"""The marts beside the data: one SQL file that makes tables and marts views of the other engine."""

from warehouse.export.manifest import Manifest, Table
from warehouse.export.transpile import Transpiled, spark_type

PLACE = "${spark.xrouter.data}"
_HEAD = """\
-- Tables and marts of an export of xrouter as temporary views of Spark 4. Say where the export
-- lies, and run all statements in the session that asks:
--   spark-sql --conf spark.xrouter.data=s3a://bucket/export -i spark.sql
-- or, in Python:
--   spark.conf.set("spark.xrouter.data", "s3a://bucket/export")
--   for statement in filter(str.strip, text.split(";\\n")): spark.sql(statement)"""


def script(manifest: Manifest, marts: Transpiled) -> tuple[str, dict[str, str]]:
    """The text of the file, and the marts that are not in it, each with its reason."""
    there, left_out = set(manifest.tables), dict(marts.left_out)
    statements = [_source(*item, manifest.format) for item in manifest.tables.items()]
    for view in marts.views:
        missing = sorted(set(view.reads) - there)
        if missing and view.name not in there:
            left_out[view.name] = f"reads {missing[0]}, which is not here"
        elif view.name not in there:
            there.add(view.name)
            statements.append(f"-- {view.comment}\n{view.sql}")
    left_out = {name: why for name, why in sorted(left_out.items()) if name not in there}
    notes = [f"-- Not here: {name} ({why})." for name, why in left_out.items()]
    head = "\n".join([_HEAD, *notes, "SET TIME ZONE 'UTC'"])
    return ";\n\n".join([head, *statements]) + ";\n", left_out


def _source(name: str, table: Table, form: str) -> str:
    """A view of one exported table; that Parquet is told its columns saves a look at every file."""
    columns = ",\n".join(
        f"  `{column}` {spark_type(kind)}" for column, kind in table.columns.items()
    )
    told = f" (\n{columns}\n)" if form == "parquet" else ""
    head = f"CREATE OR REPLACE TEMPORARY VIEW {name}{told}"
    return f"{head}\nUSING {form} OPTIONS (path '{PLACE}/{name}')"
