"""Fixed ways of deciding that a trained router is held against, the oracle among them.

Cases come in, probabilities of decisions go out. What a rule has to learn, it learns from cases of
training.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from pipeline.reward_settings import RewardSettings
from pipeline.rng import Floats
from pipeline.training.tiny.cases import Case
from pipeline.training.tiny.scores import gates

Rule = Callable[[Case], Floats]
RANDOM, DIRECT_ONLY, CHEAPEST = "random", "always_direct", "always_cheapest"
BEST_SINGLE, PRICE_BLIND, ORACLE = "best_single", "price_ignoring", "oracle"


def baselines(training: Sequence[Case], settings: RewardSettings) -> dict[str, Rule]:
    """All rules by name.

    Args:
        training: What the best single model and the rule that ignores prices are chosen on.
        settings: Of the reward.
    """
    return {
        RANDOM: lambda case: np.full(len(case.cost), 1 / len(case.cost)),
        DIRECT_ONLY: lambda case: _only(case, 0),
        CHEAPEST: lambda case: _only(case, _cheapest(case)),
        BEST_SINGLE: _best_single(training, settings),
        PRICE_BLIND: _price_ignoring(training, settings),
        ORACLE: lambda case: _only(case, int((case.chance * gates(case, settings)).argmax())),
    }


def _only(case: Case, decision: int) -> Floats:
    chosen: Floats = np.eye(len(case.cost))[decision]
    return chosen


def _cheapest(case: Case) -> int:
    return 1 + int(case.cost[1:].argmin())


def _best_single(training: Sequence[Case], settings: RewardSettings) -> Rule:
    """One model wherever it is on offer, the cheapest elsewhere: the model that earns most so."""
    models = sorted({model for case in training for model in case.menu.offered})

    def rule(model: str) -> Rule:
        def decide(case: Case) -> Floats:
            offered = case.menu.offered
            return _only(case, 1 + offered.index(model) if model in offered else _cheapest(case))

        return decide

    earned = [case.chance * gates(case, settings) for case in training]
    rules = {model: rule(model) for model in models}
    return max(
        rules.values(),
        key=lambda decide: float(
            np.mean([decide(case) @ value for case, value in zip(training, earned, strict=True)])
        ),
    )


def _price_ignoring(training: Sequence[Case], settings: RewardSettings) -> Rule:
    """The tier that earns most for the domain and the true difficulty, at whatever price.

    It is told what a router can but guess from words, and where a tier has several models it takes
    any of them.
    """
    earned: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for case in training:
        for value, tier in zip(case.chance * gates(case, settings), case.tiers, strict=True):
            earned[case.domain, case.level, tier].append(float(value))
    means = {key: float(np.mean(values)) for key, values in earned.items()}

    def decide(case: Case) -> Floats:
        tiers = case.tiers
        best = max(tiers, key=lambda tier: means.get((case.domain, case.level, tier), 0.0))
        return np.array([tier == best for tier in tiers]) / tiers.count(best)

    return decide
