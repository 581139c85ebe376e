"""Prices over time in the store: loaded once, as intervals, as of a moment, as costs of calls."""

import datetime
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stubs.decisions import decisions, write
from stubs.prices import EVENTS, draft, judged

from pipeline.catalog.history.events import Draft
from pipeline.catalog.history.files import add_file
from pipeline.catalog.history.refresh import Sources, refresh
from warehouse.build import build_marts
from warehouse.check import run_checks
from warehouse.incoming import staging_sql
from warehouse.migrate import migrate
from warehouse.prices import load_prices
from warehouse.spool import load_spool
from warehouse.sqlfiles import ROOT
from warehouse.store import open_store, query

SHARED = Path(
    os.environ.get("XROUTER_SHARED", Path(__file__).resolve().parents[2] / ".." / "shared")
)
REAL_EVENTS = SHARED / "data" / "prices" / "price_events_2025.csv"


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the tiny events; read it only."""
    root = tmp_path_factory.mktemp("priced")
    refresh(root / "prices", Sources(events=(EVENTS,)))
    load_prices(root / "w.duckdb", root / "prices")
    return root / "w.duckdb"


def rows(store: Path, sql: str) -> list[tuple[Any, ...]]:
    return query(store, sql).rows()


def cookbook(store: Path, name: str) -> list[dict[str, Any]]:
    return query(store, (ROOT / "queries" / f"{name}.sql").read_text()).to_dicts()


def history(root: Path, *drafts: Draft) -> Path:
    add_file(root / "prices", judged(*drafts))
    return root / "prices"


def test_columns_are_explained(priced: Path) -> None:
    sql = "SELECT comment FROM duckdb_columns() WHERE table_name = 'price_events'"
    comments = [comment for (comment,) in rows(priced, sql)]
    assert len(comments) == 26
    assert all(comments)


def test_intervals_of_every_kind_of_event(priced: Path) -> None:
    sql = """
        SELECT model_id, valid_from::DATE::VARCHAR, valid_to::DATE::VARCHAR, is_current,
            input_per_million::DOUBLE, output_per_million::DOUBLE
        FROM dim_price WHERE price_list = 'litellm' ORDER BY 1, 2
    """
    assert rows(priced, sql) == [
        ("cut", "2025-01-01", "2025-02-01", False, 10, 40),
        ("cut", "2025-02-01", "2025-05-01", False, 2, 8),
        # Its first price was a slip, and never counts.
        ("first-wrong", "2025-02-15", None, True, 2, 8),
        ("openai/cut-2025-06-01", "2025-06-01", None, True, 3, 9),
        # Over the slip in between and the change of a limit after.
        ("slipped", "2025-01-01", "2025-02-10", False, 2, 8),
        ("slipped", "2025-02-10", None, True, 1.5, 6),
        ("steady", "2025-01-01", "2025-03-01", False, 1, 4),
        ("steady", "2025-04-01", None, True, 3, 12),
    ]


@pytest.mark.parametrize(
    ("moment", "price"),
    [
        ("TIMESTAMP '2025-01-31 23:59:59'", [10]),
        ("DATE '2025-02-01'", [2]),
        ("TIMESTAMPTZ '2025-02-01 01:00:00+02:00'", [10]),
        ("DATE '2024-12-31'", []),
        ("DATE '2025-05-01'", []),
    ],
)
def test_a_price_as_of_a_moment(priced: Path, moment: str, price: list[float]) -> None:
    sql = f"SELECT input_per_million::DOUBLE FROM price_asof('cut', {moment})"
    assert [row[0] for row in rows(priced, sql)] == price


def test_the_cookbook_answers_about_prices(priced: Path) -> None:
    moved = cookbook(priced, "price_moves")
    assert [(row["model"], row["input_factor"]) for row in moved] == [
        ("cut", 0.2),
        ("slipped", 0.75),
    ]
    kept_out = cookbook(priced, "quarantined_prices")
    assert [(row["model"], row["slip"], row["holding_input_per_million"]) for row in kept_out] == [
        ("first-wrong", "old", Decimal(2)),
        ("slipped", "new", Decimal("1.5")),
    ]
    back = cookbook(priced, "relisted_models")
    assert [
        (r["model"], r["was_listed_as"], r["under_another_key"], r["days_away"]) for r in back
    ] == [
        ("openai/cut-2025-06-01", "cut", True, 31),
        ("steady", "steady", False, 31),
    ]
    assert {row["price_list"] for row in cookbook(priced, "price_as_of")} == {"litellm"}


def test_the_base_list_is_not_touched_by_price_lists(store: Path, tmp_path: Path) -> None:
    sql = "FROM dim_model ORDER BY ALL"
    before = query(store, sql)
    load_prices(store, history(tmp_path, draft("listed", 0, 7.0, model="prem")))
    assert query(store, sql).equals(before)
    lists = rows(store, "SELECT price_list FROM dim_price WHERE model_id = 'prem' ORDER BY 1")
    assert lists == [("build",), ("build",), ("litellm",)]


KINDS = st.sampled_from(["listed", "changed", "meta", "delisted"])
PRICES = st.sampled_from([None, 0.0, 0.5, 2.0, 150.0, 2000.0, 50_000.0])


@pytest.fixture(scope="module")
def bare() -> Iterator[duckdb.DuckDBPyConnection]:
    """The table and its mart alone, which takes far less time than a store."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    migrate(con)
    con.execute((ROOT / "marts" / "price_intervals.sql").read_text())
    yield con
    con.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.tuples(KINDS, PRICES), min_size=1, max_size=6), min_size=1, max_size=8))
