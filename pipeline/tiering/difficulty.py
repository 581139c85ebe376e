"""How often the stand-in is right on a problem: a declared law, not a measurement.

A problem first falls into one of three classes, by its level where it has one; its probability is
then drawn within the class. Both ends are crowded, as pass rates of real models are.
"""

import re

import numpy as np

from pipeline.rng import key_of, uniform
from pipeline.tiering.questions import Question

STAGE = "tiering/stand-in/difficulty"
_LEVEL = re.compile(r"level_([1-5])$")

# Shares of (easy, medium) by level, the rest is hard; level 0 is a problem without one. Means over
# the levels are 45 % and 30 %.
_SHARES = {
    0: (0.45, 0.30),
    1: (0.80, 0.17),
    2: (0.65, 0.25),
    3: (0.45, 0.35),
    4: (0.25, 0.40),
    5: (0.10, 0.33),
}
_EASY, _MEDIUM, _HARD = (0.90, 1.0), (0.28, 0.55), (0.0, 0.04)


def right_probability(question: Question, seed: int) -> float:
    """Probability of a right text, a function of the seed, the problem id and the level."""
    keys = np.array([key_of(question.problem_id)], np.uint64)
    kind, place = (float(uniform(seed, STAGE, keys, draw)[0]) for draw in (0, 1))
    easy, medium = _SHARES[level_of(question)]
    low, high = _EASY if kind < easy else _MEDIUM if kind < easy + medium else _HARD
    return low + (high - low) * place


def level_of(question: Question) -> int:
    """Level 1 to 5 of a row of the embedded sample, 0 for any other problem."""
    match = _LEVEL.search(question.file or "")
    return int(match.group(1)) if match else 0
