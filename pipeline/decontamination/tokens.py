r"""Texts become words, and words numbers: everything after this is arithmetic on arrays.

A word is a run of letters, a number, an operator, or one character of a script without spaces.
Layout of LaTeX and punctuation are no words. Equal words have equal numbers within a process.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.decontamination.normal import normalised, vocabulary, without_names

Hashes = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = (
    rf"\\?[a-z]+|\d+(?:\.\d+)?|[<>!=]=|[+\-*/=<>%]|[.?!:\n]|[{_UNSPACED}]"
    rf"|[\p{{L}}\p{{M}}--[{_UNSPACED}a-z]][\p{{L}}\p{{M}}--[{_UNSPACED}]]*"
)
_SEED = 1
_ENDS = (".", "?", "!", ":", "\n")
NAME = np.uint64(0x9E3779B97F4A7C15)
"""Stands for any name of a variable."""


class Tokens(NamedTuple):
    """Words of many texts, one after another.

    Attributes:
        plain: The words.
        canonical: The words with `NAME` for single letters, Greek letters and names of code, and
            with one word for all that ask alike.
        number: Whether a word is a number.
        last: Whether a word ends a sentence or a line.
        offsets: Where each text begins, and the end of the last.
        names: Hash of the names in each text's code, in order.
    """

    plain: Hashes
    canonical: Hashes
    number: Bools
    last: Bools
    offsets: Positions
    names: Hashes

    @property
    def texts(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    def lengths(self) -> Positions:
        """Words of each text."""
        return np.diff(self.offsets)

    def one(self, text: int) -> "Tokens":
        """The words of one text."""
        part = slice(int(self.offsets[text]), int(self.offsets[text + 1]))
        ends = np.array([0, part.stop - part.start], np.int64)
        own = self.names[text : text + 1]
        return Tokens(
            self.plain[part], self.canonical[part], self.number[part], self.last[part], ends, own
        )


class _Special(NamedTuple):
    """Words that mean something to us, by their hash, sorted."""

    keys: Hashes
    becomes: Hashes


def hashed(words: pl.Series) -> Hashes:
    """One number per word."""
    return words.hash(_SEED).to_numpy().astype(np.uint64)


def _of(words: Iterable[str]) -> Hashes:
    return np.unique(hashed(pl.Series("text", list(words), dtype=pl.String)))


@cache
def _layout() -> Hashes:
    return _of(f"\\{word}" for word in vocabulary()["layout"])


@cache
def _names() -> Hashes:
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    return _of([*letters, *vocabulary()["greek"]])


@cache
def _asking() -> _Special:
    words = [(word, row[0]) for row in vocabulary()["asking"] for word in row]
    return _special([word for word, _ in words], [first for _, first in words])


def _special(words: list[str], become: list[str]) -> _Special:
    keys, values = (hashed(pl.Series("text", column)) for column in (words, become))
    order = np.argsort(keys)
    return _Special(keys[order], values[order])


@cache
def _same() -> _Special:
    pairs = vocabulary()["same"]
    # A backslash makes the command; the bare word `times` or `ne` is English.
    spelt = [word if not word.isalpha() else f"\\{word}" for word in pairs]
    return _special(spelt, list(pairs.values()))


def among(values: Hashes, table: Hashes) -> Bools:
    """Whether each value is in a sorted table."""
    if not len(table):
        return np.zeros(len(values), np.bool_)
    at = np.minimum(np.searchsorted(table, values), len(table) - 1)
    found: Bools = table[at] == values
    return found


def tokenised(texts: pl.Series) -> Tokens:
    """Cut texts into words.

    Args:
        texts: Any texts; null counts as empty.
    """
    text, names = without_names(normalised(texts))
    lists = text.str.extract_all(_WORD)
    words = lists.explode(empty_as_null=False, keep_nulls=False)
    owner = np.repeat(np.arange(len(texts)), lists.list.len().to_numpy())
    raw = hashed(words)
    end = among(raw, _of(_ENDS))
    keep = ~end & ~among(raw, _layout())
    plain = _replaced(raw, hashed(words.str.strip_prefix("\\")), _same())[keep]
    first = words.str.head(1).filter(pl.Series(keep))
    number = ((first >= "0") & (first <= "9")).to_numpy()
    canonical = np.where(among(plain, _names()), NAME, _replaced(plain, plain, _asking()))
    counts = np.bincount(owner[keep], minlength=len(texts))
    return Tokens(
        plain=plain,
        canonical=canonical,
        number=number,
        last=_last(end, keep),
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        names=hashed(pl.Series("text", names, dtype=pl.String)),
    )


def _replaced(words: Hashes, otherwise: Hashes, special: _Special) -> Hashes:
    """What special words become, and for all others what is given."""
    at = np.minimum(np.searchsorted(special.keys, words), len(special.keys) - 1)
    return np.where(special.keys[at] == words, special.becomes[at], otherwise)


def _last(end: Bools, keep: Bools) -> Bools:
    """For each kept word, whether an end follows before the next kept one."""
    kept = np.flatnonzero(keep)
    seen = np.concatenate([[0], np.cumsum(end)])
    following = np.append(kept[1:], len(end))
    last: Bools = seen[following] > seen[kept]
    return last
