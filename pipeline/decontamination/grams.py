"""Runs of words as numbers, for many texts at once; tables to look them up in."""

from itertools import pairwise
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


class Spans(NamedTuple):
    """Where a table holds the keys that were looked up.

    Attributes:
        asked: Positions, in what was asked, of the keys that the table holds; ascending.
        left: First place of each in the table.
        counts: How often the table holds it.
    """

    asked: Positions
    left: Positions
    counts: Positions


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

    def spans(self, keys: Hashes) -> Spans:
        """Where each key is held: little memory, however often that is."""
        maybe = np.flatnonzero(self._seen[self._slot(keys)])
        left = np.searchsorted(self.keys, keys[maybe], "left")
        counts = np.searchsorted(self.keys, keys[maybe], "right") - left
        held = counts > 0
        return Spans(maybe[held], left[held], counts[held])

    def pairs(self, spans: Spans) -> tuple[Positions, Positions]:
        """Positions, in what was asked and in the table's own keys, that hold equal keys."""
        return np.repeat(spans.asked, spans.counts), self.order[ranges(spans.left, spans.counts)]

    def matches(self, keys: Hashes) -> tuple[Positions, Positions]:
        """Pairs of positions, in `keys` and in the table's own, that hold equal keys."""
        return self.pairs(self.spans(keys))


def ranges(begins: Positions, counts: Positions) -> Positions:
    """So many numbers from each beginning on, one range after another."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    places: Positions = np.arange(total) - np.repeat(ends - counts - begins, counts)
    return places


def cuts(weights: Positions, most: int) -> list[tuple[int, int]]:
    """Ranges over things with weights; none weighs over `most` by more than its last one."""
    parts = (np.cumsum(weights) - weights) // most
    edges = np.flatnonzero(np.diff(parts)) + 1
    return list(pairwise([0, *edges.tolist(), len(weights)])) if len(weights) else []


class Groups(NamedTuple):
    """Numbers of many texts, each text's together.

    Attributes:
        keys: The numbers.
        offsets: Where each text's begin, and the end of the last.
    """

    keys: Hashes
    offsets: Positions

    def sizes(self) -> Positions:
        """How many each text has."""
        return np.diff(self.offsets)

    def of(self, texts: Positions) -> Hashes:
        """Those of some texts, one after another."""
        return self.keys[ranges(self.offsets[texts], self.sizes()[texts])]


def grouped(keys: Hashes, text: Positions, texts: int) -> Groups:
    """Keys in groups, by the texts that they stand in; those texts ascend."""
    ends = np.cumsum(np.bincount(text, minlength=texts))
    return Groups(keys, np.concatenate([[0], ends]).astype(np.int64))


def distinct(keys: Hashes, text: Positions, texts: int) -> Groups:
    """The set of keys of each text, ascending."""
    order = np.lexsort((keys, text))
    keys, text = keys[order], text[order]
    new = np.ones(len(keys), np.bool_)
    new[1:] = (keys[1:] != keys[:-1]) | (text[1:] != text[:-1])
    return grouped(keys[new], text[new], texts)
