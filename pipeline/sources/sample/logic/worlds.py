"""Puzzles as sets of possible worlds: clues are masks, a puzzle is fair if one world is left."""

from collections.abc import Sequence
from functools import cache
from itertools import permutations, product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.sources.sample.draw import Draw

Mask = npt.NDArray[np.bool_]
Worlds = npt.NDArray[np.int64]


class Clue(NamedTuple):
    """A sentence and the worlds in which it holds (dtype bool, one entry a world)."""

    text: str
    mask: Mask


@cache
def orders(count: int) -> Worlds:
    """All orders of `count` things: row = world, column = thing, value = place from 0."""
    return np.array(list(permutations(range(count))), dtype=np.int64)


@cache
def grids(count: int, kinds: int) -> Worlds:
    """All placements of `kinds` kinds of `count` things each: shape (kinds, count, worlds)."""
    single = orders(count)
    choices = np.array(list(product(range(len(single)), repeat=kinds)), dtype=np.int64)
    return np.ascontiguousarray(single[choices].transpose(1, 2, 0))


def left(clues: Sequence[Clue], size: int) -> Mask:
    """Worlds in which all clues hold."""
    mask = np.ones(size, dtype=np.bool_)
    for clue in clues:
        mask &= clue.mask
    return mask


def fair(draw: Draw, clues: Sequence[Clue], world: int) -> list[Clue] | None:
    """A random subset of `clues`, none of it superfluous, that leaves only `world`.

    Clues that are false in `world` are never used. None if even all true clues leave more worlds.
    """
    chosen: list[Clue] = []
    mask = np.ones(len(clues[0].mask), dtype=np.bool_)
    for clue in draw.shuffled([clue for clue in clues if clue.mask[world]]):
        narrower = mask & clue.mask
        if narrower.sum() < mask.sum():
            chosen.append(clue)
            mask = narrower
        if mask.sum() == 1:
            return _needed(chosen)
    return None


def _needed(clues: list[Clue]) -> list[Clue]:
    for clue in list(clues):
        rest = [other for other in clues if other is not clue]
        if rest and left(rest, len(clue.mask)).sum() == 1:
            clues = rest
    return clues
