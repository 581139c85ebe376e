"""Fixed policies: one model is called by a rule, and its reply is returned word for word.

They are the baselines of every evaluation, and what a server without a trained router runs on.
"""

import json
import random
from collections.abc import Callable
from typing import NamedTuple

from pipeline.catalog.models import SELECT_RESPONSE
from pipeline.errors import SettingsError
from pipeline.router.menu import Entry
from pipeline.router.turns import ToolCall, Turn, View

# Weakest tier that is expected to solve a problem of a difficulty.
CAPABLE = {"easy": "budget", "medium": "standard", "hard": "premium"}
STRENGTH = ("budget", "specialized", "standard", "premium")
NO_PROMPT = json.dumps({"system_prompt": ""})


class Pick(NamedTuple):
    """A choice, and how likely it was."""

    entry: Entry
    propensity: float | None = None


Rule = Callable[[View], Pick]


class FixedRule:
    """Calls the model that a rule picks, then selects its reply; see `Policy`."""

    revision: str | None = None
    instant = True

    def __init__(self, name: str, rule: Rule) -> None:
        self.name, self._rule = name, rule

    async def decide(self, view: View, seconds: float) -> Turn:
        """Pick, or select what the pick has answered; says nothing where it has not."""
        if view.replies:
            chosen = json.dumps({"call_id": next(iter(view.replies))})
            return Turn("", (ToolCall("", SELECT_RESPONSE, chosen),))
        if view.history:
            return Turn("")
        pick = self._rule(view)
        call = ToolCall("", pick.entry.tool_name, NO_PROMPT)
        return Turn("", (call,), propensity=pick.propensity)


def price(entry: Entry) -> tuple[float, float]:
    """What models are ordered by: the price of answers, then of prompts."""
    return entry.tariff.output, entry.tariff.input


def cheapest(view: View) -> Pick:
    """The lowest price; the first one shown where several have it."""
    return Pick(min(view.menu.entries, key=price))


def priciest(view: View) -> Pick:
    """The highest price."""
    return Pick(max(view.menu.entries, key=price))


def cheapest_capable(view: View) -> Pick:
    """The lowest price among the tiers that are expected to be able to.

    Difficulty comes from the query where it is known; else a standard model is taken to be needed.
    """
    needed = STRENGTH.index(CAPABLE.get(view.query.tier or "medium", "standard"))
    able = [e for e in view.menu.entries if STRENGTH.index(e.row["tier"]) >= needed]
    return Pick(min(able or view.menu.entries, key=price))


def always(model_id: str) -> Rule:
    """One model, wherever it is on offer; the cheapest one elsewhere."""

    def rule(view: View) -> Pick:
        entry = view.menu.by_model(model_id)
        return cheapest(view) if entry is None else Pick(entry)

    return rule


def at_random(seed: int) -> Rule:
    """Any model, each as likely as the others; one query always gets the same one."""

    def rule(view: View) -> Pick:
        key = f"{seed}/{view.query.problem_id}/{view.query.sample}/{view.menu.catalog_id}"
        source = random.Random(key if view.query.problem_id else None)
        entries = view.menu.entries
        return Pick(entries[source.randrange(len(entries))], 1 / len(entries))

    return rule


def rule_named(name: str, seed: int = 0) -> FixedRule:
    """The policy that a name stands for.

    Args:
        name: cheapest, priciest, cheapest-capable, random or always:MODEL.
        seed: Of the random one.

    Raises:
        SettingsError: There is no such rule.
    """
    known: dict[str, Rule] = {
        "cheapest": cheapest,
        "priciest": priciest,
        "cheapest-capable": cheapest_capable,
        "random": at_random(seed),
    }
    kind, _, model = name.partition(":")
    if kind == "always" and model:
        return FixedRule(name, always(model))
    if name not in known:
        raise SettingsError(
            f"unknown policy {name!r}; rules are {', '.join(known)} and always:MODEL"
        )
    return FixedRule(name, known[name])
