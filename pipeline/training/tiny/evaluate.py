"""Was it worth it: a folder with weights is measured on rows and prices that training never saw.

One function, used before and after training. Outcomes are those of the world's law, not of draws:
only the rows are a sample, and intervals are over them.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.layout import Layout
from pipeline.rng import Floats
from pipeline.settings import Settings
from pipeline.training.tiny.baselines import baselines
from pipeline.training.tiny.cases import Case, lengths_of, read_cases
from pipeline.training.tiny.codec import open_codec
from pipeline.training.tiny.law import LEVELS, the_world
from pipeline.training.tiny.network import open_network
from pipeline.training.tiny.prices_read import Exchange, exchange_prices
from pipeline.training.tiny.scores import Comparison, Rows, Score, compare, rows_of
from schemas.examples import SPLITS

Mix = dict[str, dict[str, float]]


class Report(NamedTuple):
    """What a router does on held-out rows. Everything in it is simulated but the router.

    Attributes:
        rows: Number of them.
        cost_weight: Of the reward.
        valid: Mean probability of a valid first turn.
        closes: Mean probability that the turn after a call ends the episode well.
        sampled: Under its own probabilities.
        greedy: Of its likeliest decision.
        fixed: Rules on the same rows.
        against: The greedy router minus each rule.
        exchange: What it does when prices change places.
        mix: Probability of each tier by difficulty; what is missing to 1 is malformed.
        by_row: Expectations under its own probabilities.
        greedy_by_row: Of its likeliest decision.
    """

    rows: int
    cost_weight: float
    valid: float
    closes: float
    sampled: Score
    greedy: Score
    fixed: dict[str, Score]
    against: dict[str, Comparison]
    exchange: Exchange
    mix: Mix
    by_row: Rows
    greedy_by_row: Rows

    def summary(self) -> dict[str, Any]:
        """All but the rows, as JSON has it."""
        kept = self._replace(by_row=None, greedy_by_row=None)  # type: ignore[arg-type]
        return {"simulated": True} | {k: v for k, v in _plain(kept).items() if v is not None}


def evaluate(
    folder: Path, root: Path, settings: Settings, split: str = "test", turns: int = 2
) -> Report:
    """Measure a router.

    Args:
        folder: Its weights and tokenizer, in Hugging Face's format.
        root: Of the world.
        settings: As a run has them, see `world_settings`: the reward decides what is earned.
        split: Which rows.
        turns: Of an episode; see `chances`.

    Raises:
        InputError: There is no such world.
    """
    # Here, so that the rest of the module needs no torch.
    from pipeline.training.tiny.probabilities import chances

    world, at, reward = the_world(), Layout(root), settings.reward
    expected = lengths_of(settings, [at.examples(name) for name in SPLITS])
    cases = read_cases(at.examples(split), world, expected)
    training = read_cases(at.examples("train"), world, expected)
    network, codec = open_network(folder), open_codec(folder)

    def decide(some: Sequence[Case]) -> list[Floats]:
        return [each.decided for each in chances(network, codec, world, some, turns=1)]

    seen = chances(network, codec, world, cases, turns)
    decided, finished = [s.decided for s in seen], [s.finished for s in seen]
    likeliest = [np.eye(len(chosen))[chosen.argmax()] for chosen in decided]
    sampled = rows_of(cases, decided, reward, finished)
    greedy = rows_of(cases, likeliest, reward, finished)
    rules = baselines(training, reward)
    fixed = {name: rows_of(cases, [r(c) for c in cases], reward) for name, r in rules.items()}
    return Report(
        rows=len(cases),
        cost_weight=reward.cost_weight,
        valid=float(np.mean([chosen.sum() for chosen in decided])),
        closes=float(np.mean([each[1:].mean() for each in finished])),
        sampled=sampled.score,
        greedy=greedy.score,
        fixed={name: rows.score for name, rows in fixed.items()},
        against={name: compare(greedy, rows) for name, rows in fixed.items()},
        exchange=exchange_prices(cases, decided, decide, world, reward),
        mix=tier_mix(cases, decided),
        by_row=sampled,
        greedy_by_row=greedy,
    )


def tier_mix(cases: Sequence[Case], decided: Sequence[Floats]) -> Mix:
    """Probability of each tier, by difficulty of the problem."""
    mix: Mix = {}
    for level in LEVELS:
        some = [(c, q) for c, q in zip(cases, decided, strict=True) if c.level == level]
        total: dict[str, float] = {}
        for case, chosen in some:
            for tier, share in zip(case.tiers, chosen.tolist(), strict=True):
                total[tier] = total.get(tier, 0.0) + share / len(some)
        mix[level] = total
    return mix


class Weighed(NamedTuple):
    """Routers that were trained with different weights of cost.

    Attributes:
        scores: By weight, rising.
        non_increasing: Whether no heavier weight comes with a higher mean cost.
    """

    scores: dict[float, Score]
    non_increasing: bool


def by_weight(reports: Mapping[float, Report]) -> Weighed:
    """Mean costs over cost weights; each report is of the router trained with that weight."""
    scores = {weight: reports[weight].sampled for weight in sorted(reports)}
    costs = [score.cost for score in scores.values()]
    return Weighed(scores, all(a >= b for a, b in pairwise(costs)))


def _plain(value: Any) -> Any:
    """Named tuples as dictionaries, numbers in four digits."""
    if isinstance(value, float):
        return round(value, 4 if abs(value) > 1e-2 else 9)
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    return value
