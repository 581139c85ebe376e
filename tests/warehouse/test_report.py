"""The page as text: whole, safe, the same every time, and true to the store."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from stubs.pages import Page

from warehouse.errors import StoreError, StoreSpaceError
from warehouse.ingest import load_build
from warehouse.report import write_report
from warehouse.reporting.render import script_json
from warehouse.sqlfiles import read_folder
from warehouse.store import query

SECTIONS = [
    "summary",
    "composition",
    "tiers",
    "prices",
    "samples",
    "references",
    "rejects",
    "checks",
    "manifest",
]


@pytest.fixture(scope="module")
def html(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(loaded, tmp_path_factory.mktemp("page") / "report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def specs(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="chart-specs">(.*?)</script>', html)
    assert found is not None
    return dict(json.loads(found[1]))


def test_every_section_is_there_with_a_heading(page: Page) -> None:
    assert [attributes["id"] for attributes in page.having("section")] == SECTIONS
    assert len(page.having("h1")) == 1
    headings = {attributes.get("id") for attributes in page.having("h2")}
    assert headings == {attributes["aria-labelledby"] for attributes in page.having("section")}
    assert page.having("html") == [{"lang": "en"}]
    assert len(page.having("title")) == 1


def test_ids_are_unique_and_links_lead_somewhere(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in page.having("a"):
        assert str(link["href"]).removeprefix("#") in ids


def test_tables_name_their_headings_and_themselves(page: Page) -> None:
    assert len(page.having("caption")) >= 7
    assert {attributes.get("scope") for attributes in page.having("th")} == {"col", "row"}
    for _, attributes in page.elements:
        if attributes.get("role") == "region":
            assert attributes["aria-label"]


def test_nothing_is_fetched(html: str, page: Page) -> None:
    policy = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'"
    assert any(str(meta.get("content")).startswith(policy) for meta in page.having("meta"))
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "action", "data"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:")), (tag, name, value)
    assert "@import" not in html


def test_a_hostile_prompt_stays_text(html: str, page: Page, hostile: str) -> None:
    assert "<script>alert" not in html
    assert "</SCRIPT>" not in html
    assert hostile in page.text
    assert len(page.having("script")) == 3
    assert all(not attributes.get("src") for attributes in page.having("script"))


@pytest.mark.parametrize(
    "text", ["</script>", "<!--<script>", "&lt;", "\u2028\u2029", "\U0001f600"]
)
def test_inlined_json_cannot_leave_its_element(text: str) -> None:
    inlined = script_json({text: [text]})
    assert not set(inlined) & set("<>&\u2028\u2029")
    assert json.loads(inlined) == {text: [text]}


def test_hostile_names_reach_no_markup(store: Path, tmp_path: Path, hostile: str) -> None:
    with duckdb.connect(str(store)) as con:
        for table, column in (
            ("problems", "data_source"),
            ("problems", "licence"),
            ("attempts", "reference"),
            ("rejects", "reason"),
            ("disagreements", "detail"),
            ("catalog_entries", "tool_name"),
            ("examples", "data_source"),
            ("builds", "law"),
            ("builds", "version"),
        ):
            con.execute(f"UPDATE {table} SET {column} = ?", [hostile])
    html = write_report(store, tmp_path / "r.html").read_text("utf-8")
    assert "<script>alert" not in html
    assert len(Page(html).having("script")) == 3
    assert hostile in json.dumps(specs(html), ensure_ascii=False).replace('\\"', '"')


def test_figures_are_those_of_the_store(loaded: Path, html: str) -> None:
    shown = dict(re.findall(r'data-fact="(\w+)">([\d,]+)<', html))
    for table in ("examples", "problems", "attempts", "catalogs", "rejects", "disagreements"):
        assert int(shown[table].replace(",", "")) == query(loaded, f"FROM {table}").height
    assert shown["models"] == "3"
    assert shown["checks_passed"] == str(len(read_folder("checks")))


def test_charts_hold_the_figures_of_the_marts(loaded: Path, html: str) -> None:
    charts = specs(html)
    assert set(charts) == {
        "chart-composition-train",
        "chart-composition-validation",
        "chart-composition-test",
        "chart-pass-rates-recorded",
        "chart-pass-rates-simulated",
        "chart-factors",
        "chart-prices",
        "chart-verdicts",
    }
    (train,) = charts["chart-composition-train"]["datasets"].values()
    assert sum(row["examples"] for row in train) == 4
    datasets = charts["chart-factors"]["datasets"].values()
    factors = next(rows for rows in datasets if "factor_p50" in rows[0])
    medians = {row["model_id"]: row["factor_p50"] for row in factors}
    sql = "SELECT model_id, factor_p50 FROM catalog_prices WHERE split = 'all'"
    assert medians == dict(query(loaded, sql).iter_rows())
    rules = json.dumps(charts["chart-pass-rates-recorded"])
    assert '{"cut": 0.15, "label": "hard below 0.15"}' in rules
    assert '{"cut": 0.65, "label": "easy from 0.65"}' in rules


def test_whatever_is_simulated_says_so(html: str) -> None:
    titles = {name: spec["title"] for name, spec in specs(html).items()}
    assert titles["chart-composition-train"] == "train: 4 rows"
    assert titles["chart-composition-test"] == "test: 1 row (simulated)"
    assert titles["chart-pass-rates-simulated"] == "simulated: 2 problems"
    assert titles["chart-verdicts"].endswith("(partly simulated)")
    for section in ("composition", "tiers", "references"):
        assert re.search(rf'<h2 id="h-{section}">[^<]*<span class="badge">simulated</span>', html)
    for cell in ("stand-in (simulated)", "hard (simulated)", "mbpp (simulated)"):
        assert cell in html
    assert "gsm8k (simulated)" not in html


def test_a_build_without_simulation_has_no_badge(store: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(store)) as con:
        con.execute(
            "UPDATE builds SET manifest = json_merge_patch(manifest, '{\"simulated\": []}')"
        )
        con.execute("UPDATE pass_rates SET method = 'measured' WHERE method = 'simulated'")
        con.execute("UPDATE attempts SET engine = 'vllm' WHERE engine = 'simulated'")
    html = write_report(store, tmp_path / "r.html").read_text("utf-8")
    assert 'class="badge"' not in html
    assert "(simulated)" not in html


def test_the_same_store_gives_the_same_bytes(loaded: Path, html: str, tmp_path: Path) -> None:
    again = write_report(loaded, tmp_path / "other-name.html")
    assert again.read_text("utf-8") == html
    assert str(loaded.parent) not in html
    assert re.search(r"20\d\d-\d\d-\d\dT", Page(html).text) is None


def test_a_reloaded_build_gives_the_same_bytes(
    html: str, make_build: Callable[..., Any], tmp_path: Path
) -> None:
    store, build = tmp_path / "w.duckdb", make_build()
    load_build(store, build.files, build.manifest)
    assert write_report(store, tmp_path / "r.html").read_text("utf-8") == html


def test_a_failed_check_is_shown(store: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(store)) as con:
        con.execute("UPDATE catalog_entries SET tool_name = 'call_model'")
    page = Page(write_report(store, tmp_path / "r.html").read_text("utf-8"))
    assert "FAILED" in page.text
    assert "call_model: 2 entries" in page.text
    assert any(attributes.get("class") == "bad" for attributes in page.having("div"))


def test_an_almost_empty_build_still_has_a_page(store: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(store)) as con:
        for table in (
            "examples",
            "attempts",
            "pass_rates",
            "rejects",
            "catalog_entries",
            "disagreements",
        ):
            con.execute(f"DELETE FROM {table}")
        con.execute("UPDATE builds SET hard_below = NULL, easy_from = NULL, base_date = NULL")
    html = write_report(store, tmp_path / "r.html").read_text("utf-8")
    assert specs(html) == {}
    assert "No row was rejected." in html


def test_the_last_build_is_shown_unless_another_is_named(
    store: Path, make_build: Callable[..., Any], tmp_path: Path
) -> None:
    other = make_build(seed=1)
    first = query(store, "SELECT build_id FROM builds").item()
    load_build(store, other.files, other.manifest)
    last = write_report(store, tmp_path / "r.html").read_text("utf-8")
    named = write_report(store, tmp_path / "r.html", build_id=first).read_text("utf-8")
    assert f"<title>xRouter build {other.build_id[:12]}" in last
    assert f"<title>xRouter build {first[:12]}" in named
    with pytest.raises(StoreError, match="no build nowhere"):
        write_report(store, tmp_path / "r.html", build_id="nowhere")


def test_a_page_that_cannot_be_written(loaded: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreSpaceError, match="cannot be written"):
        write_report(loaded, tmp_path / "file" / "r.html")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_store_is_only_read(loaded: Path, store: Path, tmp_path: Path) -> None:
    write_report(store, tmp_path / "r.html")
    assert store.read_bytes() == loaded.read_bytes()


def test_the_software_inside_is_credited(page: Page) -> None:
    assert "University of Washington Interactive Data Lab" in page.text
