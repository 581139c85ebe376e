"""Table answers as HiTab and MultiHiertt have them: floats, names, several ones between bars."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

from agreement.pairs import Pair, boxed
from agreement.real import table_truths

WORDS = (
    "women", "men", "rural areas", "55 and over", "15 to 19", "employed", "large companies",
    "health care and social assistance", "construction", "2016-17", "red star belgrade",
)  # fmt: skip
_FLOAT = re.compile(r"-?\d+\.\d+")


def table(number: int, rng: random.Random, samples: Path | None) -> Iterator[Pair]:
    """Real truths where there are some, else such as upstream's rows have."""
    real = list(table_truths(samples))
    made = 0
    while made < number:
        truth = rng.choice(real) if real else _made_up(rng)
        other = rng.choice(real) if real else _made_up(rng)
        for form, answer, right, fine in _forms(truth, other, rng):
            made += 1
            text = boxed(answer, rng)
            yield Pair("table", form, text, truth, right, fine, "table", truth)


def _made_up(rng: random.Random) -> str:
    kind = rng.choice(["cell", "cell", "count", "share", "words", "several", "names"])
    if kind == "several":
        return "|".join(f"{rng.uniform(1, 99):.1f}" for _ in range(rng.randint(2, 4)))
    if kind == "names":
        return "|".join(rng.sample(WORDS, rng.randint(2, 3)))
    return {
        "cell": f"{rng.uniform(1, 99):.1f}",
        "count": f"{rng.randint(1_000, 900_000)}.0",
        "share": f"{rng.uniform(0.01, 0.99):.6f}",
        "words": rng.choice(WORDS),
    }[kind]


def _forms(
    truth: str, other: str, rng: random.Random
) -> Iterator[tuple[str, str, bool | None, bool]]:
    """Form, answer, whether it is right, whether it is well-formed."""
    yield "same", truth, True, True
    if sorted(truth.lower().split("|")) != sorted(other.lower().split("|")) and _far(truth, other):
        yield "another truth", other, False, True
    if "|" in truth:
        parts = truth.split("|")
        yield "one cell short", "|".join(parts[1:]), False, True
        yield "other order", " | ".join(parts[::-1]), True, True
    elif _FLOAT.fullmatch(truth):
        yield from _numbers(float(truth), len(truth.split(".")[1]))
    elif re.search("[a-z]", truth):
        yield "text command", f"\\text{{{truth}}}", True, False
        yield "capitals", truth.title(), True, True


def _numbers(value: float, digits: int) -> Iterator[tuple[str, str, bool | None, bool]]:
    if value.is_integer():
        yield "whole", f"{value:.0f}", True, True
        if abs(value) >= 1000:
            yield "thousands", f"{value:,.0f}", True, True
            yield "dollars", f"\\${value:,.0f}", True, True
        # Upstream's tolerance is one in a thousand.
        yield "off by one", f"{value + 1:.0f}", False, abs(value) < 900
    yield "far off", f"{value * 1.07 + 1:.{digits}f}", False, True
    if 0 < abs(value) < 1 and digits >= 5:
        yield "in percent", f"{value * 100:.2f}\\%", True, True
        yield "in percent, no sign", f"{value * 100:.2f}", True, True
        yield "rounded", f"{value:.4f}", True, True
        yield "whole percent", f"{value * 100:.0f}\\%", None, False
    last = 10.0**-digits
    yield "last digit off", f"{value + last:.{digits}f}", None, False
    yield "unit", f"{value:.{digits}f} percent", None, False


def _far(truth: str, other: str) -> bool:
    """Not the same number, nor one a hundred times the other."""
    if not (_FLOAT.fullmatch(truth) and _FLOAT.fullmatch(other)):
        return True
    left, right = float(truth), float(other)
    return all(abs(left * scale - right) > 0.02 * abs(right) for scale in (0.01, 1, 100))
