"""Rows of the tiny world as evaluation and warm start take them, with what the law says of them.

Table `examples` comes in; out go cases that know, for every decision, how often it is right and
what it costs. Knows nothing of policies.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.catalog.describe import describe
from pipeline.catalog.tariff import Usage
from pipeline.io import read_parquet
from pipeline.reward.expected import ExpectedTokens, expected_tokens
from pipeline.reward.scoring import truth_of
from pipeline.reward.unit import in_units, reference_usd
from pipeline.rng import Floats
from pipeline.router.menu import Menu
from pipeline.router.turns import Message
from pipeline.settings import Settings
from pipeline.training.tiny.law import DIRECT, EVERYDAY, World

PRICE_FIELDS = ("input_per_million", "output_per_million", "cached_input_per_million")


class Case(NamedTuple):
    """One row. Decision 0 is to answer directly, decision i to call entry i - 1.

    Attributes:
        example_id: Of the row.
        domain: Of the problem.
        kind: reasoning or everyday.
        level: True difficulty.
        menu: What is on offer.
        asked: The user's messages.
        answer: A right reply of a model.
        chance: How often each decision leads to an answer that counts, shape (decisions,).
        usd: What each costs, shape (decisions,).
        cost: The same in the unit of the reward.
        unit: Tokens of the call that the unit of the reward stands for.
    """

    example_id: str
    domain: str
    kind: str
    level: str
    menu: Menu
    asked: list[Message]
    answer: str
    chance: Floats
    usd: Floats
    cost: Floats
    unit: Usage

    @property
    def names(self) -> list[str]:
        """Tools in the order shown."""
        return [entry.tool_name for entry in self.menu.entries]

    @property
    def tiers(self) -> list[str]:
        """Of each decision, `direct` first."""
        return [DIRECT, *(str(entry.row["tier"]) for entry in self.menu.entries)]


def read_cases(path: Path, world: World, expected: ExpectedTokens) -> list[Case]:
    """Cases of a file of examples.

    Args:
        path: Of table `examples`.
        world: The law that the rows follow.
        expected: Lengths of answers in the unit of the reward.

    Raises:
        InputError: There is no such file.
    """
    return cases_of(read_parquet(path).iter_rows(named=True), world, expected)


def cases_of(
    rows: Iterable[Mapping[str, Any]], world: World, expected: ExpectedTokens
) -> list[Case]:
    """Cases of rows of table `examples`."""
    return [_case(row, world, expected) for row in rows]


def lengths_of(settings: Settings, examples: Sequence[Path]) -> ExpectedTokens:
    """Lengths of answers in the unit of the reward, as a run under these settings has them."""
    return expected_tokens(settings, examples)


def _case(row: Mapping[str, Any], world: World, expected: ExpectedTokens) -> Case:
    extra, truth = row["extra_info"], truth_of(row)
    answer = json.loads(truth.ground_truth) or world.direct.answer
    unit = Usage(truth.input_tokens, 0, round(expected.of(truth.domain, truth.tier)))
    menu = Menu.of_rows(extra["catalog"])
    tiers = [DIRECT, *(str(entry.row["tier"]) for entry in menu.entries)]
    chance = np.array([world.chance(truth.domain, truth.tier, tier) for tier in tiers])
    if truth.kind == EVERYDAY:  # a call is needless there, and its answer does not count
        chance[1:] = 0.0
    case = Case(
        extra["example_id"], truth.domain, truth.kind, truth.tier, menu,
        [dict(message) for message in row["prompt"][1:]], answer,
        chance, np.empty(0), np.empty(0), unit,
    )  # fmt: skip
    return _priced(case, menu, world)


def _priced(case: Case, menu: Menu, world: World) -> Case:
    usd = np.array([0.0, *(entry.tariff.cost(world.usage) for entry in menu.entries)])
    one = reference_usd(menu, case.unit)
    return case._replace(menu=menu, usd=usd, cost=np.array([in_units(x, one) for x in usd]))


def exchanged(case: Case, first: int, second: int, world: World) -> Case:
    """The same case with the prices of two decisions' models exchanged.

    Args:
        case: To change.
        first: Decision, 1 or more.
        second: Another one.
        world: What a call takes.
    """
    rows = [dict(entry.row) for entry in case.menu.entries]
    one, other = rows[first - 1], rows[second - 1]
    for name in PRICE_FIELDS:
        one[name], other[name] = other[name], one[name]
    for row in (one, other):
        row["price_factor"] = row["output_per_million"] / row["base_output_per_million"]
        prices = row["input_per_million"], row["output_per_million"]
        row["description"] = describe(row["tier"], row["context_window"], (), *prices)
    return _priced(case, Menu.of_rows(rows), world)
