"""What the optimiser sees of a scored episode: one number, and the record of what decided it.

A score and a length come in. Knows nothing of verl.
"""

from typing import Any, NamedTuple

from pipeline.reward.scoring import Scored
from pipeline.router.record import Episode
from pipeline.training.presets import Preset
from schemas.episodes import MODES

# verl averages these, and infinity has no mean.
MOST_COST = 1e6


class Shaped(NamedTuple):
    """A reward as it is learned from.

    Attributes:
        score: Reward less what the length takes; dynamic sampling compares it within a group.
        facts: Numbers that verl averages and writes down.
    """

    score: float
    facts: dict[str, float]


def shaped(scored: Scored, tokens: int, preset: Preset) -> Shaped:
    """The reward of an episode after its length.

    Args:
        scored: What it earned.
        tokens: Of all turns and of what was read between them, beyond the longest, too.
        preset: Longest response, and what length takes.
    """
    overlong = overlong_penalty(
        tokens, preset.response_tokens, preset.overlong_tokens, preset.overlong_penalty
    )
    score = scored.reward - overlong
    modes = {f"mode_{mode}": float(scored.mode == mode) for mode in MODES}
    facts = {
        "score": score,
        "overlong": overlong,
        "earned": scored.reward,
        "correct": float(scored.correct),
        "quality": scored.quality or 0.0,
        "needless": float(scored.needless),
        "cost_usd": scored.cost_usd,
        "unit_usd": scored.unit_usd,
        "normalized_cost": min(scored.normalized_cost, MOST_COST),
        "penalty": scored.penalty,
        "calls": float(scored.calls),
        "failed_calls": float(scored.failed_calls),
        "refused_calls": float(scored.refused_calls),
    }
    return Shaped(score, facts | modes)


def overlong_penalty(tokens: int, longest: int, buffer: int, penalty: float) -> float:
    """DAPO's soft punishment: it rises linearly over the last `buffer` tokens, up to `penalty`.

    Source: equation 13 of https://arxiv.org/abs/2503.14476.
    """
    over = tokens - (longest - buffer)
    return penalty * min(1.0, over / buffer) if buffer and over > 0 else 0.0


def decision_of(episode: Episode) -> dict[str, Any]:
    """The decision itself, as plain values: what was called, what came of it, what was given."""
    row = episode.row
    kept = ("episode_id", "mode", "selected_call", "turns", "verdict", "reward", "error")
    calls = [
        {name: call.get(name) for name in ("call_id", "model_id", "status", "cost_usd", "selected")}
        for call in episode.calls
    ]
    return {name: row.get(name) for name in kept} | {"calls": calls}
