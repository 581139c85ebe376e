"""Math answers: recorded solutions of models, and real truths rewritten, rightly and wrongly."""

import random
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from agreement.pairs import Pair, boxed
from agreement.real import gsm8k, math_truths

_INTEGER = re.compile(r"-?\d{1,9}")
_FRACTION = re.compile(r"(-?)\\[dt]?frac\{(\d+)\}\{(\d+)\}")
_SQUARES = ("2", "3", "5", "6", "7")


def solutions(rng: random.Random, data: Path | None) -> Iterator[Pair]:
    """Models' solutions of GSM8K, with their final answer put into a box as the prompts ask."""
    for text, truth, correct in gsm8k(data):
        work, mark, answer = text.rpartition("A:")
        fine = bool(mark and answer.strip())
        reply = f"{work}\n\\boxed{{{answer.strip()}}}" if fine else text
        yield Pair("math", "GSM8K solution", reply, truth, correct, fine, "math", truth)


def rewritten(number: int, rng: random.Random, data: Path | None) -> Iterator[Pair]:
    """Truths of benchmarks in many spellings, and wrong answers beside them."""
    truths = [*math_truths(data), *(_made_up(rng) for _ in range(number // 4))]
    made = 0
    while made < number:
        rng.shuffle(truths)
        for truth in truths:
            for form, answer, right, fine in _forms(truth, rng.choice(truths), rng):
                made += 1
                text = boxed(answer, rng)
                if form == "no box":
                    text = f"So we get {answer}"
                yield Pair("math", form, text, truth, right, fine, "math", truth)


def _made_up(rng: random.Random) -> str:
    a, b, c = rng.randint(2, 40), rng.randint(2, 40), rng.randint(2, 9)
    ratio = Fraction(a, b)
    return rng.choice(
        [
            str(a * b * c), f"\\frac{{{ratio.numerator}}}{{{ratio.denominator}}}", f"{c}\\pi",
            f"{a}\\sqrt{{{rng.choice(_SQUARES)}}}",
            f"({a}, {b})", f"[{-a}, {b})", f"{a}x+{b}", f"\\{{{a}, {a + b}\\}}", f"{a}\\%",
            f"{a}.{b}", f"\\frac{{{a}\\pi}}{{{c}}}", f"x^{c} + {a}",
        ]
    )  # fmt: skip


def _forms(
    truth: str, other: str, rng: random.Random
) -> Iterator[tuple[str, str, bool | None, bool]]:
    """Form, answer, whether it is right, whether it is well-formed."""
    yield "same", truth, True, True
    if _differ(truth, other):
        yield "another truth", other, False, True
    if "\\frac" in truth:
        yield "dfrac", truth.replace("\\frac", "\\dfrac"), True, True
    if "\\pi" in truth:
        yield "other, with pi", truth.replace("\\pi", "\\pi + 1"), False, True
    if _INTEGER.fullmatch(truth):
        yield from _integers(int(truth), rng)
    elif re.search(r"\d", truth) and "=" not in truth:
        yield "other, plus one", f"{truth} + 1", False, True
    found = _FRACTION.fullmatch(truth)
    if found:
        yield from _fractions(Fraction(int(found[1] + found[2]), int(found[3])))


def _integers(value: int, rng: random.Random) -> Iterator[tuple[str, str, bool | None, bool]]:
    # Upstream's tolerance is one in ten thousand.
    yield "off by one", str(value + rng.choice([-1, 1])), False, abs(value) < 9_000
    if value:
        yield "other sign", str(-value), False, True
    if abs(value) >= 1000:
        yield "thousands", f"{value:,}", True, True
    yield "point zero", f"{value}.0", True, True
    yield "dollars", f"\\${value}", True, False
    yield "unit", f"{value}\\text{{ cm}}", True, False
    yield "named", f"x = {value}", True, False
    yield "no box", str(value), None, False


def _fractions(value: Fraction) -> Iterator[tuple[str, str, bool | None, bool]]:
    yield "slash", f"{value.numerator}/{value.denominator}", True, True
    decimal = f"{float(value):.6f}".rstrip("0").rstrip(".")
    if Fraction(decimal) == value:
        yield "decimal", decimal, True, True
    doubled = f"\\frac{{{2 * value.numerator}}}{{{2 * value.denominator}}}"
    yield "not reduced", doubled, None, False
    yield (
        "upside down",
        f"\\frac{{{value.denominator}}}{{{value.numerator}}}",
        abs(value) == 1,
        True,
    )


def _differ(truth: str, other: str) -> bool:
    """Surely different: numbers that are not equal, or texts with no letter or digit in common."""
    plain = [re.sub(r"[\s\\${}.,]|frac|text", "", text) for text in (truth, other)]
    if all(_INTEGER.fullmatch(text) for text in (truth, other)):
        return int(truth) != int(other)
    return not set(re.findall(r"\w", plain[0])) & set(re.findall(r"\w", plain[1]))
