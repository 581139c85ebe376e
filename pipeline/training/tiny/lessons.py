"""What the warm start teaches: to decide in valid form, at random, and to read a price list.

Cases come in, lessons as token ids go out. No lesson says which model suits which problem: that is
for the reward to teach.
"""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pipeline.training.tiny.cases import Case
from pipeline.training.tiny.codec import Codec, call_text, select_text
from pipeline.training.tiny.law import World

# Of the turns after a call; the others write the reply out again.
SELECTS = 0.85
LIST_THEM = "list the models"


class Lesson(NamedTuple):
    """One chat.

    Attributes:
        ids: All of it.
        learned: Which of them the router writes.
        reading: Place of the first token of the answer to a question about prices; else None.
    """

    ids: list[int]
    learned: list[bool]
    reading: int | None = None


class Shares(NamedTuple):
    """Of lessons by kind; the rest are decisions."""

    reading: float = 0.75
    listing: float = 0.03


class Teacher:
    """An endless stream of lessons."""

    def __init__(
        self, codec: Codec, world: World, cases: Sequence[Case], shares: Shares, seed: int
    ) -> None:
        self._codec, self._world, self._cases, self._shares = codec, world, cases, shares
        self._random = random.Random(f"tiny.lessons/{seed}")
        self._offers: dict[int, list[int]] = {}

    def next(self) -> Lesson:
        """The next lesson."""
        number = self._random.randrange(len(self._cases))
        case, offer = self._cases[number], self._offer(number)
        draw = self._random.random() - self._shares.reading
        if draw < 0:
            return self._answered(offer, *reading_question(self._random, case), reading=True)
        if draw < self._shares.listing:
            return self._answered(offer, LIST_THEM, "".join(case.names), reading=False)
        return self._decided(offer, case)

    def _offer(self, number: int) -> list[int]:
        if number not in self._offers:
            self._offers[number] = self._codec.offer(self._cases[number].menu)
        return self._offers[number]

    def _answered(self, offer: list[int], question: str, answer: str, reading: bool) -> Lesson:
        before = offer + self._codec.question(question)
        said = self._codec.said(answer)
        learned = [False] * len(before) + [True] * len(said)
        return Lesson(before + said, learned, len(before) if reading else None)

    def _decided(self, offer: list[int], case: Case) -> Lesson:
        """Every decision is as likely as any other."""
        codec, name = self._codec, self._random.choice([None, *case.names])
        before = offer + codec.question(case.asked[-1]["content"])
        if name is None:
            said = codec.said(self._world.direct.answer)
            return Lesson(before + said, [False] * len(before) + [True] * len(said))
        reply = self._random.choice([case.answer, *self._world.labels.all])
        select = self._random.random() < SELECTS
        pieces = (
            (before, False),
            (codec.said(call_text(name)), True),
            (codec.observation(reply), False),
            (codec.said(select_text() if select else reply), True),
        )
        ids = [token for piece, _ in pieces for token in piece]
        return Lesson(ids, [learned for piece, learned in pieces for _ in piece])


class Asked(NamedTuple):
    """A question about the price list, and its answer."""

    question: str
    answer: str


def reading_question(source: random.Random, case: Case) -> Asked:
    """A random question about a case's prices; says nothing of its problem."""
    price = dict(zip(case.names, case.usd[1:].tolist(), strict=True))
    tier = dict(zip(case.names, case.tiers[1:], strict=True))
    # Sorting asks for one comparison a name. Questions with one answer alone taught no reading.
    kind = source.choice(("sort", "sort", "reverse", "reverse", *SIMPLE))
    if kind in ("sort", "reverse"):
        falling = kind == "reverse"
        names = sorted(price, key=price.__getitem__, reverse=falling)
        return Asked(f"sort by price {'dearest' if falling else 'cheapest'} first", "".join(names))
    return SIMPLE[kind](source, price, tier)


def _cheapest(source: random.Random, price: dict[str, float], tier: dict[str, str]) -> Asked:
    return Asked("which is cheapest", min(price, key=price.__getitem__))


def _dearest(source: random.Random, price: dict[str, float], tier: dict[str, str]) -> Asked:
    return Asked("which is dearest", max(price, key=price.__getitem__))


def _cheaper(source: random.Random, price: dict[str, float], tier: dict[str, str]) -> Asked:
    pair = source.sample(sorted(price), 2)
    return Asked(f"which is cheaper {' or '.join(pair)}", min(pair, key=price.__getitem__))


def _of_tier(source: random.Random, price: dict[str, float], tier: dict[str, str]) -> Asked:
    wanted = source.choice(list(tier.values()))
    names = [name for name, of in tier.items() if of == wanted]
    return Asked(f"which {wanted} is cheapest", min(names, key=price.__getitem__))


Maker = Callable[[random.Random, dict[str, float], dict[str, str]], Asked]
SIMPLE: dict[str, Maker] = {
    "cheapest": _cheapest, "dearest": _dearest, "cheaper": _cheaper, "of_tier": _of_tier,
}  # fmt: skip
