"""Checks: silent on a sound store, and each one fires on a fault planted for it."""

from pathlib import Path

import duckdb
import pytest

from warehouse.check import CheckResult, run_checks
from warehouse.errors import StoreError
from warehouse.sqlfiles import read_folder

P1 = "(SELECT problem_id FROM problems WHERE messages::VARCHAR LIKE '%2 + 2%')"
ENTRY = "UPDATE catalog_entries SET {} WHERE model_id = 'prem' AND price_factor = 0.5"
SIMULATED = "WHERE method = 'simulated' AND k = 0"

# check, SQL that plants the fault, violations, other checks that must notice it too
EVENT = """
    INSERT INTO price_events BY NAME
    SELECT 'e' AS event_id, 'l' AS price_list, 'm' AS model, 'm' AS identity, 's' AS seller,
        'changed' AS kind, now() AS effective_at, 'quarantined' AS status, true AS holds,
        'r' AS reason, 'o' AS origin, {} AS input_per_million, 2 AS output_per_million
"""
ABOVE = """
    INSERT INTO evaluations BY NAME
    SELECT 'r' AS run_id, 'gsm8k' AS suite, 'v' AS suite_revision, 1 AS items, 1 AS repetitions,
        'accuracy' AS metric, 1 AS metric_scale, 'p' AS policy, 'bank' AS pool, 0 AS seed,
        '{}' AS settings, now() AS started_at, 1 AS episodes, 0 AS failed, 0 AS ungraded,
        0 AS cost_usd, false AS simulated;
    INSERT INTO episodes BY NAME
    SELECT 'e' AS episode_id, 'r' AS run_id, 'evaluate' AS kind, 'p' AS policy, 'x' AS problem_id,
        'c' AS catalog_id, 'select' AS mode, 1 AS turns, 0 AS router_input_tokens,
        0 AS router_output_tokens, 0 AS router_cost_usd, 0 AS calls_cost_usd, 0 AS total_cost_usd,
        'correct' AS verdict, 1 AS quality, now() AS started_at, 1 AS seconds, false AS simulated;
    INSERT INTO outcomes BY NAME
    SELECT 'x' AS problem_id, 'm' AS model_id, 0 AS sample, 'd' AS data_source, 'live' AS source,
        'wrong' AS verdict, 0 AS score
"""
FAULTS = [
    ("above_oracle", ABOVE, 1, set()),
    (
        "attempt_counts",
        "DELETE FROM attempts WHERE reference = 'beta' AND sample = 0",
        1,
        {"manifest_rows"},
    ),
    ("cached_above_input", ENTRY.format("cached_input_per_million = 1.5"), 1, set()),
    ("cached_above_input", "UPDATE prices SET cached_input_per_million = 99", 3, set()),
    ("closed_sets", "UPDATE examples SET mode = 'batch' WHERE split = 'test'", 1, set()),
    ("closed_sets", "UPDATE attempts SET verdict = 'maybe' WHERE verdict = 'truncated'", 1, set()),
    ("closed_sets", "UPDATE pass_rates SET method = 'guessed' WHERE reference = 'beta'", 1, set()),
    ("price_history", EVENT.format("1"), 1, set()),
    ("price_history", EVENT.format("-1"), 2, set()),
    ("description_prices", ENTRY.format("description = 'Costs $2 in and $5 out.'"), 1, set()),
    ("description_prices", ENTRY.format("description = '$1 in and $5 out, was $7'"), 1, set()),
    ("description_prices", ENTRY.format("description = 'a very cheap model'"), 1, set()),
    ("description_prices", ENTRY.format("description = '$1 in'"), 1, set()),
    (
        "description_prices",
        ENTRY.format("description = '$5 in and $1 out.', input_per_million = 5"),
        1,
        set(),
    ),
    ("duplicate_keys", "INSERT INTO prices SELECT * FROM prices", 3, {"manifest_rows"}),
    (
        "duplicate_keys",
        "INSERT INTO examples SELECT * FROM examples WHERE split = 'test'",
        1,
        {"manifest_rows"},
    ),
    ("duplicate_tool_names", "UPDATE catalog_entries SET tool_name = 'call_model'", 3, set()),
    ("empty_catalogs", "DELETE FROM catalog_entries WHERE model_id IN ('free', 'prem')", 1, set()),
    ("example_tiers", "UPDATE examples SET pass_rate = 0.9 WHERE tier = 'easy'", 1, set()),
    ("example_tiers", "UPDATE examples SET reference = 'x' WHERE tier = 'easy'", 1, set()),
    ("example_tiers", "UPDATE examples SET pass_rate = 0.9 WHERE tier = 'untiered'", 1, set()),
    ("manifest_rows", "DELETE FROM rejects WHERE reason = 'too_long'", 1, set()),
    ("manifest_rows", "DELETE FROM examples WHERE split = 'validation'", 1, set()),
    ("negative_prices", "UPDATE prices SET input_per_million_above = -1", 3, set()),
    ("negative_prices", ENTRY.format("cached_input_per_million = -0.000000001"), 1, set()),
    ("orphan_catalogs", "UPDATE examples SET catalog_id = 'x' WHERE split = 'test'", 1, set()),
    ("orphan_catalogs", "DELETE FROM catalogs", 9, {"manifest_rows"}),
    ("orphan_problems", "UPDATE disagreements SET problem_id = 'x'", 1, set()),
    ("orphan_problems", "UPDATE worked_solutions SET problem_id = 'x'", 1, set()),
    ("orphan_problems", f"DELETE FROM problems WHERE problem_id = {P1}", 14, {"manifest_rows"}),
    (
        "pass_rate_counts",
        "UPDATE pass_rates SET k = 9 WHERE reference = 'alpha' AND n = 4 AND k = 4",
        1,
        {"attempt_counts"},
    ),
    ("pass_rate_counts", "UPDATE pass_rates SET pass_rate = 0.26 WHERE pass_rate = 0.25", 1, set()),
    ("pass_rate_counts", "UPDATE pass_rates SET low = 0.6 WHERE pass_rate = 0.25", 1, set()),
    ("pass_rate_counts", "UPDATE pass_rates SET low = NULL WHERE pass_rate = 0.25", 1, set()),
    ("price_factors", ENTRY.format("price_factor = 0.50001"), 1, set()),
    (
        "price_factors",
        "UPDATE catalog_entries SET base_output_per_million = 1 WHERE price_factor = 2",
        1,
        set(),
    ),
    (
        "problem_in_two_splits",
        "UPDATE examples SET split = 'test' WHERE repetition = 1",
        1,
        {"manifest_rows"},
    ),
    (
        "selected_rates",
        "UPDATE pass_rates SET selected = true WHERE reference = 'gamma'",
        1,
        {"example_tiers"},
    ),
    (
        "selected_rates",
        "UPDATE pass_rates SET selected = false WHERE reference = 'stand-in'",
        2,
        {"example_tiers"},
    ),
    ("simulated_marks", f"UPDATE pass_rates SET method = 'measured' {SIMULATED}", 1, set()),
    (
        "simulated_marks",
        "UPDATE builds SET manifest = json_merge_patch(manifest, '{\"simulated\": []}')",
        1,
        set(),
    ),
    ("tier_of_rate", "UPDATE builds SET hard_below = 0.34", 4, set()),
    ("tier_of_rate", "UPDATE pass_rates SET tier = 'easy' WHERE reference = 'beta'", 1, set()),
    ("unknown_models", "DELETE FROM models WHERE model_id = 'std'", 2, {"manifest_rows"}),
]


