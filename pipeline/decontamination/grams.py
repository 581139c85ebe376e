"""Runs of words as numbers, for many texts at once, and tables to look them up in."""

from typing import NamedTuple

import numpy as np

from pipeline.decontamination.tokens import Hashes, Positions

_BASE = np.uint64(0xD6E8FEB86659FD93)
_BITS = 22


class Grams(NamedTuple):
    """All runs of one length.

    Attributes:
        keys: A number per run; equal runs have equal ones.
        text: The text that it stands in.
        start: Its first word, counted from the text's first.
    """

    keys: Hashes
    text: Positions
    start: Positions


def runs(words: Hashes, offsets: Positions, n: int) -> Grams:
    """Every run of `n` words inside one text, in order."""
    lengths = np.diff(offsets)
    counts = np.maximum(lengths - n + 1, 0)
    text = np.repeat(np.arange(len(lengths)), counts)
    start = np.arange(len(text)) - np.repeat(np.cumsum(counts) - counts, counts)
    begin = offsets[text] + start
    keys = np.zeros(len(text), np.uint64)
    power = np.uint64(1)
    with np.errstate(over="ignore"):
        for k in range(n):
            power = power * _BASE
            keys += words[begin + k] * power
    return Grams(keys, text, start)


def whole(words: Hashes, offsets: Positions) -> Hashes:
    """One number per text, of all its words in order."""
    lengths = np.diff(offsets)
    place = np.arange(len(words)) - np.repeat(offsets[:-1], lengths)
    longest = int(lengths.max(initial=0))
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.full(longest + 1, _BASE, np.uint64), dtype=np.uint64)
        sums = np.concatenate([[np.uint64(0)], np.cumsum(words * powers[place], dtype=np.uint64)])
        keys: Hashes = sums[offsets[1:]] - sums[offsets[:-1]] + lengths.astype(np.uint64) * _BASE
    return keys


class Table:
    """Finds which of many keys are among some; most are not, which a bitmap tells at once."""

    def __init__(self, keys: Hashes) -> None:
        """Args: keys, in any order and maybe more than once."""
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]
        self._seen = np.zeros(2**_BITS, np.bool_)
        self._seen[self._slot(keys)] = True

    @staticmethod
    def _slot(keys: Hashes) -> Hashes:
        return keys >> np.uint64(64 - _BITS)

    def matches(self, keys: Hashes) -> tuple[Positions, Positions]:
        """Pairs of positions, in `keys` and in the table's own, that hold equal keys."""
        maybe = np.flatnonzero(self._seen[self._slot(keys)])
        left = np.searchsorted(self.keys, keys[maybe], "left")
        right = np.searchsorted(self.keys, keys[maybe], "right")
        counts = right - left
        asked = np.repeat(maybe, counts)
        within = np.arange(len(asked)) - np.repeat(np.cumsum(counts) - counts, counts)
        return asked, self.order[np.repeat(left, counts) + within]
