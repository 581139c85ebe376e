"""Fixed policies: which model each of them picks."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
from stubs.routing import STAMP, entry, menu

from pipeline.errors import SettingsError
from pipeline.router.engine import Router
from pipeline.router.menu import Menu
from pipeline.router.record import Episode
from pipeline.router.rules import rule_named
from pipeline.router.simulated import SimulatedSource
from pipeline.router.turns import Query, View

FOUR = Menu(
    [
        entry("small", 0.1, 0.5, tier="budget"),
        entry("coder", 0.1, 0.4, tier="specialized"),
        entry("middle", 1.0, 2.0, tier="standard"),
        entry("large", 5.0, 20.0, tier="premium"),
        entry("bargain", 1.0, 1.5, tier="premium"),
    ]
)


def run(name: str, shown: Menu = FOUR, seed: int = 0, **query: Any) -> Episode:
    router = Router(rule_named(name, seed), SimulatedSource())
    asked = Query([{"role": "user", "content": "Why?"}], **query)
    return asyncio.run(router.run(asked, shown, STAMP))


@pytest.mark.parametrize(
    ("name", "tier", "model"),
    [
        ("cheapest", None, "coder"),
        ("priciest", None, "large"),
        ("cheapest-capable", "easy", "coder"),
        ("cheapest-capable", "medium", "bargain"),
        ("cheapest-capable", None, "bargain"),
        ("cheapest-capable", "hard", "bargain"),
        ("always:middle", None, "middle"),
        ("always:nobody", None, "coder"),
    ],
)
def test_picks(name: str, tier: str | None, model: str) -> None:
    episode = run(name, tier=tier)
    assert [c["model_id"] for c in episode.calls] == [model]
    assert episode.row["mode"] == "select"
    assert episode.row["policy"] == name
    assert episode.row["propensity"] is None
    assert episode.answer == episode.texts["c1"]


def test_a_tier_that_nobody_offers_is_no_reason_to_fail() -> None:
    assert run("cheapest-capable", menu("c"), tier="hard").calls[0]["model_id"] == "c"


def test_equal_prices_give_the_first_one_shown() -> None:
    same = Menu([entry("x", 1.0, 2.0), entry("y", 1.0, 2.0)])
    assert run("cheapest", same).calls[0]["model_id"] == "x"
    assert run("priciest", same).calls[0]["model_id"] == "x"


def test_random_is_uniform_seeded_and_knows_its_propensity() -> None:
    picks = Counter(run("random", problem_id=f"p{n}").calls[0]["model_id"] for n in range(1000))
    assert set(picks) == {e.model_id for e in FOUR.entries}
    assert all(120 < count < 290 for count in picks.values())
    again = [run("random", problem_id="p1").calls[0]["model_id"] for _ in range(5)]
    assert len(set(again)) == 1
    seeds = {run("random", seed=n, problem_id="p1").calls[0]["model_id"] for n in range(30)}
    assert len(seeds) > 1
    assert run("random").row["propensity"] == 0.2


@pytest.mark.parametrize("name", ["", "dearest", "always:", "always"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="cheapest-capable"):
        rule_named(name)


def test_a_rule_says_nothing_where_its_model_did_not_answer() -> None:
    query = Query([{"role": "user", "content": "x"}])
    view = View(query, FOUR, [{"role": "tool", "content": "error"}], {})
    assert asyncio.run(rule_named("cheapest").decide(view, 1.0)).text == ""


def test_what_is_simulated_says_so() -> None:
    episode = run("cheapest")
    assert episode.row["simulated"]
    assert [c["source"] for c in episode.calls] == ["simulated"]
    assert "simulated" in episode.answer
    assert episode.row["total_cost_usd"] > 0
    json.dumps(episode.calls, default=str)
