"""Which items a problem is worth comparing with: those that tables and signatures propose.

The items and the words of problems come in, pairs of positions go out. Work and memory are bounded
by cutting it into parts, and by how many items of a suite a problem may have as mere look-alikes.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.decontamination.grams import Spans, cuts, runs
from pipeline.decontamination.near import SHINGLE, Digests, alike, bands, digests
from pipeline.decontamination.references import Lookup, References, exact_keys
from pipeline.decontamination.tokens import Positions, Tokens

Floats = npt.NDArray[np.float64]
# Matches that are held at one time.
_MATCHES = 2**22
# A candidate whose signature says that it is not half as similar as need be is not measured: at a
# similarity of 0.3 one in 5,000 would look like that, and of copies none.
_HOPE = 0.5
# Of so many items of one suite that look like a problem, the most similar ones decide.
ALIKE = 64


class Candidates(NamedTuple):
    """Pairs to be measured, sorted by problem and item.

    Attributes:
        problem: Positions of problems.
        item: Positions of items.
        coverage: Share of the item's own words in runs that the problem has, too; 0 where it could
            not reach what is worth a row.
    """

    problem: Positions
    item: Positions
    coverage: Floats


def candidates(references: References, tokens: Tokens, floor: float) -> Candidates:
    """Pairs that are equal, share enough runs, or have like signatures.

    Args:
        references: The items.
        tokens: Words of the problems.
        floor: Least coverage or similarity that is worth a row.
    """
    length = max(1, len(references.items))
    covering = [_covering(references, lookup, tokens, floor) for lookup in references.lookups]
    pairs, shares = (np.concatenate(column) for column in zip(*covering, strict=True))
    equal, item = references.exact.matches(exact_keys(tokens))
    near = _alike(references, tokens, floor)
    every = np.unique(np.concatenate([pairs, equal * length + item, near]))
    coverage = np.zeros(len(every))
    coverage[np.searchsorted(every, pairs)] = shares
    return Candidates(every // length, every % length, coverage)


def _covering(
    references: References, lookup: Lookup, tokens: Tokens, floor: float
) -> tuple[Positions, Floats]:
    """Pairs that share enough runs of one length to reach the floor, and their coverage."""
    grams = runs(tokens.canonical, tokens.offsets, lookup.size)
    spans = lookup.table.spans(grams.keys)
    text = grams.text[spans.asked]
    found: list[tuple[Positions, Floats]] = [(np.empty(0, np.int64), np.empty(0))]
    for begin, end in _parts(np.bincount(text, spans.counts, tokens.texts)):
        part = slice(*np.searchsorted(text, [begin, end]))
        asked, at = lookup.table.pairs(Spans._make(column[part] for column in spans))
        pair = grams.text[asked] * len(references.items) + lookup.item[at]
        found.append(_covered(references, lookup, pair, lookup.start[at], floor))
    pairs, shares = (np.concatenate(column) for column in zip(*found, strict=True))
    return pairs, shares


def _parts(weights: npt.ArrayLike) -> list[tuple[int, int]]:
    return cuts(np.asarray(weights, np.int64), _MATCHES)


def _covered(
    references: References, lookup: Lookup, pair: Positions, start: Positions, floor: float
) -> tuple[Positions, Floats]:
    """Share of the words that matched runs cover, for pairs that may reach the floor."""
    names, inverse, counts = np.unique(pair, return_inverse=True, return_counts=True)
    coverable = references.coverable[names % max(1, len(references.items))]
    # Each run covers at most its own words, so that few runs cannot cover much.
    enough = counts * lookup.size >= floor * coverable
    rows = enough[inverse]
    order = np.lexsort((start[rows], inverse[rows]))
    owner, start = inverse[rows][order], start[rows][order]
    words = np.zeros(len(names))
    step = np.full(len(owner), lookup.size)
    # A run that begins before the one before it ends adds only what lies beyond.
    close = owner[1:] == owner[:-1]
    step[1:][close] = np.minimum(start[1:] - start[:-1], lookup.size)[close]
    np.add.at(words, owner, step)
    return names[enough], words[enough] / np.maximum(1, coverable[enough])


def _alike(references: References, tokens: Tokens, floor: float) -> Positions:
    """Pairs that share a band of their signatures, and whose signatures are alike enough."""
    signed, long = digests(tokens), tokens.lengths() >= SHINGLE
    keys = bands(signed)
    rows = np.flatnonzero(long)
    spans = [table.spans(keys[rows, band]) for band, table in enumerate(references.bands)]
    weights = sum(np.bincount(span.asked, span.counts, len(rows)) for span in spans)
    found = [np.empty(0, np.int64)]
    for begin, end in _parts(weights):
        row, item = _mates(references, spans, begin, end)
        found.append(_hopeful(references, signed, rows[row], item, floor * _HOPE))
    return np.concatenate(found)


def _mates(
    references: References, spans: list[Spans], begin: int, end: int
) -> tuple[Positions, Positions]:
    """Pairs of some rows with the items that share a band, each once."""
    length, pairs = len(references.items), []
    for table, span in zip(references.bands, spans, strict=True):
        part = slice(*np.searchsorted(span.asked, [begin, end]))
        row, item = table.pairs(Spans._make(column[part] for column in span))
        pairs.append(row * length + item)
    row, item = np.divmod(np.unique(np.concatenate(pairs)), length)
    return row, item


def _hopeful(
    references: References, signed: Digests, problem: Positions, item: Positions, least: float
) -> Positions:
    """Those pairs whose signatures agree enough, and of each problem and suite the best."""
    shares = alike(signed, references.digests, problem, item)
    hopeful = shares >= least
    problem, item, shares = problem[hopeful], item[hopeful], shares[hopeful]
    group = problem * len(references.templates) + references.suite[item]
    order = np.lexsort((item, -shares, group))
    group = group[order]
    place = np.arange(len(group)) - np.searchsorted(group, group)
    best = order[place < ALIKE]
    return problem[best] * len(references.items) + item[best]
