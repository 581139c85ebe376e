import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from schemas.examples import EXAMPLES, SPLITS

Command = Callable[..., Any]


def test_help_names_every_command(xrouter: Command, tmp_path: Path) -> None:
    run = xrouter("--help", cwd=tmp_path)
    assert run.code == 0
    for command in ("build", "sql", "report", "catalog", "doctor"):
        assert re.search(rf"\b{command}\b", run.out), command


def test_help_loads_no_heavy_library(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from flows.cli.app import app; "
        "print([m for m in ('polars', 'litellm', 'duckdb', 'prefect', 'pyarrow', 'datasets') "
        "if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_build_prints_one_json_object(built: Path) -> None:
    document = json.loads((built / "stdout.json").read_text())
    assert document["simulated"]
    assert [stage["stage"] for stage in document["stages"]] == [
        "sources",
        "tiering",
        "catalog",
        "dataset",
        "manifest",
        "store",
        "report",
    ]


def test_the_store_counts_what_the_files_hold(built: Path) -> None:
    root = built / "xrouter-data"
    with duckdb.connect(root / "warehouse.duckdb", read_only=True) as store:
        for table in ("problems", "attempts", "pass_rates", "models", "prices", "catalogs"):
            rows = store.sql(f"SELECT count(*) FROM {table}").fetchall()
            assert rows == [(pl.read_parquet(root / f"{table}.parquet").height,)], table
        for split in SPLITS:
            rows = store.sql(f"SELECT count(*) FROM examples WHERE split = '{split}'").fetchall()
            frame = pl.read_parquet(root / "examples" / f"{split}.parquet")
            assert rows == [(frame.height,)], split
            assert frame.columns == EXAMPLES.names


def test_a_second_run_reuses_every_stage_and_changes_nothing(xrouter: Command, built: Path) -> None:
    before = json.loads((built / "stdout.json").read_text())
    run = xrouter("build", "--config", "small.toml", "--json", cwd=built)
    assert run.code == 0, run.err
    after = json.loads(run.out)
    assert after["content_hash"] == before["content_hash"]
    reused = {stage["stage"] for stage in after["stages"] if stage["reused"]}
    assert reused >= {"sources", "tiering", "catalog", "dataset"}


def test_summary_is_for_people(xrouter: Command, built: Path) -> None:
    run = xrouter("build", "--config", "small.toml", cwd=built)
    assert run.code == 0, run.err
    assert "Simulated" in run.out
    assert "report.html" in run.out


@pytest.mark.parametrize("form", ["table", "--csv", "--json"])
def test_sql_answers_in_every_form(xrouter: Command, built: Path, form: str) -> None:
    options = [] if form == "table" else [form]
    run = xrouter("sql", "SELECT 40 + 2 AS answer", *options, cwd=built)
    assert run.code == 0, run.err
    assert "answer" in run.out
    assert "42" in run.out


def test_sql_reads_a_file_and_cannot_write(xrouter: Command, built: Path) -> None:
    (built / "q.sql").write_text("SELECT count(*) AS n FROM problems")
    assert xrouter("sql", "--file", "q.sql", "--json", cwd=built).json()["rows"]
    run = xrouter("sql", "DELETE FROM problems", cwd=built)
    assert run.code == 2
    assert "read-only" in run.err or "read only" in run.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sql", "SELEC 1"], "SELEC"),
        (["sql"], "give one query"),
        (["sql", "SELECT 1", "--store", "nowhere.duckdb"], "nowhere.duckdb"),
        (["build", "--problems", "nowhere"], "nowhere"),
        (["build", "--perturbation", "wild"], "wild"),
        (["build", "--reference", "guess"], "guess"),
        (["build", "--workers", "0"], "workers"),
        (["build", "--config", "missing.toml"], "missing.toml"),
        (["build", "--models", "missing.toml"], "missing.toml"),
    ],
)
def test_mistakes_end_with_a_clear_line_and_no_traceback(
    xrouter: Command, built: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    extra = ["--out", str(tmp_path / "out")] if arguments[0] == "build" else []
    run = xrouter(*arguments, *extra, cwd=built)
    assert run.code == 2, (run.out, run.err)
    assert words in run.err
    assert "Traceback" not in run.err


def test_an_error_is_json_for_machines(xrouter: Command, tmp_path: Path) -> None:
    run = xrouter("build", "--problems", "nowhere", "--json", cwd=tmp_path)
    assert run.code == 2
    assert "nowhere" in json.dumps(run.json()["error"])


def test_dry_run_counts_rows_and_writes_nothing(xrouter: Command, tmp_path: Path) -> None:
    run = xrouter("build", "--dry-run", "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    assert list(tmp_path.iterdir()) == []
    planned = run.json()
    assert {"sources", "tiering", "catalog", "dataset"} <= set(planned)


def test_doctor_shows_no_key(xrouter: Command, tmp_path: Path) -> None:
    secret = "sk-very-secret-value"
    run = xrouter("doctor", "--json", cwd=tmp_path, OPENAI_API_KEY=secret)
    assert run.code == 0, run.err
    assert secret not in run.out + run.err
    checks = {check["check"]: check for check in json.loads(run.out)["checks"]}
    assert checks["OPENAI_API_KEY"]["found"] == "present"
    assert checks["sandbox for code"]["ok"] or checks["sandbox for code"]["fix"]


def test_catalog_show_and_check(xrouter: Command, tmp_path: Path) -> None:
    shown = xrouter("catalog", "show", "--json", cwd=tmp_path)
    assert shown.code == 0, shown.err
    assert len(shown.json()["models"]) == 25
    checked = xrouter("catalog", "check", "--json", cwd=tmp_path)
    assert checked.code == 0, checked.err