def test_intervals_never_overlap_and_never_hold_a_slip(
    tmp_path_factory: pytest.TempPathFactory,
    bare: duckdb.DuckDBPyConnection,
    stories: list[list[tuple[str, float | None]]],
) -> None:
    drafts = [
        draft(kind, number, price, model=f"m{story}")
        for story, events in enumerate(stories)
        for number, (kind, price) in enumerate(events)
    ]
    events = judged(*drafts)
    path = add_file(tmp_path_factory.mktemp("prices"), events)
    bare.execute("DELETE FROM price_events")
    bare.execute(staging_sql("merge_price_events"), {"file": str(path)})
    assert bare.execute((ROOT / "checks" / "price_history.sql").read_text()).fetchall() == []
    sql = "SELECT event_id, model, valid_from, valid_to, input_per_million FROM price_intervals"
    known = {event.event_id: event for event in events}
    for event_id, model, begin, end, price in bare.execute(sql).fetchall():
        event = known[event_id]
        assert event.holds
        assert event.draft.quote.input == float(price)
        for other in events:
            at = other.draft.effective_at.replace(tzinfo=None)
            if other.draft.model == model and begin < at and (end is None or at < end):
                # What lies within was a slip, or said the same.
                assert not other.holds or other.draft.quote.same_prices(event.draft.quote)
                assert other.kind != "delisted"


def _calls(store: Path, spool: Path) -> None:
    write(spool, decisions(6))
    load_spool(store, spool)


