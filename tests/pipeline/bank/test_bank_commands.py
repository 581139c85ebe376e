"""The two commands, in this process: what they print, and how they fail."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from stubs.provider import Provider
from typer.testing import CliRunner

from flows.cli.app import app
from pipeline.errors import SettingsError

MAPPING = """
form = "long"
data_source = "s"
licence = "MIT"
[problem]
prompt = "q"
model = "m"
[cells]
correct = "ok"
"""


def call(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "200"})
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_an_import_says_what_it_found_and_what_it_left_out(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "set.csv").write_text("q,m,ok\none,a,true\none,b,\ntwo,a,no\n")
    command = ("import-outcomes", tmp_path / "set.csv", "--mapping", tmp_path / "m.toml")
    out = call(*command, "--out", tmp_path / "bank")
    assert "2 outcomes in" in out
    assert "left out, missing_cell: 1" in out
    document = json.loads(call(*command, "--out", tmp_path / "bank", "--json"))
    assert document["rows_out"] == 2
    assert [(m["model_id"], m["outcomes"], m["accuracy"]) for m in document["models"]] == [
        ("a", 2, 0.5)
    ]


def test_a_collection_prints_its_estimate_first_and_a_dry_run_only_that(
    tmp_path: Path, built: Callable[[int], Path], catalog: Path, provider: Provider
) -> None:
    command = ["collect", "--problems", built(3), "--models", "small, large", "--budget-usd", 5]
    command += ["--pool", f"endpoint:{provider.url}", "--catalog", catalog]
    command += ["--out", tmp_path / "bank"]
    dry = call(*command, "--dry-run")
    assert "large: length of answers is a guess for premium models" in dry
    assert "at the very most; 0.0000 of the budget of 5.0000 are spent" in dry
    assert not provider.requests
    out = call(*command)
    assert out.index("What asking will take") < out.index("6 outcomes in")
    assert len(provider.requests) == 6
    again = json.loads(call(*command, "--json"))
    assert (again["terminus"]["answered"], again["outcomes"]) == (0, 6)


def test_options_that_cannot_be_meant_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--samples: .* got 0"):
        call("collect", "--models", "a", "--budget-usd", 1, "--samples", 0, "--out", tmp_path)
