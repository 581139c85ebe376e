"""The evaluation page as text: whole, safe, the same every time, and its figures the marts'."""

import re
from pathlib import Path
from typing import Any

import pytest
from stubs.evaluation_runs import evaluated_store, fill_runs, run
from stubs.pages import Page
from stubs.routing_store import new_store

from flows.pages import write_pages
from warehouse.evaluation_report import write_evaluation_report
from warehouse.snapshot import write_snapshot
from warehouse.store import open_store, query

ODD = "</script><b>odd"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return evaluated_store(tmp_path_factory.mktemp("store"), ODD)


@pytest.fixture(scope="module")
def html(store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("page") / "e.html"
    assert write_evaluation_report(store, out)
    return out.read_text("utf-8")


def body(html: str, table: str) -> str:
    """Rows of a table."""
    found = re.search(rf'<div id="{table}".*?<tbody>(.*?)</tbody>', html, re.DOTALL)
    assert found is not None, table
    return found[1]


def cells(html: str, table: str) -> list[list[str]]:
    """Exact figures of a table, or its texts where it has none."""
    made = []
    for line in body(html, table).split("<tr")[1:]:
        found = re.findall(r"<t[hd]([^>]*)>(.*?)</t[hd]>", line, re.DOTALL)
        texts = [re.sub(r"<small>.*?</small>|<[^>]+>", "", text).strip() for _, text in found]
        exact = [re.search(r'data-exact="([^"]*)"', attributes) for attributes, _ in found]
        made.append([e[1] if e else text for e, text in zip(exact, texts, strict=True)])
    return made


def test_the_page_is_whole_and_accessible(html: str) -> None:
    page = Page(html)
    sections = [section["id"] for section in page.having("section")]
    assert sections == ["overview", "suite-1", "suite-2", "suite-3", "published", "how"]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in page.having("a"):
        assert str(link["href"]).removeprefix("#") in ids
    labelled = {label.get("for") for label in page.having("label")}
    assert all(control["id"] in labelled for control in page.having("select"))
    assert all(figure["aria-label"] for figure in page.having("figure"))


def test_nothing_is_fetched_and_names_stay_text(html: str) -> None:
    page = Page(html)
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "action", "data"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:")), (tag, name, value)
    assert ODD not in html
    assert ODD in page.text
    assert len(page.having("script")) == 3


def test_the_same_store_and_its_snapshot_give_the_same_bytes(
    store: Path, html: str, tmp_path: Path
) -> None:
    copy = write_snapshot(store, tmp_path / "copy.duckdb").path
    assert write_evaluation_report(copy, tmp_path / "e.html")
    assert (tmp_path / "e.html").read_text("utf-8") == html
    assert str(store.parent) not in html


def test_policies_are_those_of_the_marts(html: str, store: Path) -> None:
    sql = """
        SELECT policy, value, cost_usd, total_cost_usd::DOUBLE, cost_utility, captured
        FROM evaluation_results LEFT JOIN (SELECT run_id, captured FROM evaluation_headroom)
            USING (run_id)
        WHERE suite = 'gsm8k'"""
    found = {row[0]: row[1:6] for row in cells(html, "table-suite-2")}
    for policy, *figures in query(store, sql).rows():
        name = policy.replace("<", "&lt;").replace(">", "&gt;")
        assert [float(text) for text in found[name]] == pytest.approx(figures, abs=1e-8), policy


def test_every_router_stands_beside_what_it_has_to_beat(html: str, store: Path) -> None:
    sql = """
        SELECT suite, baseline, value FROM evaluation_baselines
        WHERE baseline IN ('best_single', 'random', 'oracle')"""
    known = {(suite, baseline): value for suite, baseline, value in query(store, sql).rows()}
    lines = cells(html, "table-overview")
    assert [line[0].split()[0] for line in lines] == ["aime25", "gsm8k", "mt_bench"]
    for line in lines[:2]:
        for place, baseline in ((3, "best_single"), (4, "random"), (5, "oracle")):
            assert float(line[place]) == pytest.approx(known[line[0], baseline], abs=1e-8)
    assert lines[2][3:6] == ["\N{EN DASH}"] * 3
    unknown = body(html, "table-suite-3")
    assert unknown.count("Unknown: no judged outcomes of these items in the bank") == 4
    # Each model once: by its run where there is one, else by the bank.
    names = [line[0] for line in cells(html, "table-suite-2")]
    assert sorted(names[1:]) == ["always:big", "any model at random", "oracle", "tiny"]


def test_pairs_are_those_of_the_marts(html: str, store: Path) -> None:
    sql = """
        SELECT policy_b, difference, p_value, cost_difference
        FROM evaluation_pairs WHERE suite = 'gsm8k' AND NOT baseline_policy(policy_a)"""
    wanted = {row[0]: row[1:] for row in query(store, sql).rows()}
    lines = cells(html, "pairs-suite-2")
    assert {line[1] for line in lines} == set(wanted) == {"always:big"}
    for line in lines:
        figures = [float(line[place]) for place in (2, 4, 5)]
        assert figures == pytest.approx(wanted[line[1]], abs=1e-8)


def test_what_is_simulated_says_so(html: str) -> None:
    assert "In 1 of 4 runs a declared stand-in answered" in " ".join(Page(html).text.split())
    assert body(html, "table-suite-3").count('class="badge"') == 1
    assert "(simulated)" in html
    assert 'class="badge"' not in body(html, "table-suite-2")


def test_the_alarm_is_on_top_and_says_which(html: str) -> None:
    text = " ".join(Page(html).text.split())
    assert text.index("Above the oracle") < text.index("One row a router")
    assert "aime25, router : 1.0000 against the oracle's 0.0000 on 9 items; above it on 9." in text
    assert "gsm8k, always:big : too good to be true." in text


def test_no_alarm_without_a_reason(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    with open_store(store) as con:
        fill_runs(con, [run("router", [(0, 1, 0.0)])])
    assert write_evaluation_report(store, tmp_path / "e.html")
    html = (tmp_path / "e.html").read_text("utf-8")
    assert 'role="alert"' not in html
    assert "chart-suite-1" not in html  # what is free has no place on the axis
    assert "there is nothing to compare" in html
    assert "\N{INFINITY}" in body(html, "table-suite-1")


def test_the_published_table_is_there_with_its_costs(html: str) -> None:
    lines = {line[0]: line[1:] for line in cells(html, "table-published")}
    assert len([name for name in lines if not name.startswith("ours")]) == 11
    wanted = [0.6774, 0.7172, 0.7667, 7.978, 0.784, 0.8518, 56.95]
    assert [float(text) for text in lines["xRouter-7b lambda2"]] == wanted
    published = body(html, "table-published")
    for text in ("$0.005953", "9.4465", "$0.000038", "$35.86", "0.9060"):
        assert text in published
    assert float(lines["ours: router"][2]) == 1.0
    assert "two experiments and no ranking" in html


def test_a_store_without_evaluations_has_no_page(tmp_path: Path, routed: Path) -> None:
    assert not write_evaluation_report(routed, tmp_path / "e.html")
    assert not (tmp_path / "e.html").exists()


def test_it_is_one_of_the_pages(store: Path, tmp_path: Path) -> None:
    pages: dict[str, Any] = write_pages(store, tmp_path / "report.html")
    assert pages["evaluation"] == tmp_path / "report-evaluation.html"
    assert pages["evaluation"].is_file()
    assert (pages["report"], pages["training"]) == (None, None)
