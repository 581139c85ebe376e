"""Random choices for one row of the sample: a stage and a key come in, integers and picks go out.

Only the raw Philox bits of `pipeline.rng.generator` are used, because numpy keeps those stable
across releases while it may change how `Generator` turns them into integers.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

from pipeline.rng import generator

SEED = 20_251
"""The sample's own seed: a build's `--seed` never changes the embedded problems."""

T = TypeVar("T")
_BLOCK = 64


class Draw:
    """A stream of random choices that is a function of (`SEED`, stage, key)."""

    def __init__(self, stage: str, key: str) -> None:
        self._source = generator(SEED, f"sample/{stage}", key).bit_generator
        self._bits: list[int] = []

    def integer(self, low: int, high: int) -> int:
        """Integer with `low <= value <= high`."""
        if not self._bits:
            self._bits = [int(bits) for bits in self._source.random_raw(_BLOCK)]
        return low + self._bits.pop() % (high - low + 1)

    def pick(self, values: Sequence[T]) -> T:
        """One of `values`."""
        return values[self.integer(0, len(values) - 1)]

    def chance(self, numerator: int, denominator: int) -> bool:
        """True in `numerator` of `denominator` cases."""
        return self.integer(1, denominator) <= numerator

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """All of `values` in random order (Fisher and Yates)."""
        result = list(values)
        for last in range(len(result) - 1, 0, -1):
            other = self.integer(0, last)
            result[last], result[other] = result[other], result[last]
        return result

    def sample(self, values: Sequence[T], count: int) -> list[T]:
        """`count` distinct positions of `values`, in random order."""
        return self.shuffled(values)[:count]

    def integers(self, count: int, low: int, high: int) -> list[int]:
        """`count` independent integers."""
        return [self.integer(low, high) for _ in range(count)]

    def nonzero(self, limit: int) -> int:
        """Integer with `1 <= |value| <= limit`."""
        return self.integer(1, limit) * self.pick((-1, 1))


def plain(value: int | Fraction) -> str:
    """`7`, or `3/4` in lowest terms."""
    exact = Fraction(value)
    return (
        f"{exact.numerator}" if exact.denominator == 1 else f"{exact.numerator}/{exact.denominator}"
    )


def latex(value: int | Fraction) -> str:
    r"""`7`, or `\frac{3}{4}` in lowest terms."""
    exact = Fraction(value)
    if exact.denominator == 1:
        return f"{exact.numerator}"
    sign = "-" if exact < 0 else ""
    return rf"{sign}\frac{{{abs(exact.numerator)}}}{{{exact.denominator}}}"


def decimal(value: Fraction | int, places: int) -> str:
    """Exact value rounded half up to `places` decimals, without a detour over binary floats."""
    scaled = Fraction(value) * 10**places
    magnitude = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    digits = str(magnitude).rjust(places + 1, "0")
    sign = "-" if scaled < 0 and magnitude else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
