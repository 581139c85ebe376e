"""The tiny world's declared law: who is how often right, what a call costs, which words are used.

A TOML file comes in, typed values go out. Draws nothing, and knows nothing of rows and files.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.catalog.laws import Law, law_named
from pipeline.catalog.load import load_models, read_toml
from pipeline.catalog.models import ModelList
from pipeline.catalog.tariff import Usage
from pipeline.errors import InputError

HERE = Path(__file__).parent
WORLD_FILE, MODELS_FILE, LAWS_FILE = (HERE / f"{n}.toml" for n in ("world", "models", "laws"))
PRICE_LAW = "tiny"
LEVELS = ("easy", "medium", "hard")
EVERYDAY, SPECIALIZED, STANDARD, DIRECT = "everyday", "specialized", "standard", "direct"

# By difficulty.
Words = dict[str, tuple[str, ...]]
Rates = dict[str, float]


class Part(BaseModel):
    """Base of all parts of the world."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Domain(Part):
    """What is asked in one domain, and in which words."""

    share: float
    kind: Literal["reasoning", "everyday"]
    specialists: Literal["budget", "standard", "premium"]
    verbs: Words
    objects: Words


class Direct(Part):
    """What the router knows by itself."""

    answer: str
    success: Rates


class Tokens(Part):
    """Of one call."""

    input: int
    output: int


class Reading(Part):
    """How far words tell difficulty."""

    keep: float


class Several(Part):
    """A list of words."""

    all: tuple[str, ...]


class World(Part):
    """The whole law."""

    success: dict[str, Rates]
    direct: Direct
    labels: Several
    tokens: Tokens
    reading: Reading
    qualifiers: Words
    names: Several
    digits: dict[str, tuple[float, ...]]
    domains: dict[str, Domain]

    @property
    def usage(self) -> Usage:
        """Tokens of one call."""
        return Usage(self.tokens.input, 0, self.tokens.output)

    def chance(self, domain: str, level: str, tier: str) -> float:
        """How often a model of a tier is right.

        Args:
            domain: Of the problem.
            level: Its difficulty.
            tier: Of the model; `direct` is the router itself.
        """
        asked = self.domains[domain]
        if tier == DIRECT:
            return 1.0 if asked.kind == EVERYDAY else self.direct.success[level]
        as_good_as = asked.specialists if tier == SPECIALIZED else tier
        return self.success[as_good_as][level]


@cache
def the_world(path: Path = WORLD_FILE) -> World:
    """The law of a file.

    Raises:
        InputError: The file cannot be used.
    """
    try:
        return World.model_validate(read_toml(path))
    except ValidationError as error:
        raise InputError(f"{path}: {error}") from error


def the_models() -> ModelList:
    """The invented models."""
    return load_models(MODELS_FILE)


def the_prices() -> Law:
    """How their prices move."""
    return law_named(PRICE_LAW, LAWS_FILE)
