"""The routing page in a real browser: silent, drawn, and its figures the SQL's under any filter."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stubs.pages import CONTRAST, Visit

from warehouse.routing_report import write_routing_report
from warehouse.store import query

MARKS = ".role-mark path, .role-mark line, .role-mark text, .mark-symbol path"
# What is chosen in the form, and the same in SQL: of episodes, and of calls besides.
FILTERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "as it opens": ({}, "kind <> 'train' AND NOT is_simulated", "true"),
    "some days": (
        {"from": "2026-08-05", "to": "2026-08-11"},
        "kind <> 'train' AND NOT is_simulated AND day BETWEEN '2026-08-05' AND '2026-08-11'",
        "true",
    ),
    "a policy": (
        {"policy": "router"},
        "kind <> 'train' AND NOT is_simulated AND policy = 'router'",
        "true",
    ),
    "training, too": ({"kinds": ["train"]}, "NOT is_simulated", "true"),
    "stand-ins": ({"simulated": "1"}, "kind <> 'train' AND is_simulated", "true"),
    "a model on a day": (
        {"model": "b", "from": "2026-08-06", "to": "2026-08-06"},
        "kind <> 'train' AND NOT is_simulated AND day = '2026-08-06'",
        "model_id = 'b'",
    ),
}


@pytest.fixture(scope="module")
def report(routed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_routing_report(routed, tmp_path_factory.mktemp("browser") / "routing.html")


@pytest.fixture(scope="module")
def visit(browser: Any, report: Path) -> Visit:
    return Visit(browser, report, viewport={"width": 1200, "height": 900})


def choose(visit: Visit, wanted: dict[str, Any]) -> None:
    """Fill in the form as a user does, from what it is when the page opens."""
    page = visit.page
    page.click("#filters button[type=reset]")
    page.wait_for_function("document.body.dataset.drawn === 'yes'")
    for name in ("from", "to"):
        if name in wanted:
            page.fill(f"#f-{name}", wanted[name])
    for name in ("policy", "model"):
        if name in wanted:
            page.select_option(f"#f-{name}", label=wanted[name])
    for kind in wanted.get("kinds", ()):
        page.check(f"#filters [name=kind][value={kind}]")
    if "simulated" in wanted:
        page.check(f"#filters [name=simulated][value='{wanted['simulated']}']")
    page.wait_for_function("document.body.dataset.drawn === 'yes'")


def exact(visit: Visit, fact: str) -> str | None:
    value: str | None = visit.page.get_attribute(f"[data-fact={fact}]", "data-exact")
    return value


def nano(value: Any) -> str:
    return str(int(Decimal(value or 0) * 10**9))


def test_the_page_is_silent_and_asks_for_nothing(visit: Visit, report: Path) -> None:
    visit.page.mouse.wheel(0, 20_000)
    assert visit.requests == [report.as_uri()]
    assert visit.messages == []


def test_every_chart_is_drawn(visit: Visit) -> None:
    choose(visit, {})
    charts = visit.page.query_selector_all(".chart")
    assert len(charts) == 12
    for chart in charts:
        assert chart.query_selector_all(f"svg :is({MARKS})"), chart.get_attribute("id")
        assert chart.bounding_box()["width"] > 200


@pytest.mark.parametrize("name", FILTERS)
def test_figures_are_those_of_the_sql_under_any_filter(
    visit: Visit, routed: Path, name: str
) -> None:
    wanted, episodes, calls = FILTERS[name]
    choose(visit, wanted)
    count, cost, failed = query(
        routed,
        "SELECT count(*), sum(total_cost_usd), count(*) FILTER (WHERE is_failed) FROM fct_episode"
        f" WHERE {episodes}",
    ).row(0)
    assert exact(visit, "episodes") == str(count)
    assert exact(visit, "cost") == nano(cost)
    assert float(exact(visit, "failed") or -1) == pytest.approx(failed / count)
    shown = visit.page.inner_text("[data-fact=cost]")
    assert cost < 1 or shown == f"${cost.quantize(Decimal('0.01'), 'ROUND_HALF_UP'):,}"
    made, paid, ok = query(
        routed,
        "SELECT count(*) FILTER (WHERE status <> 'refused'), sum(cost_usd),"
        f" count(*) FILTER (WHERE status = 'ok') FROM fct_call AS c WHERE {episodes} AND {calls}",
    ).row(0)
    assert exact(visit, "calls") == str(made)
    assert exact(visit, "spend") == nano(paid)
    assert float(exact(visit, "failed-calls") or -1) == pytest.approx((made - ok) / made)
    assert visit.messages == []


def cells(visit: Visit, table: str) -> list[list[str | None]]:
    """Exact figures of a table, or its texts where it has none."""
    found: list[list[str | None]] = visit.page.evaluate(
        """(id) => [...document.querySelectorAll(`#${id} tbody tr`)].map((row) =>
            [...row.children].map((cell) => cell.dataset.exact ?? cell.textContent))""",
        table,
    )
    return found


def test_tables_are_those_of_the_marts(visit: Visit, routed: Path) -> None:
    choose(visit, {"kinds": ["train"]})
    sql = """
        SELECT policy, kind, sum(episodes)::INT, sum(total_cost_usd), sum(router_cost_usd)
        FROM cost_by_day WHERE NOT is_simulated GROUP BY ALL ORDER BY policy, kind"""
    wanted = [[p, k, str(n), nano(a), nano(b)] for p, k, n, a, b in query(routed, sql).rows()]
    found = cells(visit, "table-cost")
    assert [row[:5] for row in found[:-1]] == wanted
    assert found[-1][2] == str(sum(int(row[2]) for row in wanted))
    sql = """
        SELECT model_id, sum(calls)::INT, sum(cost_usd) FROM model_mix
        WHERE NOT is_simulated GROUP BY 1"""
    mix = {model: [str(n), nano(cost)] for model, n, cost in query(routed, sql).rows()}
    assert {r[0]: [r[1], r[3]] for r in cells(visit, "table-models") if r[0] in mix} == mix
    sql = """
        SELECT model_id, calls, p50_seconds, p95_seconds, p99_seconds FROM model_latency
        WHERE NOT is_simulated"""
    for model, *latency in query(routed, sql).rows():
        (row,) = [row for row in cells(visit, "table-latency") if row[0] == model]
        assert [float(value or 0) for value in row[1:]] == pytest.approx(latency)
    sql = """
        SELECT model_id, status, error_type, sum(calls)::INT, sum(cost_usd) FROM call_failures
        WHERE NOT is_simulated GROUP BY ALL"""
    failures = {
        (m or "none of the menu", s, e): [str(n), nano(c)]
        for m, s, e, n, c in query(routed, sql).rows()
    }
    assert {tuple(r[:3]): [r[3], r[5]] for r in cells(visit, "table-call-faults")} == failures


def test_quality_and_regret_are_those_of_the_marts(visit: Visit, routed: Path) -> None:
    choose(visit, {})
    sql = """
        SELECT policy, sum(correct) / sum(judged), sum(total_cost_usd) / sum(judged),
            sum(judged)::INT
        FROM judged_by_day WHERE kind = 'evaluate' AND NOT is_simulated GROUP BY 1"""
    rows = {row[0]: row for row in cells(visit, "table-frontier") if row[1] == "evaluate"}
    for policy, accuracy, cost, judged in query(routed, sql).rows():
        assert float(rows[policy][2] or -1) == pytest.approx(accuracy)
        assert float(rows[policy][4] or -1) == pytest.approx(float(cost))
        assert rows[policy][6] == str(judged)
    sql = """
        SELECT policy, coalesce(tier, 'unknown'), count(*), avg(regret), sum(extra_usd)
        FROM decision_regret()
        WHERE judged_by = 'bank' AND kind <> 'train' AND NOT is_simulated GROUP BY ALL"""
    regret = {(row[0], row[1]): row for row in cells(visit, "table-regret")}
    found = query(routed, sql).rows()
    assert len(found) >= 3
    for policy, tier, count, mean, extra in found:
        row = regret[policy, tier]
        assert (row[2], row[7]) == (str(count), nano(extra))
        assert float(row[3] or -1) == pytest.approx(mean, abs=1e-5)
    sql = """
        SELECT model_id, count(*), sum(over_usd), sum(under_usd) FROM routing_faults
        WHERE kind <> 'train' AND NOT is_simulated GROUP BY 1 ORDER BY 1"""
    faults = [[m, str(n), nano(a), nano(b)] for m, n, a, b in query(routed, sql).rows()]
    table = cells(visit, "table-faults-of-routing")
    assert [[row[0], row[1], row[4], row[6]] for row in table] == faults


def test_what_is_simulated_says_so(visit: Visit) -> None:
    choose(visit, {})
    badges = "h1 .badge, h2 .badge"
    assert not any(b.is_visible() for b in visit.page.query_selector_all(badges))
    choose(visit, {"simulated": "1"})
    assert all(b.is_visible() for b in visit.page.query_selector_all(badges))
    assert "(simulated)" in visit.page.inner_text("#status")
    assert "(simulated)" in visit.page.inner_text("#chart-cost")


def test_nothing_chosen_is_said_in_words(visit: Visit) -> None:
    choose(visit, {"from": "2026-08-09", "to": "2026-08-05"})
    assert exact(visit, "episodes") == "0"
    assert visit.page.inner_text("[data-fact=cost-per-episode]") == "\N{EN DASH}"
    assert "too few days" in visit.page.inner_text("#table-drift")
    assert visit.messages == []


def test_drift_is_told_from_noise(visit: Visit, routed: Path) -> None:
    choose(visit, {"policy": "router"})
    rows = {row[0]: row for row in cells(visit, "table-drift")}
    sql = """
        SELECT
            sum(cost) FILTER (WHERE day > '2026-08-11')
                / sum(n) FILTER (WHERE day > '2026-08-11'),
            sum(cost) FILTER (WHERE day <= '2026-08-11')
                / sum(n) FILTER (WHERE day <= '2026-08-11')
        FROM (
            SELECT day, sum(total_cost_usd) AS cost, sum(episodes) AS n FROM cost_by_day
            WHERE policy = 'router' AND kind <> 'train' AND NOT is_simulated AND day > '2026-08-04'
            GROUP BY day
        )"""
    now, before = query(routed, sql).row(0)
    assert float(rows["Cost of an episode"][1] or 0) == pytest.approx(float(before))
    assert float(rows["Cost of an episode"][2] or 0) == pytest.approx(float(now))
    # Nothing changed in how these were made.
    assert {row[6] for row in rows.values()} == {"within noise"}


ODDS = """() => {
  const periods = (tops, n) => tops.map((top) => ({ top, bottom: n, units: n }));
  const verdict = (a, b, n) => changed(periods(a, n), periods(b, n), true, 10).verdict;
  const tails = [[0.025, 5], [0.025, 12], [0.001, 2], [0.0005, 30], [0.025, 1000]];
  return {
    t: tails.map((tail) => tQuantile(...tail)),
    wilson: [wilson(8, 10), wilson(0, 5)],
    moved: verdict([100, 104, 96], [400, 404, 396], 1000),
    still: verdict([10, 40, 25], [30, 12, 45], 100),
  };
}"""


def test_intervals_are_those_of_the_books(visit: Visit) -> None:
    odds = visit.page.evaluate(ODDS)
    # scipy.stats.t.isf and statsmodels' proportion_confint(method="wilson").
    assert odds["t"] == pytest.approx([2.570582, 2.178813, 22.327125, 3.645959, 1.962339], rel=1e-6)
    assert odds["wilson"][0] == pytest.approx([0.4901625, 0.9433178], abs=1e-6)
    assert odds["wilson"][1] == pytest.approx([0.0, 0.4344825], abs=1e-6)
    assert (odds["moved"], odds["still"]) == ("rose", "within noise")


NAME_OF_FOCUS = "document.activeElement.name || document.activeElement.type"


def test_the_keyboard_reaches_every_filter(visit: Visit) -> None:
    visit.page.focus("#f-from")
    reached = set()
    for _ in range(30):
        reached.add(visit.page.evaluate(NAME_OF_FOCUS))
        visit.page.keyboard.press("Tab")
    wanted = "from to policy model set kind simulated button reset"
    assert set(wanted.split()) <= reached


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_narrow_light_and_dark(browser: Any, report: Path, scheme: str) -> None:
    viewport = {"width": 360, "height": 740}
    visit = Visit(browser, report, viewport=viewport, color_scheme=scheme)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert visit.page.evaluate(CONTRAST) >= 4.5
    assert visit.messages == []
