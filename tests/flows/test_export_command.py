"""`xrouter export`: the command, what it says, and what it needs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stubs.decisions import decisions, write
from typer.testing import CliRunner

from flows.cli.app import app
from warehouse.spool import load_spool

COUNT = 12


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    write(root / "spool", decisions(COUNT))
    load_spool(root / "w.duckdb", root / "spool")
    return root / "w.duckdb"


def run(store: Path, to: Path, *more: str) -> str:
    done = CliRunner().invoke(app, ["export", "--store", str(store), "--to", str(to), *more])
    assert done.exception is None, done.output
    return done.stdout


def answer(*arguments: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return document


def test_it_says_what_it_wrote_and_what_it_left(store: Path, tmp_path: Path) -> None:
    first = answer(store, tmp_path / "lake", "--sql", "spark")
    assert {"name": "episodes", "rows": COUNT, "parts": 1, "written": 1} in first["tables"]
    assert first["left_out"]["sample_rows"].startswith("reads JSON")
    again = run(store, tmp_path / "lake", "--sql", "spark")
    assert "not in the SQL: sample_rows (reads JSON by a path" in again
    assert all(row["written"] == 0 for row in answer(store, tmp_path / "lake")["tables"])
    since = answer(store, tmp_path / "new", "--table", "episodes", "--since", "2100-01-01")
    assert since["tables"] == [{"name": "episodes", "rows": 0, "parts": 1, "written": 1}]


def test_answers_instead_of_tables(store: Path, tmp_path: Path) -> None:
    arguments = ("--format", "csv", "--name", "what-fails", "--query", "SELECT 1 AS one")
    rows = answer(store, tmp_path / "csv", *arguments)["tables"]
    assert [row["name"] for row in rows] == ["query", "what_fails"]
    assert (tmp_path / "csv" / "query.csv").read_bytes() == b"one\r\n1\r\n"
    rows = answer(store, tmp_path / "both", "--table", "menus", "--name", "what_fails")["tables"]
    assert [row["name"] for row in rows] == ["menus", "what_fails"]


def test_delta(store: Path, tmp_path: Path) -> None:
    answer(store, tmp_path / "lake", "--format", "delta", "--table", "fct_episode")
    assert pl.read_delta(str(tmp_path / "lake" / "fct_episode")).height == COUNT


def test_mistakes_end_with_a_code_and_a_line(store: Path, tmp_path: Path) -> None:
    command = "from flows.cli.app import main; main()"
    arguments = ["export", "--store", str(store), "--to", str(tmp_path / "x"), "--table", "episode"]
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: 'episode': the store has no such table or mart; did you")
    assert not (tmp_path / "x").exists()


def test_the_command_line_loads_none_of_the_heavy_packages() -> None:
    code = (
        "import sys, flows.cli.app; print({'deltalake', 'sqlglot', 'pyspark'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
