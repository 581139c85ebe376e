"""The marts in Spark: an export read there gives the numbers that DuckDB gives, row by row."""

import math
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from stubs.weeks import weeks

from warehouse.export.run import export_store
from warehouse.sqlfiles import read_folder
from warehouse.store import open_store

# What cannot be translated, why, and nothing else. A mart that is missing in Spark wants a rewrite
# in warehouse/export/rewrites.py; one that cannot have any is added here, with its reason.
LEFT_OUT = {
    "call_list_cost_asof": "joins as of a moment, which Spark cannot",
    "evaluation_headroom": "cannot be translated: lgamma, which Spark lacks",
    "evaluation_pairs": "reads the table macro compare_runs, which has default values",
    "evaluation_parts": "reads the table macro part_metrics, which has default values",
    "evaluation_results": "reads the table macro evaluation_metrics, which has default values",
    "sample_rows": "reads JSON by a path that counts from the end",
}


@pytest.fixture(scope="module")
def store(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build, two weeks of decisions by several policies, and a bank to judge them by."""
    root = tmp_path_factory.mktemp("spark")
    shutil.copy(loaded, root / "w.duckdb")
    return weeks(root, days=10)


@pytest.fixture
def spark(tmp_path: Path) -> Iterator[Any]:
    """A small local session, without what pays off on more than a few thousand rows only."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(tmp_path / "spark"),
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def views(session: Any, lake: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows of each mart, as the export's SQL file makes them, one after the other.

    What is made is kept, so that a mart upon marts does not make those again.
    """
    session.conf.set("spark.xrouter.data", str(lake))
    tables = {path.name for path in lake.iterdir()}
    for statement in filter(str.strip, (lake / "spark.sql").read_text().split(";\n")):
        session.sql(statement)
        name = statement.partition("TEMPORARY VIEW ")[2].split(maxsplit=1)[:1]
        if name and name[0] not in tables:
            frame = session.table(name[0]).localCheckpoint()
            frame.createOrReplaceTempView(name[0])
            yield name[0], [row.asDict() for row in frame.collect()]


def plain(value: Any) -> Any:
    """A value without what the two clients show differently."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone().replace(tzinfo=None)  # Spark's are in the zone of the machine
    if isinstance(value, dict):
        return tuple(map(plain, value.values()))
    return tuple(map(plain, value)) if isinstance(value, list | tuple) else value


def ordered(rows: list[dict[str, Any]], names: list[str]) -> list[list[Any]]:
    """Rows in an order that does not hang on the last digits of floats."""
    listed = [[plain(row[name]) for name in names] for row in rows]

    def key(row: list[Any]) -> tuple[list[str], list[str]]:
        exact = [str(value) for value in row if not isinstance(value, float)]
        return exact, [f"{value:.6g}" for value in row if isinstance(value, float)]

    return sorted(listed, key=key)


def differences(one: list[list[Any]], other: list[list[Any]], names: list[str]) -> list[str]:
    """Values that differ: floats by more than 1e-9 of themselves, anything else at all."""
    found = [] if len(one) == len(other) else [f"{len(one)} rows and {len(other)}"]
    for left, right in zip(one, other, strict=False):
        for name, a, b in zip(names, left, right, strict=True):
            close = isinstance(a, float) and b is not None and math.isclose(a, b, rel_tol=1e-9)
            if not close and (a != b or type(a) is not type(b)):
                found.append(f"{name}: {a!r} in DuckDB, {b!r} in Spark")
    return found


@pytest.mark.slow
def test_marts_say_the_same_in_spark(store: Path, spark: Any, tmp_path: Path) -> None:
    export_store(store, tmp_path / "lake", dialect="spark")
    wrong: dict[str, list[str]] = {}
    seen, compared = set[str](), 0
    with open_store(store, read_only=True) as con:
        for name, rows in views(spark, tmp_path / "lake"):
            frame = con.sql(f"FROM {name}").pl()
            here, there = (ordered(r, frame.columns) for r in (frame.to_dicts(), rows))
            if found := differences(here, there, frame.columns):
                wrong[name] = found[:5]
            seen.add(name)
            compared += len(here)
    assert wrong == {}
    assert seen == {file.name for file in read_folder("marts")} - set(LEFT_OUT)
    assert compared > 1000


def test_what_cannot_be_translated_is_known_by_name(store: Path, tmp_path: Path) -> None:
    report = export_store(store, tmp_path / "lake", dialect="spark")
    assert report.left_out == LEFT_OUT
    text = (tmp_path / "lake" / "spark.sql").read_text()
    assert f"-- Not here: sample_rows ({LEFT_OUT['sample_rows']})." in text


def test_a_mart_needs_what_it_reads(store: Path, tmp_path: Path) -> None:
    names = ["episode_sums", "fct_call", "cost_by_day"]
    report = export_store(store, tmp_path / "lake", names=names, dialect="spark")
    text = (tmp_path / "lake" / "spark.sql").read_text()
    made = [line.split()[5] for line in text.splitlines() if line.startswith("CREATE OR REPLACE")]
    assert made[:3] == sorted(names)
    assert {"spend_by_key", "episode_failures"} <= set(made)
    assert "cost_by_day" not in made[3:]
    assert report.left_out["fct_episode"] == "reads episodes, which is not here"
