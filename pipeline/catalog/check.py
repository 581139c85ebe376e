"""Compares the base list with LiteLLM's bundled price map, and price lists with their predecessors.

Returns findings as data; whoever calls decides how to show them. The map is read from the installed
package, never from the network.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from pipeline.catalog.models import Model, ModelList
from pipeline.catalog.prices import unit_mistake
from pipeline.providers.price_map import bundled_map

Status = Literal["equal", "differs", "accepted", "unit_mistake", "not_in_map"]
MAP_PRICES = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached_input": "cache_read_input_token_cost",
    "above_input": "input_cost_per_token_above_200k_tokens",
    "above_output": "output_cost_per_token_above_200k_tokens",
}
MAP_LIMITS = {"context_window": "max_input_tokens", "max_output_tokens": "max_output_tokens"}
SAME = 1e-9


class Finding(NamedTuple):
    """One field of one model against the map; prices in USD per million tokens."""

    model_id: str
    field: str
    status: Status
    ours: float | None = None
    theirs: float | None = None
    reason: str | None = None


class Move(NamedTuple):
    """A price that changed; `new` over `old` is its factor."""

    model_id: str
    field: str
    old: float
    new: float


class MovesDecision(NamedTuple):
    """Which moves may enter a price history."""

    accepted: tuple[Move, ...]
    refused: tuple[Move, ...]

    @property
    def ok(self) -> bool:
        """Whether no move is a slip of units."""
        return not self.refused


class CheckReport(NamedTuple):
    """Outcome of a check."""

    findings: tuple[Finding, ...]
    history: MovesDecision
    retirements: dict[str, str]
    map_version: str
    map_entries: int

    @property
    def ok(self) -> bool:
        """The gate: no slip of units, in the list or in its history."""
        return self.history.ok and not self.of("unit_mistake")

    @property
    def unexplained(self) -> list[Finding]:
        """Differences and absences that no `accepted_difference` explains."""
        return [f for f in self.findings if f.status in ("differs", "not_in_map") and not f.reason]

    def of(self, status: Status) -> list[Finding]:
        """Findings of one kind."""
        return [f for f in self.findings if f.status == status]


def check_models(models: ModelList) -> CheckReport:
    """Compare every model with LiteLLM's bundled map, and every price with the one before it."""
    known, release = bundled_map()
    findings = [f for m in models.models for f in _findings(m, known.get(m.litellm_model))]
    histories = [_history(m) for m in models.models]
    ends = {
        m.model_id: str(known[m.litellm_model]["deprecation_date"])
        for m in models.models
        if known.get(m.litellm_model, {}).get("deprecation_date")
    }
    history = MovesDecision(
        tuple(move for h in histories for move in h.accepted),
        tuple(move for h in histories for move in h.refused),
    )
    return CheckReport(tuple(findings), history, ends, release, len(known))


def price_moves_gate(
    old: Mapping[str, Mapping[str, float]], new: Mapping[str, Mapping[str, float]]
) -> MovesDecision:
    """Sort the moves between two price lists into credible ones and slips of units.

    Args:
        old: Prices by model and field, USD per million tokens.
        new: Alike; models and fields that only one side has did not move.

    Returns:
        Moves by a factor over 100 or under 1/100 as refused. A price that becomes free, or
        ends being free, is accepted: free tiers come and go.
    """
    moves = [
        Move(model_id, field, float(old[model_id][field]), float(price))
        for model_id, prices in new.items()
        for field, price in prices.items()
        if model_id in old and field in old[model_id] and price != old[model_id][field]
    ]
    slips = [move for move in moves if unit_mistake(move.old, move.new)]
    return MovesDecision(tuple(m for m in moves if m not in slips), tuple(slips))


def _history(model: Model) -> MovesDecision:
    """The gate over consecutive prices of one model."""
    lists = [
        {model.model_id: {"input": price.input, "output": price.output}} for price in model.prices
    ]
    decisions = [price_moves_gate(old, new) for old, new in pairwise(lists)]
    return MovesDecision(
        tuple(move for d in decisions for move in d.accepted),
        tuple(move for d in decisions for move in d.refused),
    )


def _findings(model: Model, entry: Mapping[str, Any] | None) -> list[Finding]:
    if entry is None:
        reason = model.accepted_difference.get("not_in_map")
        return [Finding(model.model_id, "litellm_model", "not_in_map", reason=reason)]
    base, above = model.base, model.base.above
    ours = {
        "input": base.input,
        "output": base.output,
        "cached_input": base.cached_input,
        "above_input": above.input if above else None,
        "above_output": above.output if above else None,
    }
    prices = [
        _price_finding(model, field, ours[field], _per_million(entry.get(key)))
        for field, key in MAP_PRICES.items()
    ]
    limits = [
        _finding(model, field, getattr(model, field), entry.get(key))
        for field, key in MAP_LIMITS.items()
    ]
    return [finding for finding in (*prices, *limits) if finding is not None]


def _per_million(per_token: float | None) -> float | None:
    return None if per_token is None else round(per_token * 1e6, 9)


def _price_finding(
    model: Model, field: str, ours: float | None, theirs: float | None
) -> Finding | None:
    """A price is also looked at for slips of units, which nothing can explain away."""
    if ours is not None and theirs is not None and unit_mistake(ours, theirs):
        return Finding(model.model_id, field, "unit_mistake", ours, theirs)
    return _finding(model, field, ours, theirs)


def _finding(model: Model, field: str, ours: float | None, theirs: float | None) -> Finding | None:
    """None where the map says nothing of a field, or neither side does."""
    if theirs is None:
        return None
    if ours is not None and abs(ours - theirs) <= SAME * max(1.0, abs(theirs)):
        return Finding(model.model_id, field, "equal", ours, theirs)
    reason = model.accepted_difference.get(field)
    return Finding(model.model_id, field, "accepted" if reason else "differs", ours, theirs, reason)
