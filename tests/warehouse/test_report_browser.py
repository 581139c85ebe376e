"""The page in a real browser: no error, no request, all charts drawn, readable narrow and dark."""

from pathlib import Path
from typing import Any

import pytest
from stubs.pages import CONTRAST, Visit

from warehouse.report import write_report
from warehouse.store import query

MARKS = "svg .mark-rect path, svg .mark-symbol path, svg .mark-rule line, svg .mark-line path"


@pytest.fixture(scope="module")
def report(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(loaded, tmp_path_factory.mktemp("browser") / "report.html")


@pytest.fixture(scope="module")
def visit(browser: Any, report: Path) -> Visit:
    return Visit(browser, report, viewport={"width": 1200, "height": 900})


def test_the_page_is_silent_and_asks_for_nothing(visit: Visit, report: Path) -> None:
    visit.page.mouse.wheel(0, 10_000)
    assert visit.requests == [report.as_uri()]
    assert visit.messages == []


def test_every_chart_is_drawn(visit: Visit) -> None:
    charts = visit.page.query_selector_all(".chart")
    assert len(charts) == 8
    for chart in charts:
        assert chart.query_selector("svg") is not None
        assert len(chart.query_selector_all(MARKS)) > 0, chart.get_attribute("id")
        box = chart.bounding_box()
        assert box["width"] > 200
        assert box["height"] > 40


def test_a_bar_stands_for_every_group(visit: Visit) -> None:
    bars = "#chart-composition-train .mark-rect.role-mark path"
    assert len(visit.page.query_selector_all(bars)) == 3
    assert "hard below 0.15" in visit.page.inner_text("#chart-pass-rates-recorded")


def test_figures_on_the_page_are_those_of_the_store(visit: Visit, loaded: Path) -> None:
    for table in ("examples", "problems", "attempts", "catalogs", "rejects"):
        shown = visit.page.inner_text(f"#summary [data-fact={table}]")
        assert int(shown.replace(",", "")) == query(loaded, f"FROM {table}").height
    cells = visit.page.locator("#table-references tr, section#references tbody tr")
    row = cells.filter(has_text="alpha").first.locator("th, td").all_inner_texts()
    assert row[:6] == ["alpha", "recorded", "62.5%", "2", "8", "5"]
    totals = visit.page.locator("#composition tbody tr").filter(has_text="gsm8k").first
    assert totals.locator("td").all_inner_texts() == [
        "math",
        "1",
        "2",
        "0",
        "0",
        "3",
        "0",
        "0",
        "3",
        "2",
    ]


def test_a_hostile_prompt_is_shown_not_run(visit: Visit, hostile: str) -> None:
    prompts = visit.page.locator("#samples blockquote").all_text_contents()
    assert hostile in prompts
    assert "dialog" not in visit.messages


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_needs_no_sideways_scrolling(
    browser: Any, report: Path, scheme: str
) -> None:
    viewport = {"width": 360, "height": 740}
    visit = Visit(browser, report, viewport=viewport, color_scheme=scheme)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert visit.messages == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_is_readable(browser: Any, report: Path, scheme: str) -> None:
    visit = Visit(browser, report, color_scheme=scheme)
    assert visit.page.evaluate(CONTRAST) >= 4.5