def test_calls_cost_what_was_listed_at_their_own_time(tmp_path: Path) -> None:
    store = tmp_path / "w.duckdb"
    _calls(store, tmp_path / "spool")
    sql = """
        SELECT DISTINCT regexp_replace(m.litellm_model, '^openai/', ''), min(c.started_at) OVER ()
        FROM calls AS c JOIN episodes AS e USING (episode_id)
        JOIN menu_entries AS m ON m.catalog_id = e.catalog_id AND m.model_id = c.model_id
        ORDER BY 1
    """
    names = rows(store, sql)
    first = names[0][1]
    start = (first - datetime.timedelta(days=30)).astimezone(datetime.UTC)
    quote = draft("listed", 0, 1.0, 3.0, model=names[0][0], cached_input=0.5)
    later = quote._replace(
        kind="changed",
        effective_at=first.astimezone(datetime.UTC) + datetime.timedelta(days=3650),
        quote=quote.quote._replace(input=50.0),
    )
    load_prices(store, history(tmp_path, quote._replace(effective_at=start), later))
    asof = query(store, "FROM call_list_cost_asof ORDER BY episode_id, call_index")
    assert asof.height == rows(store, "SELECT count(*) FROM calls")[0][0]
    mine = asof.filter(pl.col("litellm_model") == names[0][0], pl.col("status") == "ok")
    assert mine.height > 0
    for row in mine.iter_rows(named=True):
        cached = row["cached_input_tokens"] or 0
        exact = ((row["input_tokens"] or 0) - cached) * Decimal(1) + cached * Decimal("0.5")
        exact += (row["output_tokens"] or 0) * Decimal(3)
        assert row["asof_usd"] == exact / 1_000_000
        assert (row["price_list"], row["price_since"]) == ("litellm", start.replace(tzinfo=None))
    others = asof.filter(pl.col("litellm_model") != names[0][0], pl.col("status") == "ok")
    assert others["asof_usd"].null_count() == others.height
    assert others["price_list"].null_count() == others.height


@pytest.mark.parametrize(
    ("tokens", "usd"),
    [
        ((1000, 0, 100, 0), "0.0014"),
        ((1000, 400, 100, 0), "0.00104"),
        ((1000, 0, 100, 50), "0.0015"),
        ((3000, 1000, 100, 50), "0.0052"),
        ((0, 0, 0, 0), "0"),
    ],
)
def test_tokens_cost_by_hand(priced: Path, tokens: tuple[int, ...], usd: str) -> None:
    # 1 in, 0.1 cached, 4 out, 6 reasoning; above 2,000 tokens 2 in, 10 out.
    price = """{'input_per_million': 1::DECIMAL(18,9), 'output_per_million': 4::DECIMAL(18,9),
        'cached_input_per_million': 0.1::DECIMAL(18,9), 'reasoning_per_million': 6::DECIMAL(18,9),
        'above_tokens': 2000, 'input_per_million_above': 2::DECIMAL(18,9),
        'output_per_million_above': 10::DECIMAL(18,9)}"""
    sql = f"SELECT tokens_cost({', '.join(map(str, tokens))}, {price})"
    assert rows(priced, sql) == [(Decimal(usd),)]


def test_the_marts_can_be_built_again(priced: Path, tmp_path: Path) -> None:
    store = tmp_path / "w.duckdb"
    store.write_bytes(priced.read_bytes())
    names = build_marts(store)
    assert names.index("price_intervals") < names.index("dim_price") < names.index("dim_model")


@pytest.mark.skipif(not REAL_EVENTS.exists(), reason=f"no {REAL_EVENTS.name} in the shared data")
def test_a_real_year_as_of_two_days(tmp_path: Path) -> None:
    refresh(tmp_path / "prices", Sources(events=(REAL_EVENTS,)))
    store = tmp_path / "w.duckdb"
    assert load_prices(store, tmp_path / "prices")[1:4] == (2731, 2731, 57)
    assert load_prices(store, tmp_path / "prices").new == 0
    sql = """
        SELECT asked.day, p.input_per_million::DOUBLE, p.output_per_million::DOUBLE
        FROM (VALUES (TIMESTAMP '2025-05-01'), (TIMESTAMP '2025-07-01')) AS asked(day)
        ASOF JOIN (FROM dim_price WHERE model_id = 'o3' AND price_list = 'litellm') AS p
            ON asked.day >= p.valid_from
        ORDER BY asked.day
    """
    assert [row[1:] for row in rows(store, sql)] == [(10.0, 40.0), (2.0, 8.0)]
    assert [check for check in run_checks(store) if not check.passed] == []
    with open_store(store, read_only=True) as con:
        slips = con.execute(
            "SELECT count(*) FROM price_intervals WHERE output_per_million > 10000"
        ).fetchall()
    assert slips == [(0,)]
