"""A few random numbers per key, all keys in one go. Numbers come from `pipeline.rng` only."""

from collections.abc import Iterable, Sequence
from itertools import cycle

import numpy as np

from pipeline.rng import key_of, uniform

PER_KEY = 12


class Draws:
    """Numbers in [0, 1), one after the other; after the last one the first comes again."""

    def __init__(self, values: Iterable[float]) -> None:
        self._values = cycle(values)

    def random(self) -> float:
        """The next number."""
        return next(self._values)

    def below(self, count: int) -> int:
        """The next number as an integer with `0 <= value < count`."""
        return int(self.random() * count)


def draws_for(seed: int, stage: str, keys: Sequence[str]) -> list[Draws]:
    """`PER_KEY` numbers for each key."""
    numbers = np.array([key_of(key) for key in keys], np.uint64)
    # One call for all of them: neighbouring keys give unrelated numbers.
    table = uniform(seed, stage, np.add.outer(numbers, np.arange(PER_KEY, dtype=np.uint64)))
    return [Draws(row) for row in table.tolist()]
