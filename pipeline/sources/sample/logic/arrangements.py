"""Who stands where: orders of people, and houses with several attributes."""

import numpy as np

from pipeline.sources.sample.draw import Draw
from pipeline.sources.sample.items import Family, Item, scaled, short
from pipeline.sources.sample.logic.worlds import Clue, Mask, Worlds, fair, grids, orders
from pipeline.sources.sample.words import ANIMALS, COLOURS, DRINKS, NAMES

_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
_SCENES = (
    ("finished a race, without ties", "finished", "before", "after"),
    ("stand in a queue at a bakery", "stands", "in front of", "behind"),
    ("gave one talk each, one after another", "spoke", "before", "after"),
)


def _order_clues(
    names: list[str], worlds: Worlds, scene: tuple[str, ...], level: int
) -> list[Clue]:
    _, verb, before, after = scene
    clues = []
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            if i == j:
                continue
            gap = worlds[:, i] - worlds[:, j]
            clues.append(Clue(f"{a} {verb} somewhere {before} {b}.", gap < 0))
            clues.append(Clue(f"{a} {verb} directly {after} {b}.", gap == 1))
            if level >= 3 and i < j:
                clues.append(Clue(f"Exactly one person {verb} between {a} and {b}.", abs(gap) == 2))
                clues.append(
                    Clue(f"{a} and {b} are not next to each other in the order.", abs(gap) > 1)
                )
        place = worlds[:, i]
        if level <= 2:
            clues += [
                Clue(f"{a} {verb} {word}.", place == k)
                for k, word in enumerate(_PLACES[: len(names)])
            ]
        clues += [
            Clue(f"{a} is not {word} in the order.", place != k)
            for k, word in enumerate(_PLACES[: len(names)])
        ]
    return clues


def _ordering(draw: Draw, level: int) -> Item:
    names, scene = draw.sample(NAMES, 2 + level), draw.pick(_SCENES)
    worlds = orders(len(names))
    world = draw.integer(0, len(worlds) - 1)
    clues = fair(draw, _order_clues(names, worlds, scene, level), world)
    if clues is None:
        return _ordering(draw, level)
    by_place = [names[int(i)] for i in np.argsort(worlds[world])]
    asked = draw.integer(0, len(names) - 1)
    listing = "\n".join(f"- {clue.text}" for clue in draw.shuffled(clues))
    question = (
        f"{', '.join(names[:-1])} and {names[-1]} {scene[0]}.\n{listing}\n"
        f"Who {scene[1]} {_PLACES[asked]}?"
    )
    return short(draw, question, by_place[asked], f"The only order is {', '.join(by_place)}.")


_LEADS = ("Among them are", "There are also")
Label = tuple[int, int, str]
"""A kind, a thing of that kind, and the words for whoever has it."""


def _labels(draw: Draw, count: int, kinds: int) -> list[Label]:
    lists = (
        draw.sample(NAMES, count),
        [f"the owner of the {pet}" for pet in draw.sample(ANIMALS, count)],
        [f"the person in the {colour} coat" for colour in draw.sample(COLOURS, count)],
    )
    if draw.chance(1, 2):
        lists = (
            lists[0],
            lists[1],
            [f"the {drink} drinker" for drink in draw.sample(DRINKS, count)],
        )
    return [(k, i, text) for k, texts in enumerate(lists[:kinds]) for i, text in enumerate(texts)]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _house_clues(labels: list[Label], worlds: Worlds, count: int, level: int) -> list[Clue]:
    def add(text: str, mask: Mask) -> None:
        clues.append(Clue(_sentence(text), mask))

    clues: list[Clue] = []
    for k, i, a in labels:
        here = worlds[k, i]
        for place in range(count):
            if level <= 3:
                add(f"{a} lives in house {place + 1}", here == place)
            add(f"{a} does not live in house {place + 1}", here != place)
        for m, j, b in labels:
            there = worlds[m, j]
            if m > k:
                add(f"{a} is {b}", here == there)
                add(f"{a} is not {b}", here != there)
            if (m, j) != (k, i):
                add(f"{a} lives directly to the left of {b}", here == there - 1)
                add(f"{a} lives somewhere to the right of {b}", here > there)
            if (m, j) > (k, i):
                add(f"{a} and {b} are neighbours", abs(here - there) == 1)
    return clues


def _houses(draw: Draw, level: int) -> Item:
    count, kinds = ((3, 2), (4, 2), (3, 3), (4, 3), (5, 2))[level - 1]
    worlds, labels = grids(count, kinds), _labels(draw, count, kinds)
    world = draw.integer(0, worlds.shape[-1] - 1)
    clues = fair(draw, _house_clues(labels, worlds, count, level), world)
    if clues is None:
        return _houses(draw, level)
    names = [text for kind, _, text in labels if kind == 0]
    who = dict(zip(worlds[0, :, world].tolist(), names, strict=True))
    kind, thing, asked = draw.pick([label for label in labels if label[0] > 0])
    answer = who[int(worlds[kind, thing, world])]
    listing = "\n".join(f"{i}. {clue.text}" for i, clue in enumerate(draw.shuffled(clues), start=1))
    members = [[text for k, _, text in labels if k == group] for group in range(1, kinds)]
    groups = [
        f"{lead} {', '.join(m[:-1])} and {m[-1]}." for lead, m in zip(_LEADS, members, strict=False)
    ]
    question = (
        f"{', '.join(names[:-1])} and {names[-1]} live in {count} houses in a row, numbered "
        f"1 to {count} from left to right, one person in each. {' '.join(groups)}\n"
        f"{listing}\nWhat is the name of {asked}?"
    )
    row = ", ".join(f"{place + 1} {who[place]}" for place in range(count))
    return short(draw, question, answer, f"The houses: {row}. {_sentence(asked)[:-1]} is {answer}.")


FAMILIES = (Family("ordering", scaled(_ordering)), Family("houses", scaled(_houses)))
