import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.catalog.check import MAP_PRICES, check_models, price_moves_gate
from pipeline.catalog.load import load_models

SHARED = Path(
    os.environ.get("XROUTER_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared")
)
EVENTS = SHARED / "data" / "prices" / "price_events_2025.csv"
FIRST = 'litellm_model = "first"'


def test_the_packaged_list_agrees_with_the_bundled_map(models):
    report = check_models(models)
    assert report.ok
    # A newer LiteLLM may bring differences in limits; `catalog check` lists them. No price slips.
    assert not {f.field for f in report.unexplained} & set(MAP_PRICES)
    assert report.map_entries > 1000
    checked = {f.model_id for f in report.findings if f.status != "not_in_map"}
    assert len(checked) >= 15
    assert {(f.model_id, f.field) for f in report.of("equal")} >= {
        ("gpt-4.1-nano", "output"),
        ("o3", "input"),
        ("gemini-2.5-pro", "above_output"),
    }


def test_live_models_that_are_absent_say_why(models):
    live = {model.model_id for model in models.models if model.enabled}
    absent = [f for f in check_models(models).of("not_in_map") if f.model_id in live]
    assert absent
    assert all(finding.reason for finding in absent)


def find(path, field):
    report = check_models(load_models(path))
    found = next(f for f in report.findings if (f.model_id, f.field) == ("first", field))
    return report, found


def test_a_slip_of_units_fails_the_gate(listed):
    prices = ("input = 1.0\noutput = 2.0\ncached_input = 0.5", "input = 1.25\noutput = 1001.0")
    report, found = find(listed((FIRST, 'litellm_model = "gpt-5"'), prices), "output")
    assert (found.status, found.ours, found.theirs) == ("unit_mistake", 1001.0, 10.0)
    assert not report.ok


def test_a_slip_of_units_cannot_be_explained_away(listed):
    replacements = (
        (FIRST, 'litellm_model = "gpt-5"\naccepted_difference.output = "a special offer"'),
        ("input = 1.0\noutput = 2.0\ncached_input = 0.5", "input = 0.001\noutput = 0.0999"),
    )
    report, found = find(listed(*replacements), "output")
    assert found.status == "unit_mistake"
    assert not report.ok


def test_a_difference_is_listed_with_both_values(listed):
    report, found = find(listed((FIRST, 'litellm_model = "gpt-5"')), "output")
    assert (found.status, found.ours, found.theirs) == ("differs", 2.0, 10.0)
    assert found in report.unexplained
    assert report.ok


def test_an_explained_difference_is_accepted(listed):
    why = 'litellm_model = "gpt-5"\naccepted_difference.output = "a contract of ours"'
    report, found = find(listed((FIRST, why)), "output")
    assert (found.status, found.reason) == ("accepted", "a contract of ours")
    assert found not in report.unexplained


def test_an_unknown_model_is_not_in_the_map(listed):
    _, found = find(listed((FIRST, 'litellm_model = "nobody/nothing"')), "litellm_model")
    assert found.status == "not_in_map"


def test_a_slip_in_the_history_fails_the_gate(listed):
    later = '\n[[models.prices]]\ndate = 2025-02-01\ninput = 1.0\noutput = 900.0\nsource = "x"\n'
    path = listed(('source = "test"\n', 'source = "test"' + later))
    report = check_models(load_models(path))
    assert [(m.field, m.old, m.new) for m in report.history.refused] == [("output", 2.0, 900.0)]
    assert not report.ok


def test_the_moves_gate_sorts_moves():
    old = {"a": {"input": 1.0, "output": 2.0}, "b": {"input": 1.0}, "gone": {"input": 1.0}}
    new = {"a": {"input": 0.005, "output": 4.0}, "b": {"input": 0.0}, "here": {"input": 1.0}}
    decision = price_moves_gate(old, new)
    assert [(m.model_id, m.field) for m in decision.accepted] == [("a", "output"), ("b", "input")]
    assert [(m.model_id, m.field) for m in decision.refused] == [("a", "input")]
    assert not decision.ok
    assert price_moves_gate(old, old).ok


@pytest.mark.skipif(not EVENTS.exists(), reason=f"no {EVENTS.name} in the shared data")
def test_the_gate_finds_the_slips_of_a_real_history():
    fields = {"input": "input_cost_per_token", "output": "output_cost_per_token"}
    seen: dict[str, dict[str, float]] = {}
    refused = accepted = 0
    with EVENTS.open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            prices = {name: float(row[key]) * 1e6 for name, key in fields.items() if row[key]}
            if row["event"] == "changed" and row["model"] in seen:
                decision = price_moves_gate({"m": seen[row["model"]]}, {"m": prices})
                refused += len(decision.refused)
                accepted += len(decision.accepted)
            seen[row["model"]] = prices
    assert refused > 50
    assert accepted > 100


@pytest.mark.slow
def test_every_listed_model_resolves_in_litellm_itself(models):
    code = "import litellm; print('\\n'.join(litellm.model_cost))"
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        capture_output=True,
        text=True,
        check=True,
    )
    names = set(found.stdout.splitlines())
    absent = {f.model_id for f in check_models(models).of("not_in_map")}
    assert {m.model_id for m in models.models if m.litellm_model not in names} == absent
