"""One answer, its truth, and what the two graders should say about it."""

import json
from typing import Any, NamedTuple


class Pair(NamedTuple):
    """An answer for both graders.

    Attributes:
        domain: Key of upstream's grader.
        form: How the answer was made; disagreements are listed by it.
        text: What the model wrote.
        truth: As upstream's rows hold it.
        right: Whether the answer is right by construction; None where opinions may differ.
        well_formed: Written as the row's prompt asks, and no near miss made to test a tolerance.
        grader: Name of our grader.
        ours: Truth in the shape of our grader.
        args: Options of our grader.
        extra: Fields of `extra_info` that upstream's grader reads.
    """

    domain: str
    form: str
    text: str
    truth: Any
    right: bool | None
    well_formed: bool
    grader: str
    ours: Any
    args: dict[str, Any] = {}  # noqa: RUF012 - a default of a tuple's field, never changed
    extra: dict[str, Any] = {}  # noqa: RUF012


def thoughts(rng: Any) -> str:
    """A little text before an answer, sometimes with misleading numbers and letters."""
    return str(
        rng.choice(
            [
                "",
                "Let me work through this step by step.\n",
                "First I considered 12 and B, but that cannot be.\n\n",
                "We have 3 cases. The second one gives 7, so it is ruled out.\n",
                "<think>Maybe 5? No, 6. Or option A.</think>\n",
            ]
        )
    )


def boxed(answer: str, rng: Any) -> str:
    """A reply that ends in a box."""
    start = rng.choice(["The answer is", "Therefore,", "So we get"])
    return f"{thoughts(rng)}{start} $\\boxed{{{answer}}}$."


def tagged(answer: str, rng: Any) -> str:
    """A reply that ends in tags."""
    return f"{thoughts(rng)}<answer> {answer} </answer>"


def dumped(value: Any) -> str:
    """JSON on one line."""
    return json.dumps(value, ensure_ascii=False)
