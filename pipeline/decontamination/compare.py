"""How much a problem has of an item: candidates are found by tables, and measured one by one.

Texts and the prepared items come in, one row per pair worth a look goes out. What counts as a copy
is decided later, from these numbers alone.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from pipeline.decontamination.grams import runs
from pipeline.decontamination.near import SHINGLE, signatures
from pipeline.decontamination.references import References, exact_keys
from pipeline.decontamination.tokens import (
    NAME,
    Hashes,
    Positions,
    Tokens,
    among,
    tokenised,
)

# Shorter sentences are common to many texts: "Why?", "What is the answer?".
LEAST_SENTENCE = 4
SHORT = 20
PAIRS = pl.Schema(
    {
        "problem": pl.Int64,
        "item": pl.Int64,
        "words": pl.Int64,
        "numbers": pl.Int64,
        "exact": pl.Boolean,
        "coverage": pl.Float64,
        "covered": pl.Int64,
        "sentences": pl.Boolean,
        "jaccard": pl.Float64,
        "replaced": pl.Float64,
        "kept": pl.Float64,
    }
)


class Pair(NamedTuple):
    """One problem beside one item.

    Attributes:
        problem: Position of the problem in its chunk, then in all.
        item: Position of the item.
        words: Words of the item.
        numbers: How many of them are numbers.
        exact: Whether both have the same words.
        coverage: Share of the item's own words in runs that the problem has, too.
        covered: How many words that is.
        sentences: Whether the item stands in the problem whole, as sentences of its own.
        jaccard: Similarity of the sets of word 3-grams, templates aside.
        replaced: Share of the item's numbers that the problem lacks while it has others instead;
            0 where numbers are only left out or only added, by cutting or by an instruction.
        kept: Share of the item's numbers that the problem has.
    """

    problem: int
    item: int
    words: int
    numbers: int
    exact: bool
    coverage: float
    covered: int
    sentences: bool
    jaccard: float
    replaced: float
    kept: float


def compared(references: References, texts: pl.Series, floor: float) -> pl.DataFrame:
    """Every pair of a text and an item that is equal, or has a score of at least `floor`.

    Args:
        references: The items.
        texts: Problems.
        floor: Least coverage or similarity that is worth a row.

    Returns:
        A frame `PAIRS`, sorted by problem and item.
    """
    tokens = tokenised(texts)
    coverage = _coverages(references, tokens, floor)
    exact = set(zip(*references.exact.matches(exact_keys(tokens))[::-1], strict=True))
    exact = {(int(problem), int(item)) for item, problem in exact}
    near = set(_band_mates(references, tokens))
    measured = _measured(references, tokens, sorted(exact | near | coverage.keys()), coverage)
    rows = [
        pair
        for pair in measured
        if pair.exact or pair.coverage >= floor or pair.jaccard >= floor or pair.sentences
    ]
    return pl.DataFrame(rows, schema=PAIRS, orient="row")


def _coverages(
    references: References, tokens: Tokens, floor: float
) -> dict[tuple[int, int], float]:
    """Coverage of each pair that has enough shared runs to reach the floor."""
    found: dict[tuple[int, int], float] = {}
    for lookup in references.lookups:
        grams = runs(tokens.canonical, tokens.offsets, lookup.size)
        asked, at = lookup.table.matches(grams.keys)
        if not len(asked):
            continue
        item, start = lookup.item[at], lookup.start[at]
        length = len(references.items)
        pair = grams.text[asked] * length + item
        # Each run covers at most its own words, so that few runs cannot cover much.
        names, inverse, counts = np.unique(pair, return_inverse=True, return_counts=True)
        enough = counts * lookup.size >= floor * references.coverable[names % length]
        order = np.argsort(inverse, kind="stable")
        ends = np.concatenate([[0], np.cumsum(counts)])
        for k in np.flatnonzero(enough):
            own = start[order[ends[k] : ends[k + 1]]]
            problem, number = divmod(int(names[k]), length)
            words = _union(own, lookup.size)
            found[problem, number] = words / max(1, int(references.coverable[number]))
    return found


def _union(starts: Positions, size: int) -> int:
    """Words in the union of runs of one length."""
    ordered = np.unique(starts)
    return int(np.minimum(np.diff(ordered), size).sum()) + size


def _band_mates(references: References, tokens: Tokens) -> Iterator[tuple[int, int]]:
    """Pairs that share a band of their signatures."""
    keys, long = signatures(tokens), tokens.lengths() >= SHINGLE
    length = len(references.items)
    pairs: list[Positions] = []
    for band, table in enumerate(references.bands):
        problem, item = table.matches(keys[:, band])
        pairs.append((problem * length + item)[long[problem]])
    for pair in np.unique(np.concatenate(pairs)):
        yield divmod(int(pair), length)


def _measured(
    references: References,
    tokens: Tokens,
    pairs: list[tuple[int, int]],
    coverage: dict[tuple[int, int], float],
) -> Iterator[Pair]:
    last, one, grams = -1, tokens, np.empty(0, np.uint64)
    for problem, item in pairs:
        if problem != last:
            last, one = problem, tokens.one(problem)
            grams = np.unique(runs(one.canonical, one.offsets, SHINGLE).keys)
        theirs = references.tokens.one(item)
        shingles = references.shingles[item]
        templates = references.templates[references.suites[item]]
        own = grams[~among(grams, templates)]
        share, similarity = coverage.get((problem, item), 0.0), jaccard(own, shingles)
        if similarity and _asks_for_letters(theirs):
            similarity = min(similarity, _plain_jaccard(one, theirs))
        yield Pair(
            problem=problem,
            item=item,
            words=len(theirs.plain),
            numbers=int(theirs.number.sum()),
            exact=same_words(one, theirs),
            coverage=share,
            covered=round(share * int(references.coverable[item])),
            sentences=_as_sentences(one, theirs),
            jaccard=similarity,
            **_numbers(one, theirs),
        )


def same_words(one: Tokens, other: Tokens) -> bool:
    """Whether two texts have the same words, and at least one."""
    same = np.array_equal(one.plain, other.plain) and one.names[0] == other.names[0]
    return bool(same and len(one.plain))


def _asks_for_letters(item: Tokens) -> bool:
    """Whether a letter may be data: a short text without numbers is no formula."""
    return len(item.plain) < SHORT and not item.number.any()


def _plain_jaccard(one: Tokens, other: Tokens) -> float:
    sides = (np.unique(runs(t.plain, t.offsets, SHINGLE).keys) for t in (one, other))
    return jaccard(*sides)


def jaccard(one: Hashes, other: Hashes) -> float:
    """Similarity of two sorted sets; 0 where the second is empty."""
    if not len(other):
        return 0.0
    shared = int(among(other, one).sum())
    return shared / (len(one) + len(other) - shared)


def _numbers(one: Tokens, item: Tokens) -> dict[str, float]:
    """The shares `replaced` and `kept`."""
    theirs, counts = np.unique(item.plain[item.number], return_counts=True)
    ours, own_counts = np.unique(one.plain[one.number], return_counts=True)
    every = np.union1d(theirs, ours)
    balance = np.zeros(len(every), np.int64)
    balance[np.searchsorted(every, theirs)] += counts
    balance[np.searchsorted(every, ours)] -= own_counts
    missing, extra = int(balance[balance > 0].sum()), int(-balance[balance < 0].sum())
    total = max(1, int(counts.sum()))
    return {"replaced": min(missing, extra) / total, "kept": 1 - missing / total}


def _as_sentences(one: Tokens, item: Tokens) -> bool:
    """Whether the item's words stand in the text in a row, as whole sentences.

    An item that ends without a mark may run into what was written after it.
    """
    length = len(item.plain)
    if not LEAST_SENTENCE <= length <= len(one.plain):
        return False
    unmarked = not item.last[-1]
    begins = np.flatnonzero(one.canonical[: len(one.plain) - length + 1] == item.canonical[0])
    bounds = np.concatenate([[True], one.last[:-1]])
    for begin in begins[bounds[begins]]:
        end = begin + length
        whole = unmarked or end == len(one.plain) or one.last[end - 1]
        same = whole and np.array_equal(one.canonical[begin:end], item.canonical)
        if same and _only_variables_differ(one.plain[begin:end], item):
            return True
    return False


def _only_variables_differ(words: Hashes, item: Tokens) -> bool:
    """Whether no letter that differs is data, like a symbol that is asked for.

    One that stands in the item once, and nowhere near a number, is taken for such.
    """
    if item.number.any():
        return True
    differ = (words != item.plain) & (item.canonical == NAME)
    letters, counts = np.unique(item.plain[item.canonical == NAME], return_counts=True)
    return bool(among(item.plain[differ], letters[counts > 1]).all())
