"""Multiple choice (GPQA, SuperGPQA), with real truths where the shared data lies."""

import random
from collections.abc import Iterator
from pathlib import Path

from agreement.pairs import Pair, boxed, thoughts
from agreement.real import letters


def gpqa(number: int, rng: random.Random, data: Path | None) -> Iterator[Pair]:
    """`Answer: C` on the last line, as the prompt asks; four choices."""
    for truth in _truths(number, "ABCD", rng, data):
        form = rng.choice(
            ["right", "right", "wrong", "wrong", "bold", "bracketed", "two", "none", "word",
             "changed"]
        )  # fmt: skip
        other = rng.choice([letter for letter in "ABCD" if letter != truth])
        shown = {
            "wrong": f"Answer: {other}",
            "bold": f"**Answer: {truth}**",
            "bracketed": f"Answer: ({truth})",
            "two": f"Answer: {truth} or {other}",
            "none": "I am not sure about this one.",
            "word": "Answer: Because of this it cannot be said.",
            "changed": f"Answer: {other}\nNo, that is wrong.\nAnswer: {truth}",
        }
        text = f"{thoughts(rng)}{shown.get(form, f'Answer: {truth}')}"
        right = form not in ("wrong", "two", "none", "word")
        fine = form in ("right", "wrong", "bold")
        yield Pair("gpqa", form, text, truth, right, fine, "choice", truth)


def supergpqa(number: int, rng: random.Random, data: Path | None) -> Iterator[Pair]:
    """The letter in a box; ten choices."""
    for truth in _truths(number, "ABCDEFGHIJ", rng, data):
        form = rng.choice(
            ["right", "right", "wrong", "wrong", "text", "lower", "with words", "none", "two",
             "marker"]
        )  # fmt: skip
        other = rng.choice([letter for letter in "ABCDEFGHIJ" if letter != truth])
        shown = {
            "wrong": boxed(other, rng),
            "text": boxed(f"\\text{{{truth}}}", rng),
            "lower": boxed(truth.lower(), rng),
            "with words": boxed(f"{truth}. A Better Choice", rng),
            "two": boxed(f"{truth}, {other}", rng),
            "none": f"{thoughts(rng)}I am not sure about this one.",
            "marker": f"{thoughts(rng)}The answer is: {truth}\n",
        }
        text = shown.get(form, boxed(truth, rng))
        right = form not in ("wrong", "none", "two")
        fine = form in ("right", "wrong", "text")
        yield Pair("supergpqa", form, text, truth, right, fine, "choice", truth)


def _truths(number: int, allowed: str, rng: random.Random, data: Path | None) -> list[str]:
    real = [letter for letter in letters(data) if letter in allowed]
    return [*real, *rng.choices(allowed, k=number)][:number]
