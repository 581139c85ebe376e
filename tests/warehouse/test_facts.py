"""Facts carry what questions group by; sums by day are those of the facts, however they came."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from stubs.decisions import decisions, write

from pipeline.router.record import Episode
from warehouse import spool as loader
from warehouse.build import open_current
from warehouse.check import run_checks
from warehouse.migrate import available, migrate
from warehouse.spool import load_spool
from warehouse.store import connect, query

TABLES = ("episodes", "calls", "episode_sums", "call_sums", "latency_sums")


@pytest.fixture(scope="module")
def made() -> list[Episode]:
    return decisions(60, kind="serve") + decisions(30, "other")


def tables(store: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of every table, floats rounded: sums in another order differ in their last digit."""
    return {
        table: [
            tuple(round(v, 9) if isinstance(v, float) else v for v in row)
            for row in query(store, f"FROM {table} ORDER BY ALL").rows()
        ]
        for table in TABLES
    }


def test_the_short_way_and_the_careful_one_lead_to_the_same_rows(
    tmp_path: Path, made: list[Episode], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("short", "careful"):
        for start in range(0, len(made), 25):
            write(tmp_path / name, made[start : start + 25])
    seen = []

    def counted(*args: Any) -> int | None:
        seen.append(insert(*args))
        return seen[-1]

    insert = loader.insert_direct
    monkeypatch.setattr(loader, "insert_direct", counted)
    short = load_spool(tmp_path / "short.duckdb", tmp_path / "short")
    assert seen == [sum(len(episode.calls) for episode in made)]
    monkeypatch.setattr(loader, "insert_direct", lambda con, files: None)
    careful = load_spool(tmp_path / "careful.duckdb", tmp_path / "careful")
    assert short[:6] == careful[:6]
    assert tables(tmp_path / "short.duckdb") == tables(tmp_path / "careful.duckdb")
    assert [c for c in run_checks(tmp_path / "short.duckdb") if not c.passed] == []


def test_an_episode_counts_its_own_calls(tmp_path: Path, made: list[Episode]) -> None:
    write(tmp_path / "spool", made)
    load_spool(tmp_path / "w.duckdb", tmp_path / "spool")
    by_id = {episode.row["episode_id"]: episode for episode in made}
    for row in query(tmp_path / "w.duckdb", "FROM episodes").iter_rows(named=True):
        calls = by_id[row["episode_id"]].calls
        ok = [call for call in calls if call["status"] == "ok"]
        assert row["day"] == row["started_at"].date()
        assert row["calls"] == len(calls)
        assert row["calls_made"] == sum(call["status"] != "refused" for call in calls)
        assert row["models"] == [call["model_id"] for call in ok]
        assert row["selected_model"] == next(
            (call["model_id"] for call in calls if call["selected"]), None
        )
        assert row["call_output_tokens"] == sum(call.get("output_tokens") or 0 for call in calls)
        assert float(row["calls_list_cost_usd"]) == pytest.approx(
            sum(call["list_cost_usd"] for call in calls), abs=1e-9 * (len(calls) + 1)
        )


def test_sums_follow_what_is_loaded_later(tmp_path: Path, made: list[Episode]) -> None:
    store, spool = tmp_path / "w.duckdb", tmp_path / "spool"
    write(spool, made[:40])
    load_spool(store, spool)
    # Half of the second file is known: that one takes the careful way.
    write(spool, made[20:], "later")
    report = load_spool(store, spool)
    assert (report.episodes, report.repeated) == (len(made) - 40, 20)
    episodes, usd = query(
        store, "SELECT sum(episodes)::INT, sum(total_cost_usd) FROM episode_sums"
    ).row(0)
    assert episodes == len(made)
    assert usd == query(store, "SELECT sum(total_cost_usd) FROM episodes").item()
    assert query(store, "FROM stale_days").is_empty()
    assert [c for c in run_checks(store) if not c.passed] == []


def test_a_store_of_before_gets_the_same_facts(
    tmp_path: Path, made: list[Episode], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "spool", made)
    load_spool(tmp_path / "new.duckdb", tmp_path / "spool")
    old = tmp_path / "old"
    old.mkdir()
    for migration in available():
        if migration.position < 15:
            (old / f"{migration.name}.sql").write_text(migration.sql, "utf-8")
    con = connect(tmp_path / "old.duckdb")
    migrate(con, old)
    con.execute(f"ATTACH '{tmp_path / 'new.duckdb'}' AS new (READ_ONLY)")
    made_up = {"offered": "[] AS offered"}
    for table in ("episodes", "calls"):
        columns = ", ".join(made_up.get(name, name) for name in _columns(con, table))
        con.execute(f"INSERT INTO {table} BY NAME SELECT {columns} FROM new.{table}")
    con.close()
    with open_current(tmp_path / "old.duckdb"):
        pass
    assert tables(tmp_path / "old.duckdb") == tables(tmp_path / "new.duckdb")


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    sql = "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND database_name = 'old'"
    return [name for (name,) in con.execute(sql, [table]).fetchall()]
