"""The routing page as text: whole, safe, bounded, the same every time, and its sums the store's."""

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from stubs.decisions import decisions, write
from stubs.pages import Page
from typer.testing import CliRunner

from flows.cli.app import app
from warehouse.build import open_current
from warehouse.cookbook import find_query
from warehouse.errors import StoreError
from warehouse.reporting.routing.cubes import CUBES, GROUPS, OTHERS, Table, packed, read_cubes
from warehouse.routing_report import write_routing_report
from warehouse.snapshot import write_snapshot
from warehouse.spool import load_spool
from warehouse.store import open_store, query

ODD = "</script><b>odd"


@pytest.fixture(scope="module")
def html(routed: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_routing_report(routed, tmp_path_factory.mktemp("page") / "r.html").read_text(
        "utf-8"
    )


def test_the_page_is_whole_and_accessible(html: str) -> None:
    page = Page(html)
    sections = [section["id"] for section in page.having("section")]
    wanted = "summary cost frontier regret mix drift failures latency prices whole"
    assert sections == wanted.split()
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in page.having("a"):
        assert str(link["href"]).removeprefix("#") in ids
    labelled = {label.get("for") for label in page.having("label")}
    for tag in ("input", "select"):
        for control in page.having(tag):
            assert control.get("id") in labelled or control["name"] in ("kind", "simulated")
    assert all(figure["aria-label"] for figure in page.having("figure"))


def test_nothing_is_fetched_and_names_stay_text(html: str) -> None:
    page = Page(html)
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "action", "data"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:")), (tag, name, value)
    assert ODD not in html
    assert len(page.having("script")) == 4


def test_the_same_store_and_its_snapshot_give_the_same_bytes(
    routed: Path, html: str, tmp_path: Path
) -> None:
    again = write_routing_report(routed, tmp_path / "again.html")
    assert again.read_text("utf-8") == html
    copy = write_snapshot(routed, tmp_path / "copy.duckdb").path
    assert write_routing_report(copy, tmp_path / "r.html").read_text("utf-8") == html
    assert str(routed.parent) not in html


def unpacked(text: str) -> list[int]:
    runs = [run.partition("*") for run in text.split()]
    return [int(value) for value, _, times in runs for _ in range(int(times or 1))]


def test_packed_columns_are_the_columns(routed: Path) -> None:
    with open_store(routed, read_only=True) as con:
        cubes = read_cubes(con)
    tables = json.loads(json.dumps(packed(cubes)))["tables"]
    for name, table in cubes.tables.items():
        found = {key: unpacked(text) for key, text in tables[name]["columns"].items()}
        assert found == table.columns


@pytest.mark.parametrize("most_cells", [60_000, 700, 1])
def test_sums_are_those_of_the_store_in_any_unit_of_time(routed: Path, most_cells: int) -> None:
    with open_store(routed, read_only=True) as con:
        tables = read_cubes(con, most_cells).tables
    for name, table in tables.items():
        cube = CUBES[name]
        wanted = {**cube.counts, **cube.money}
        sums = ", ".join(f"sum({sql})" for sql in wanted.values())
        found = query(routed, f"SELECT {sums} FROM {cube.source}").row(0)
        for measure, whole in zip(wanted, found, strict=True):
            scale = 10**9 if measure in cube.money else 1
            assert sum(table.columns[measure]) == int(Decimal(whole) * scale), (name, measure)
    for group in GROUPS:
        cells = sum(len(tables[name].columns["period"]) for name in group)
        units = {tables[name].unit for name in group}
        assert len(units) == 1
        assert cells <= most_cells or units == {"year"}
    assert tables["episodes"].unit == {60_000: "day", 700: "week", 1: "year"}[most_cells]
    _periods_are_whole(tables["episodes"])


def _periods_are_whole(table: Table) -> None:
    for (_, until), (begins, _) in zip(table.periods, table.periods[1:], strict=False):
        assert until <= begins


def test_what_is_rare_is_counted_together(
    routed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from warehouse.reporting.routing import cubes

    monkeypatch.setattr(cubes, "MOST", {"policy": 2, "model_id": 1, "error_type": 1})
    with open_store(routed, read_only=True) as con:
        found = read_cubes(con)
    for name, label in OTHERS.items():
        assert label in found.members[name]
    assert len(found.members["policy"]) == 3
    whole = query(routed, "SELECT sum(episodes)::INT FROM episode_sums").item()
    assert sum(found.tables["episodes"].columns["episodes"]) == whole
    html = write_routing_report(routed, tmp_path / "r.html").read_text("utf-8")
    assert "values count as other policies." in html


def facts(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', html)
    assert found is not None
    return dict(json.loads(found[1]))


def test_baselines_are_those_of_the_mart(routed: Path, html: str) -> None:
    rows = {(row["baseline"], row["model_id"]): row for row in facts(html)["baselines"]}
    sql = (
        "SELECT baseline, model_id, accuracy, mean_cost_usd FROM baselines WHERE tier = 'all'"
        " AND data_source = 'all' AND baseline <> 'tier_oracle'"
    )
    for baseline, model_id, accuracy, cost in query(routed, sql).rows():
        row = rows[baseline, model_id]
        assert row["accuracy"] == pytest.approx(accuracy, abs=1e-9)
        assert Decimal(row["mean_cost_usd"]) == cost
    assert {("oracle", None), ("best_single", "b"), ("random", None)} <= set(rows)


def test_stores_with_little_in_them(tmp_path: Path) -> None:
    with open_current(tmp_path / "empty.duckdb"):
        pass
    with pytest.raises(StoreError, match=r"no decision .* `xrouter serve` makes some"):
        write_routing_report(tmp_path / "empty.duckdb", tmp_path / "r.html")
    direct = [e for e in decisions(7, kind="serve") if not e.calls][:1]
    write(tmp_path / "spool", direct)
    load_spool(tmp_path / "one.duckdb", tmp_path / "spool")
    html = write_routing_report(tmp_path / "one.duckdb", tmp_path / "r.html").read_text("utf-8")
    assert "none loaded" in html
    assert "No list price moved" in html
    assert facts(html)["tables"]["calls"]["columns"]["made"] == ""


def test_the_command_writes_the_page(routed: Path, tmp_path: Path) -> None:
    options = ["report", "--store", str(routed), "--out", str(tmp_path / "p.html"), "--json"]
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 0, done.output
    pages = json.loads(done.stdout)
    assert pages == {
        "report": None,
        "routing": str(tmp_path / "p-routing.html"),
        "evaluation": None,
        "training": str(tmp_path / "p-training.html"),
    }
    assert all(Path(path).is_file() for path in pages.values() if path)


def test_price_moves_that_were_felt(routed: Path, tmp_path: Path) -> None:
    store = Path(shutil.copy(routed, tmp_path / "w.duckdb"))
    with duckdb.connect(str(store)) as con:
        for day, price in (("2026-07-01", 1), ("2026-08-10", 3), ("2026-08-14", 2)):
            con.execute(
                "INSERT INTO price_events BY NAME SELECT $day AS event_id, 'litellm' AS price_list,"
                " 'openai/a' AS model, 'a' AS identity, 'openai' AS seller, 'changed' AS kind,"
                " $day::TIMESTAMPTZ AS effective_at, $price AS input_per_million,"
                " 2 * $price AS output_per_million, 'accepted' AS status, true AS holds,"
                " 'a test' AS reason, 'a test' AS origin",
                {"day": f"{day} 00:00:00+00", "price": price},
            )
    sql = """
        SELECT sum(input_tokens) / 1e6 * {step} + sum(output_tokens) / 1e6 * {step} * 2
        FROM calls WHERE model_id = 'a' AND NOT simulated AND day BETWEEN '{a}' AND '{b}'"""
    steps = (("2026-08-10", "2026-08-13", 2), ("2026-08-14", "2026-12-31", -1))
    wanted = {a: query(store, sql.format(step=step, a=a, b=b)).item() for a, b, step in steps}
    found = query(store, find_query("price_moves_felt").sql)
    rows = found.filter(found["price_list"] == "litellm").to_dicts()
    assert {str(row["moved_at"].date()): float(row["usd_since"]) for row in rows} == pytest.approx(
        wanted, abs=1e-8
    )
    html = write_routing_report(store, tmp_path / "r.html").read_text("utf-8")
    assert 'id="table-price-moves"' in html
    assert ">2026-08-10<" in html
