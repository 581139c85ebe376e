"""The cookbook: every query runs, on much and on nothing, can be found, and its page is true."""

import json
from pathlib import Path

import pytest
from stubs.decisions import decisions, write
from typer.testing import CliRunner

from flows.cli.app import app
from warehouse.build import open_current
from warehouse.cookbook import PAGE, cookbook, find_query, markdown
from warehouse.errors import StoreError
from warehouse.spool import load_spool
from warehouse.sqlfiles import SqlFile
from warehouse.store import query

QUERIES = cookbook()


@pytest.fixture(scope="module")
def stores(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One with a build and a ledger, and one with nothing in it."""
    import shutil

    root = tmp_path_factory.mktemp("cookbook")
    full = Path(shutil.copy(loaded, root / "full.duckdb"))
    for kind in ("serve", "evaluate", "validate"):
        write(root / "spool", decisions(42, f"run-{kind}", kind), kind)
    load_spool(full, root / "spool")
    with open_current(root / "empty.duckdb"):
        pass
    return {"full": full, "empty": root / "empty.duckdb"}


@pytest.mark.parametrize("which", ["full", "empty"])
@pytest.mark.parametrize("file", QUERIES, ids=lambda file: file.name)
def test_every_query_runs(stores: dict[str, Path], file: SqlFile, which: str) -> None:
    assert query(stores[which], file.sql).columns


def test_there_are_enough_of_them() -> None:
    assert len(QUERIES) >= 20
    for file in QUERIES:
        assert {"what", "grain", "trap"} <= set(file.header), file.name


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == markdown(), "run `python -m warehouse.cookbook`"


def test_the_page_shows_the_sql_without_its_header() -> None:
    text = markdown()
    assert "\n## what_fails\n\nWhich models fail most, and why.\n\n- Grain: " in text
    assert "-- What:" not in text
    assert "\nFROM call_failures\n" in text


@pytest.mark.parametrize("name", ["what_fails", "What-Fails", "what_fails.sql"])
def test_a_name_is_taken_as_people_write_it(name: str) -> None:
    assert find_query(name).name == "what_fails"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("what_fail", "what_fails"), ("dearest", "dearest_episodes"), ("zzz", "xrouter sql --list")],
)
def test_an_unknown_name_brings_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(StoreError, match=f"no query {name} in the cookbook; .*{hint}"):
        find_query(name)


def ask(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["sql", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_lists_runs_and_shows(stores: dict[str, Path]) -> None:
    assert "policies_compared" in ask("--list")
    listed = json.loads(ask("--list", "--json"))
    assert listed["columns"] == ["name", "what", "grain"]
    assert [row["name"] for row in listed["rows"]] == [file.name for file in QUERIES]
    store = ["--store", str(stores["full"])]
    rows = json.loads(ask("--name", "policies_compared", "--json", *store))["rows"]
    assert rows == json.loads(ask("--file", str(PAGE.parent / "queries/policies_compared.sql"),
                                  "--json", *store))["rows"]  # fmt: skip
    assert ask("--show", "what_fails").startswith("-- What: Which models fail most")
    assert json.loads(ask("--show", "what_fails", "--json"))["trap"].startswith("Refused calls")


@pytest.mark.parametrize("extra", [[], ["SELECT 1", "--list"], ["--name", "a", "--show", "b"]])
def test_one_thing_at_a_time(extra: list[str]) -> None:
    done = CliRunner().invoke(app, ["sql", *extra])
    assert done.exit_code != 0
    assert "give one query" in str(done.exception)