def plant(store: Path, sql: str) -> None:
    with duckdb.connect(str(store)) as con:
        con.execute(sql)


def failed(store: Path) -> dict[str, CheckResult]:
    return {check.name: check for check in run_checks(store) if not check.passed}


def test_a_sound_store_passes_every_check(store: Path) -> None:
    results = run_checks(store)
    assert [check.name for check in results] == [file.name for file in read_folder("checks")]
    assert failed(store) == {}
    assert all(check.what and check.examples == () for check in results)


def test_every_check_has_a_fault_that_makes_it_fire() -> None:
    # Those of the ledger: test_ledger_checks.py.
    names = {file.name for file in read_folder("checks") if not file.name.startswith("ledger_")}
    assert {name for name, *_ in FAULTS} == names


@pytest.mark.parametrize(("name", "sql", "violations", "others"), FAULTS)
def test_a_planted_fault_is_found(
    store: Path, name: str, sql: str, violations: int, others: set[str]
) -> None:
    plant(store, sql)
    found = failed(store)
    assert name in found
    assert found[name].violations == violations
    assert others <= set(found)
    assert len(found[name].examples) == min(violations, 5)
    # Price histories and evaluations are of no build.
    length = 0 if name in ("price_history", "above_oracle") else 64
    assert all(len(row.build_id) == length and row.key for row in found[name].examples)


def test_an_unknown_cut_is_not_a_fault(store: Path) -> None:
    plant(store, "UPDATE builds SET hard_below = NULL, easy_from = NULL")
    assert failed(store) == {}


def test_a_free_model_may_cost_nothing(store: Path) -> None:
    sql = "UPDATE catalog_entries SET price_factor = 0 WHERE base_output_per_million = 0"
    plant(store, sql)
    assert failed(store) == {}


def test_checks_need_current_marts(store: Path) -> None:
    plant(store, "DELETE FROM _marts")
    with pytest.raises(StoreError, match="marts are of another version"):
        run_checks(store)
