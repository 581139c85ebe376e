"""The evaluation page in a real browser: drawn, filtered, readable, and asking nobody."""

from pathlib import Path
from typing import Any

import pytest
from stubs.evaluation_runs import evaluated_store
from stubs.pages import CONTRAST, Visit

from warehouse.evaluation_report import write_evaluation_report


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    write_evaluation_report(evaluated_store(folder), folder / "e.html")
    return folder / "e.html"


@pytest.fixture(scope="module")
def visit(browser: Any, report: Path) -> Visit:
    return Visit(browser, report)


def seen(visit: Visit, selector: str) -> int:
    return sum(element.is_visible() for element in visit.page.query_selector_all(selector))


def test_charts_are_drawn_and_nobody_is_asked(visit: Visit) -> None:
    assert visit.messages == []
    assert all(url.startswith("file:") for url in visit.requests)
    assert len(visit.page.query_selector_all(".chart svg")) == 3
    text = visit.page.inner_text("#chart-suite-2")
    for name in ("router", "always:big", "tiny", "any model at random", "oracle"):
        assert name in text
    assert "(simulated)" in visit.page.inner_text("#chart-suite-3")


def test_filters_take_sections_rows_and_links_together(visit: Visit) -> None:
    page = visit.page
    page.select_option("#f-suite", "gsm8k")
    assert [seen(visit, s) for s in (".part", "#table-overview tbody tr")] == [1, 1]
    assert "Shown: 1 of 3 suites" in page.inner_text("#status")
    assert seen(visit, "nav li[data-part]") == 1
    page.select_option("#f-role", "router")
    assert seen(visit, "#table-suite-2 tbody tr") == 1
    page.select_option("#f-role", "others")
    assert seen(visit, "#table-suite-2 tbody tr") == 4
    page.select_option("#f-answers", "true")
    assert seen(visit, ".part") == 0
    page.click("#filters button")
    page.wait_for_function("document.getElementById('status').textContent.includes('3 of 3')")
    assert seen(visit, ".part") == 3
    assert visit.messages == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_narrow_light_and_dark(browser: Any, report: Path, scheme: str) -> None:
    visit = Visit(browser, report, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert visit.page.evaluate(CONTRAST) >= 4.5
    assert visit.messages == []
