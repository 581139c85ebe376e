"""The page of metrics says what the headers say, of every metric there is."""

import pytest

from warehouse.metricspage import PAGE, documented, markdown

METRICS = (
    "cost_utility deferral_curve cpt apgr aiq router_arena_score frontier hypervolume "
    "headroom routing_mix routing_entropy call_shares latency_quantiles tier_calibration "
    "compare_policies off_policy decision_regret baselines oracle evaluation_metrics compare_runs "
    "evaluation_baselines evaluation_headroom published_results"
)


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == markdown(), "run `python -m warehouse.metricspage`"


@pytest.mark.parametrize("name", METRICS.split())
def test_every_metric_names_its_source_and_its_trap(name: str) -> None:
    headers = {file.name: file.header for file in documented()}
    assert {"what", "source", "trap"} <= set(headers[name])
    assert f"### {name}\n" in markdown()


def test_accuracy_and_cost_are_documented_where_they_are_reckoned() -> None:
    text = {file.name: file.header["source"] for file in documented()}["routing_metrics"]
    assert "accuracy is the mean score, cost_usd the mean per episode" in text
