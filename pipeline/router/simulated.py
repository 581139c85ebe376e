"""A pool of stand-ins: answers without any model, for a first look and for tests of the engine.

What it writes says that it is simulated, and so does every row that it leads to. How often a
stand-in is right on a known problem is a declared law, not a measurement.
"""

import asyncio
import math
from collections.abc import Mapping
from typing import NamedTuple

from pipeline.catalog.tariff import Usage
from pipeline.rng import generator
from pipeline.router.limits import prompt_tokens
from pipeline.router.turns import CallRequest, Reply

SOURCE = "simulated"
STAGE = "router/simulated"
STRENGTH = {"premium": 2.2, "standard": 1.2, "specialized": 0.9, "budget": 0.2}
STEEPNESS = 2.5
MEAN_TOKENS = {"premium": 700, "standard": 450, "specialized": 500, "budget": 250}


class Known(NamedTuple):
    """A problem that stand-ins can be right or wrong on.

    Attributes:
        right: A right answer.
        wrong: A wrong one.
        rate: How often a reference model is right, 0 to 1.
    """

    right: str
    wrong: str
    rate: float


class SimulatedSource:
    """Answers every call at once, the same call always alike; see `CallSource`."""

    name = SOURCE

    def __init__(
        self, seed: int = 0, known: Mapping[str, Known] | None = None, delay: float = 0.0
    ) -> None:
        """Nothing is prepared.

        Args:
            seed: Of every random choice.
            known: Problems by id.
            delay: Seconds before each answer.
        """
        self._seed, self._known, self._delay = seed, known or {}, delay
        self.instant = not delay

    async def call(self, request: CallRequest, seconds: float) -> Reply:
        """Answer one call."""
        if self._delay:
            await asyncio.sleep(self._delay)
        row, query = request.entry.row, request.query
        known = self._known.get(query.problem_id or "")
        key = f"{row['model_id']}/{query.problem_id or request.messages}/{query.sample}"
        draws = generator(self._seed, STAGE, key)
        written = max(1, int(draws.gamma(4.0, MEAN_TOKENS[row["tier"]] / 4.0)))
        usage = Usage(prompt_tokens(request.messages), 0, min(written, request.max_tokens))
        if known is None:
            finish = "length" if written > request.max_tokens else "stop"
            return Reply(_placeholder(request), usage, finish, SOURCE, simulated=True)
        right = bool(draws.random() < chance(row["tier"], known.rate))
        verdict, score = ("correct", 1.0) if right else ("wrong", 0.0)
        text = known.right if right else known.wrong
        return Reply(text, usage, "stop", SOURCE, verdict=verdict, score=score, simulated=True)


def chance(tier: str, rate: float) -> float:
    """Probability that a stand-in of a tier is right where a reference is right that often."""
    ability = STRENGTH[tier] - STRENGTH["standard"]
    return 1.0 / (1.0 + math.exp(-STEEPNESS * (ability + 2.0 * (rate - 0.5))))


def _placeholder(request: CallRequest) -> str:
    asked = next(
        (str(m.get("content")) for m in reversed(request.messages) if m.get("role") == "user"), ""
    )
    return (
        f"[simulated reply of {request.entry.row['display_name']}: no model was asked] "
        f"You wrote: {asked[:200]}"
    )
