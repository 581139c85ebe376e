"""Checks of the ledger: silent on what the engine wrote, and each one fires on a planted fault."""

import shutil
from pathlib import Path

import duckdb
import pytest
from stubs.decisions import decisions, write

from warehouse.check import run_checks
from warehouse.spool import load_spool
from warehouse.sqlfiles import read_folder

ONE = "(SELECT min(episode_id) FROM episodes WHERE {})"
SELECTED = ONE.format("mode = 'select'")
PAID = ONE.format("calls_cost_usd > 0")
OUTCOME = """
    INSERT INTO outcomes BY NAME
    SELECT 'p' AS problem_id, 'm' AS model_id, 0 AS sample, 'd' AS data_source, 'live' AS source
"""
# check, SQL that plants the fault
FAULTS = [
    ("call_costs", f"UPDATE calls SET cost_usd = cost_usd * 2 WHERE episode_id = {PAID}"),
    ("call_costs", "UPDATE calls SET list_cost_usd = 0"),
    ("closed_sets", "UPDATE episodes SET kind = 'play'"),
    ("closed_sets", f"UPDATE episodes SET mode = 'failed' WHERE episode_id = {SELECTED}"),
    ("closed_sets", "UPDATE calls SET error_type = 'x' WHERE status = 'ok'"),
    ("closed_sets", f"{OUTCOME}, 'maybe' AS verdict"),
    ("duplicate_keys", "INSERT INTO episodes FROM episodes"),
    ("duplicate_keys", "INSERT INTO calls FROM calls"),
    ("duplicate_keys", "INSERT INTO menus FROM menus"),
    ("duplicate_keys", "UPDATE menu_entries SET tool_name = 'call_model'"),
    ("duplicate_keys", f"{OUTCOME}; {OUTCOME}"),
    ("negative", "UPDATE episodes SET seconds = -1"),
    ("negative", "UPDATE calls SET cached_input_tokens = input_tokens + 1"),
    ("negative", "UPDATE menu_entries SET price_factor = -1"),
    ("negative", f"{OUTCOME}, 1.5 AS score"),
    ("orphans", "DELETE FROM episodes WHERE mode = 'select'"),
    ("orphans", "DELETE FROM menus"),
    ("orphans", "DELETE FROM menu_entries"),
    ("selected_calls", "UPDATE calls SET selected = false"),
    ("selected_calls", f"UPDATE episodes SET selected_call = NULL WHERE episode_id = {SELECTED}"),
    ("simulated_marks", "UPDATE episodes SET simulated = NOT simulated"),
    ("sums", "UPDATE episode_sums SET total_cost_usd = total_cost_usd + 0.000000001"),
    ("sums", "UPDATE call_sums SET calls = calls + 1"),
    ("sums", "DELETE FROM latency_sums"),
    ("sums", f"UPDATE episodes SET models = NULL WHERE episode_id = {SELECTED}"),
    ("sums", f"UPDATE calls SET kind = NULL WHERE episode_id = {SELECTED}"),
    ("totals", f"UPDATE episodes SET total_cost_usd = 9 WHERE episode_id = {PAID}"),
    ("totals", f"DELETE FROM calls WHERE episode_id = {PAID}"),
    ("unknown_models", "UPDATE calls SET model_id = 'nobody' WHERE status = 'ok'"),
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of what the engine wrote."""
    root = tmp_path_factory.mktemp("ledger")
    (root / "spool").mkdir()
    write(root / "spool", decisions(42))
    load_spool(root / "w.duckdb", root / "spool")
    return root / "w.duckdb"


def failed(store: Path) -> set[str]:
    return {check.name.removeprefix("ledger_") for check in run_checks(store) if not check.passed}


def test_what_the_engine_wrote_passes(loaded: Path) -> None:
    assert failed(loaded) == set()


def test_every_check_has_a_fault_that_makes_it_fire() -> None:
    checks = {file.name for file in read_folder("checks") if file.name.startswith("ledger_")}
    assert {f"ledger_{name}" for name, _ in FAULTS} == checks


@pytest.mark.parametrize(("name", "sql"), FAULTS)
def test_a_planted_fault_is_found(loaded: Path, tmp_path: Path, name: str, sql: str) -> None:
    store = tmp_path / "w.duckdb"
    shutil.copy(loaded, store)
    with duckdb.connect(str(store)) as con:
        con.execute(sql)
    assert name in failed(store)
