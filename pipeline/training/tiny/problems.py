"""Draws problems of the tiny world: words that tell difficulty most of the time, and an answer.

A world and a seed come in, plain values go out. Knows nothing of models, prices and files.
"""

from typing import NamedTuple

import numpy as np

from pipeline.rng import generator, key_of
from pipeline.training.tiny.law import EVERYDAY, LEVELS, World
from schemas.problems import problem_id, to_json

STAGE = "tiny.problems"
SOURCE = "simulated"
# Of five wordings one is held out of training.
FOLDS = 5


class Problem(NamedTuple):
    """One problem.

    Attributes:
        problem_id: As of any problem.
        data_source: Says that it is simulated.
        domain: One of the world's.
        kind: reasoning or everyday.
        level: True difficulty.
        text: What the user asks.
        answer: The right one.
        wrong: Another one.
    """

    problem_id: str
    data_source: str
    domain: str
    kind: str
    level: str
    text: str
    answer: str
    wrong: str

    @property
    def grader(self) -> str:
        """Name in the registry of graders."""
        return "chat" if self.domain == "chat" else "short_answer"

    @property
    def ground_truth(self) -> str:
        """JSON text."""
        return to_json(None if self.grader == "chat" else self.answer)


class Problems:
    """A stream of problems, no two of one text."""

    def __init__(self, world: World, seed: int, split: str, stream: str = "") -> None:
        """Nothing is drawn yet.

        Args:
            world: The law.
            seed: Of every choice.
            split: Wordings of `train` never come in another split.
            stream: Streams of different names are independent.
        """
        self._world, self._train = world, split == "train"
        self._draws = generator(seed, f"{STAGE}{stream}", split)
        self._seen: set[str] = set()
        self._domains = list(world.domains)
        shares = np.array([world.domains[name].share for name in self._domains])
        self._shares = shares / shares.sum()

    def take(self, count: int) -> list[Problem]:
        """The next problems."""
        return [self._next() for _ in range(count)]

    def _next(self) -> Problem:
        while True:
            domain = self._domains[self._draws.choice(len(self._domains), p=self._shares)]
            everyday = self._world.domains[domain].kind == EVERYDAY
            level = "easy" if everyday else self._one(LEVELS)
            wording = self._wording(domain, level)
            text = f"{wording} for {self._one(self._world.names.all)}"
            mine = (key_of(wording) % FOLDS != 0) == self._train
            if mine and text not in self._seen:
                self._seen.add(text)
                return self._problem(domain, level, text)

    def _problem(self, domain: str, level: str, text: str) -> Problem:
        world, source = self._world, f"{SOURCE}/{domain}"
        own = world.direct.answer
        right, wrong = self._draws.choice(len(world.labels.all), 2, replace=False)
        known = self._draws.random() < world.chance(domain, level, "direct")
        return Problem(
            problem_id(source, [{"role": "user", "content": text}]),
            source,
            domain,
            world.domains[domain].kind,
            level,
            text,
            own if known else world.labels.all[right],
            # Small talk of any words is fine, so a bad reply has none.
            "..." if domain == "chat" else world.labels.all[wrong],
        )

    def _wording(self, domain: str, level: str) -> str:
        asked = self._world.domains[domain]
        parts = [
            self._one(words.get(self._near(level)) or words[level])
            for words in (asked.verbs, asked.objects, self._world.qualifiers)
        ]
        lengths = self._draws.choice(5, 2, p=self._world.digits[level])
        numbers = [int(self._draws.integers(10**n, 10 ** (n + 1))) for n in lengths]
        return " ".join(parts).format(*numbers)

    def _near(self, level: str) -> str:
        """The level that a word is taken from."""
        if self._draws.random() < self._world.reading.keep:
            return level
        return self._one(("easy", "hard")) if level == "medium" else "medium"

    def _one(self, words: tuple[str, ...]) -> str:
        return words[self._draws.integers(len(words))]
