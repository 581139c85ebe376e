"""What an answer earns: `correct * (k - penalty)`, with `penalty <= cap < k`.

Whether the answer is correct and what it cost come in, the reward goes out. Knows nothing of
episodes, graders and units of cost.
"""

import math

from pipeline.reward_settings import RewardSettings


def penalty(cost: float, settings: RewardSettings) -> float:
    """What a cost takes away.

    Args:
        cost: In the unit of the reward; may be infinite.
        settings: Weight, shape and cap.

    Returns:
        0 to `cap`: `min(weight * cost, cap)` in shape `clip`; in shape `smooth`, which never takes
        more, `cap * (1 - exp(-weight * cost / cap))`.

    Raises:
        ValueError: The cost is negative or no number.
    """
    if not cost >= 0:
        raise ValueError(f"a cost of {cost} is no cost")
    weight, cap = settings.cost_weight, settings.cap
    if weight == 0 or cap == 0:  # where an infinite cost would make a NaN
        return 0.0
    clipped = min(weight * cost, cap)
    if settings.shape == "clip":
        return clipped
    # The two are equal to the last digit where costs are small, and rounding must not turn them.
    return min(cap * -math.expm1(-weight * cost / cap), clipped)


def reward(correct: bool, cost: float, settings: RewardSettings) -> float:
    """What an answer earns; one that is not correct earns 0 whatever it cost.

    Raises:
        ValueError: It is correct and the cost is negative or no number.
    """
    return settings.k - penalty(cost, settings) if correct else 0.0
