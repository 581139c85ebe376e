"""Marts, macros and the cookbook: their numbers by hand on the tiny build, and the runner."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from warehouse.build import all_files, build_marts, in_order
from warehouse.errors import StoreError, StoreIntegrityError
from warehouse.sqlfiles import ROOT, SqlFile, parse, read_folder
from warehouse.store import query


def rows(store: Path, sql: str) -> list[tuple[object, ...]]:
    return query(store, sql).rows()


def test_composition_counts_rows_and_problems(store: Path) -> None:
    sql = "SELECT * EXCLUDE (build_id, kind) FROM composition ORDER BY data_source, tier"
    assert rows(store, sql) == [
        ("gsm8k", "math", "easy", "train", False, 1, 1),
        ("gsm8k", "math", "medium", "train", False, 2, 1),
        ("mbpp", "code", "hard", "validation", True, 1, 1),
        ("puzzles", "logic", "medium", "test", True, 1, 1),
        ("smalltalk", "chat", "untiered", "train", False, 1, 1),
    ]


def test_histogram_bins_are_twentieths(store: Path) -> None:
    sql = (
        "SELECT reference, method, bin, bin_low, bin_high, problems, selected_problems "
        "FROM pass_rate_histogram ORDER BY reference, bin"
    )
    assert rows(store, sql) == [
        ("alpha", "recorded", 5, 0.25, 0.3, 1, 0),
        ("alpha", "recorded", 19, 0.95, 1.0, 1, 1),
        ("beta", "recorded", 10, 0.5, 0.55, 1, 0),
        ("gamma", "published", 18, 0.9, 0.95, 1, 0),
        ("pooled:alpha+beta", "recorded", 6, 0.3, 0.35, 1, 1),
        ("stand-in", "simulated", 0, 0.0, 0.05, 1, 1),
        ("stand-in", "simulated", 10, 0.5, 0.55, 1, 1),
    ]


@pytest.mark.parametrize(
    ("k", "n", "expected"),
    [(3, 20, 3), (13, 20, 13), (20, 20, 19), (0, 7, 0), (1, 3, 6), (7, 100, 1)],
)
def test_a_rate_on_an_edge_goes_up_with_or_without_counts(
    store: Path, k: int, n: int, expected: int
) -> None:
    sql = f"SELECT rate_bin({k} / {n}, {n}, {k}), rate_bin({k} / {n}, 0, 0)"
    assert rows(store, sql) == [(expected, expected)]


@pytest.mark.parametrize(
    ("rate", "tier"),
    [
        ("0", "hard"),
        ("0.1499", "hard"),
        ("0.15", "medium"),
        ("0.65", "easy"),
        ("1", "easy"),
        ("NULL", None),
    ],
)
def test_tiers_are_half_open(store: Path, rate: str, tier: str | None) -> None:
    assert rows(store, f"SELECT tier_of({rate}, 0.15::DOUBLE, 0.65::DOUBLE)") == [(tier,)]


def test_prices_weigh_a_catalogue_by_its_rows(store: Path) -> None:
    # prem is offered at 0.5 (two rows), 1.0 (two rows) and 1.5 (two rows).
    sql = (
        "SELECT offered, base_output_per_million, lowest_output_per_million, "
        "highest_output_per_million, factor_min, factor_p05, factor_p25, factor_p50, factor_max "
        "FROM catalog_prices WHERE split = 'all' AND model_id = 'prem'"
    )
    money = (Decimal(10), Decimal(5), Decimal(15))
    assert rows(store, sql) == [(6, *money, 0.5, 0.5, 0.625, 1.0, 1.5)]
    free = (
        "SELECT split, offered, offered_free FROM catalog_prices WHERE model_id = 'free' ORDER BY 1"
    )
    assert rows(store, free) == [("all", 2, 2), ("test", 1, 1), ("train", 1, 1)]


def test_splits_add_up_to_all(store: Path) -> None:
    sql = (
        "SELECT split = 'all' AS whole, sum(offered)::INT FROM catalog_prices GROUP BY 1 ORDER BY 1"
    )
    assert rows(store, sql) == [(False, 12), (True, 12)]


def test_price_history_has_no_gap(store: Path) -> None:
    sql = (
        "SELECT model_id, valid_from::DATE::VARCHAR, valid_to::DATE::VARCHAR, is_current, "
        "input_per_million "
        "FROM dim_price ORDER BY 1, 2"
    )
    assert rows(store, sql) == [
        ("prem", "2024-01-01", "2025-06-11", False, Decimal(5)),
        ("prem", "2025-06-11", None, True, Decimal(2)),
        ("std", "2025-01-01", None, True, Decimal(1)),
    ]


def test_models_show_the_last_price(store: Path) -> None:
    sql = "SELECT model_id, input_per_million, known_prices FROM dim_model ORDER BY 1"
    assert rows(store, sql) == [("free", None, 0), ("prem", Decimal(2), 2), ("std", Decimal(1), 1)]


def test_ungraded_answers_count_neither_way(store: Path) -> None:
    sql = (
        "SELECT reference, is_simulated, attempts, graded, correct, wrong, parse_failure, "
        "truncated, ungraded, accuracy, disagreements, cost_usd FROM reference_accuracy ORDER BY 1"
    )
    assert rows(store, sql) == [
        ("alpha", False, 9, 8, 5, 1, 1, 1, 1, 0.625, 1, Decimal("0.000009")),
        ("beta", False, 2, 2, 1, 1, 0, 0, 0, 0.5, 0, Decimal("0.000002")),
        ("stand-in", True, 16, 16, 4, 12, 0, 0, 0, 0.25, 0, Decimal("0.000016")),
    ]


def test_settledness_per_tier_and_method(store: Path) -> None:
    columns = "tier, method, is_simulated, problems, settled_problems"
    sql = f"SELECT {columns} FROM tier_settledness ORDER BY ALL"
    assert rows(store, sql) == [
        ("easy", "recorded", False, 1, 1),
        ("hard", "simulated", True, 1, 1),
        ("medium", "recorded", False, 1, 0),
        ("medium", "simulated", True, 1, 0),
    ]


def test_rejects_by_reason(store: Path) -> None:
    sql = "SELECT stage, reason, rows, example_key FROM rejects_by_reason ORDER BY ALL"
    assert rows(store, sql) == [
        ("dataset", "too_long", 1, "x"),
        ("sources", "missing_answer", 2, "a.parquet:3"),
    ]


def test_sample_rows_are_ranked_within_domain_and_tier(store: Path, hostile: str) -> None:
    sql = "SELECT domain, tier, sample_rank FROM sample_rows ORDER BY ALL"
    assert rows(store, sql) == [
        ("chat", "untiered", 1),
        ("code", "hard", 1),
        ("logic", "medium", 1),
        ("math", "easy", 1),
        ("math", "medium", 1),
        ("math", "medium", 2),
    ]
    prompt = rows(store, "SELECT prompt FROM sample_rows WHERE domain = 'logic'")
    assert prompt == [(hostile,)]


@pytest.mark.parametrize("folder", ["macros", "marts", "checks", "queries", "staging"])
def test_a_file_holds_one_statement_under_a_header(folder: str) -> None:
    with duckdb.connect() as con:
        for file in read_folder(folder):
            assert len(con.extract_statements(file.sql)) == 1, file.name
            assert file.header["what"], file.name
            if folder in ("marts", "queries"):
                assert {"grain", "trap"} <= set(file.header), file.name


def test_every_view_carries_its_header_as_comment(store: Path) -> None:
    frame = query(store, "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal")
    comments = dict(frame.iter_rows())
    assert set(comments) == {file.name for file in read_folder("marts")}
    assert comments["composition"].startswith("Rows and problems of the exported files. Grain: ")


@pytest.mark.parametrize("file", read_folder("queries"), ids=lambda file: file.name)
def test_the_cookbook_runs(store: Path, file: SqlFile) -> None:
    assert query(store, file.sql).columns


def test_the_cookbook_answers(store: Path) -> None:
    def ask(name: str) -> list[tuple[object, ...]]:
        return rows(store, (ROOT / "queries" / f"{name}.sql").read_text())

    assert [row[1:] for row in ask("hardest_sources")] == [
        ("mbpp", True, 1, 1.0, None),
        ("gsm8k", False, 2, None, 0.5),
        ("puzzles", True, 1, None, None),
    ]
    assert [row[1:] for row in ask("cheapest_premium")] == [
        ("test", 1, 0, 0.0),
        ("train", 4, 0, 0.0),
        ("validation", 1, 0, 0.0),
    ]
    assert [(row[1], float(row[2])) for row in ask("price_as_of")] == [("prem", 2.0), ("std", 1.0)]
    assert ask("models_never_trained") == []
    assert len(ask("reject_examples")) == 3


def test_marts_can_be_built_again(store: Path) -> None:
    names = build_marts(store)
    assert names.index("dim_price") < names.index("dim_model")
    assert names == [file.name for file in all_files()]


def _file(name: str, needs: str) -> SqlFile:
    return parse(name, f"-- What: x\n-- Needs: {needs}\nSELECT 1")


def test_needs_decide_the_order() -> None:
    files = [_file("a", "b, c"), _file("b", "c"), _file("c", "")]
    assert [file.name for file in in_order(files)] == ["c", "b", "a"]


def test_circles_and_unknown_needs_are_refused() -> None:
    with pytest.raises(StoreIntegrityError, match="circle"):
        in_order([_file("a", "b"), _file("b", "a")])
    with pytest.raises(StoreIntegrityError, match=r"a\.sql needs \['nowhere'\]"):
        in_order([_file("a", "nowhere")])


def test_marts_of_a_missing_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store there"):
        build_marts(tmp_path / "w.duckdb")
