"""Are prices read? The prices of a router's two favourite models are exchanged in every catalogue.

Cases and probabilities before and after come in, a typed summary goes out.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.reward_settings import RewardSettings
from pipeline.rng import Floats
from pipeline.training.tiny.cases import Case, exchanged
from pipeline.training.tiny.law import World
from pipeline.training.tiny.scores import gates

Decide = Callable[[Sequence[Case]], Sequence[Floats]]


class Moved(NamedTuple):
    """Mean probabilities before and after the exchange.

    Attributes:
        cases: How many.
        favourite: Of the model that had most.
        favourite_after: The same.
        second: Of the model that had most after it.
        second_after: The same.
        lost: Share of its probability that the favourite lost.
    """

    cases: int
    favourite: float
    favourite_after: float
    second: float
    second_after: float
    lost: float


class Exchange(NamedTuple):
    """What an exchange of prices did.

    Attributes:
        dearer: Cases in which the favourite became dearer.
        dearer_same_tier: Those of them in which both models are of one tier.
        cheaper: Cases in which the favourite became cheaper.
        greedy_changed: Share of cases in which the likeliest decision is another one.
        reward_of_old_choice: At the new prices.
        reward_of_new_choice: Likewise.
    """

    dearer: Moved
    dearer_same_tier: Moved
    cheaper: Moved
    greedy_changed: float
    reward_of_old_choice: float
    reward_of_new_choice: float


def exchange_prices(
    cases: Sequence[Case],
    before: Sequence[Floats],
    decide: Decide,
    world: World,
    settings: RewardSettings,
) -> Exchange:
    """Exchange and look.

    Args:
        cases: With at least two models each; others are left out.
        before: Probabilities of decisions.
        decide: Gives those of other cases.
        world: What a call takes.
        settings: Of the reward.
    """
    kept = [(case, chosen) for case, chosen in zip(cases, before, strict=True) if len(chosen) > 2]
    pairs = [1 + np.argsort(-chosen[1:], kind="stable")[:2] for _, chosen in kept]
    swapped = [
        exchanged(case, int(pair[0]), int(pair[1]), world)
        for (case, _), pair in zip(kept, pairs, strict=True)
    ]
    after = decide(swapped)
    shares = np.array(
        [
            (old[a], new[a], old[b], new[b])
            for (_, old), new, (a, b) in zip(kept, after, pairs, strict=True)
        ]
    )
    rises = np.array([c.cost[a] < c.cost[b] for (c, _), (a, b) in zip(kept, pairs, strict=True)])
    falls = np.array([c.cost[a] > c.cost[b] for (c, _), (a, b) in zip(kept, pairs, strict=True)])
    alike = np.array([c.tiers[a] == c.tiers[b] for (c, _), (a, b) in zip(kept, pairs, strict=True)])
    worth = [case.chance * gates(case, settings) for case in swapped]
    old_choice = [int(chosen.argmax()) for _, chosen in kept]
    new_choice = [int(chosen.argmax()) for chosen in after]
    return Exchange(
        _moved(shares[rises]),
        _moved(shares[rises & alike]),
        _moved(shares[falls]),
        float(np.mean([a != b for a, b in zip(old_choice, new_choice, strict=True)])),
        float(np.mean([w[d] for w, d in zip(worth, old_choice, strict=True)])),
        float(np.mean([w[d] for w, d in zip(worth, new_choice, strict=True)])),
    )


def _moved(shares: Floats) -> Moved:
    if not len(shares):
        return Moved(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    favourite, favourite_after, second, second_after = (float(x) for x in shares.mean(0))
    lost = 1 - favourite_after / favourite if favourite else 0.0
    return Moved(len(shares), favourite, favourite_after, second, second_after, lost)
