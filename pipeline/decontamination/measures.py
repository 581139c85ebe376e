"""What a problem and an item have in common, for many pairs at once.

The words of problems, the prepared items and pairs of positions come in; one number per pair goes
out of each function. Only `stands_whole` and `plain_similarity` look at one pair at a time.
"""

from typing import NamedTuple

import numpy as np

from pipeline.decontamination.candidates import Floats
from pipeline.decontamination.grams import Groups, cuts, distinct, runs
from pipeline.decontamination.near import SHINGLE
from pipeline.decontamination.references import References, exact_keys, numbers_of
from pipeline.decontamination.tokens import NAME, Bools, Hashes, Positions, Tokens, among

# Shorter sentences are common to many texts: "Why?", "How are you?". A number tells more.
LEAST_SENTENCE, LEAST_SENTENCE_WITH_NUMBER = 4, 3
SHORT = 20
_SALT = np.uint64(0xA24BAED4963EE407)
_MOST = 2**22


class Problems(NamedTuple):
    """The problems of a chunk that have a candidate.

    Attributes:
        tokens: Words of all problems.
        keys: One number per problem, of all of its words.
        shingles: Distinct runs of `SHINGLE` words of those that have a candidate.
        salted: Every such run with its problem in one number; ascending.
        numbers: The numbers of each problem, as often as they stand there.
    """

    tokens: Tokens
    keys: Hashes
    shingles: Groups
    salted: Hashes
    numbers: Groups


def problems_of(tokens: Tokens, asked: Positions) -> Problems:
    """What is looked up in the problems at the positions `asked`."""
    grams = runs(tokens.canonical, tokens.offsets, SHINGLE)
    wanted = np.zeros(tokens.texts, np.bool_)
    wanted[asked] = True
    rows = wanted[grams.text]
    shingles = distinct(grams.keys[rows], grams.text[rows], tokens.texts)
    owner = np.repeat(np.arange(tokens.texts), shingles.sizes())
    salted = np.sort(_salted(shingles.keys, owner))
    return Problems(tokens, exact_keys(tokens), shingles, salted, numbers_of(tokens))


def _salted(keys: Hashes, problem: Positions) -> Hashes:
    with np.errstate(over="ignore"):
        return keys + problem.astype(np.uint64) * _SALT


def shared(problems: Problems, items: Groups, problem: Positions, item: Positions) -> Positions:
    """How many keys of each pair's item its problem has."""
    found = np.zeros(len(item), np.int64)
    for begin, end in cuts(items.sizes()[item], _MOST):
        part = slice(begin, end)
        owner = np.repeat(np.arange(end - begin), items.sizes()[item[part]])
        keys = _salted(items.of(item[part]), problem[part][owner])
        found[part] = np.bincount(owner[among(keys, problems.salted)], minlength=end - begin)
    return found


def similarity(
    references: References, problems: Problems, problem: Positions, item: Positions
) -> Floats:
    """Jaccard similarity of the sets of runs, templates of the item's suite aside."""
    both = shared(problems, references.own, problem, item)
    ours = problems.shingles.sizes()[problem] - _templates(references, problems, problem, item)
    union = ours + references.own.sizes()[item] - both
    share: Floats = both / np.maximum(1, union)
    return share


def _templates(
    references: References, problems: Problems, problem: Positions, item: Positions
) -> Positions:
    """How many runs of each problem are a template of the item's suite."""
    found = np.zeros(len(item), np.int64)
    for suite in np.unique(references.suite[item]):
        pairs = np.flatnonzero(references.suite[item] == suite)
        texts, inverse = np.unique(problem[pairs], return_inverse=True)
        known = among(problems.shingles.of(texts), references.templates[suite])
        sums = np.concatenate([[0], np.cumsum(known)])
        ends = np.cumsum(problems.shingles.sizes()[texts])
        counts = sums[ends] - sums[ends - problems.shingles.sizes()[texts]]
        found[pairs] = counts[inverse]
    return found


def equal(references: References, problems: Problems, problem: Positions, item: Positions) -> Bools:
    """Whether both have the same words, and at least one."""
    words = references.tokens.lengths()[item] > 0
    same: Bools = words & (problems.keys[problem] == references.keys[item])
    return same


def numbers(
    references: References, problems: Problems, problem: Positions, item: Positions
) -> tuple[Floats, Floats]:
    """The shares `replaced` and `kept`."""
    pairs = len(item)
    counts = references.numbers.sizes()[item], problems.numbers.sizes()[problem]
    owner = np.concatenate([np.repeat(np.arange(pairs), count) for count in counts])
    keys = np.concatenate([references.numbers.of(item), problems.numbers.of(problem)])
    weight = np.repeat([1, -1], [counts[0].sum(), counts[1].sum()])
    order = np.lexsort((keys, owner))
    owner, keys, weight = owner[order], keys[order], weight[order]
    new = np.ones(len(keys), np.bool_)
    new[1:] = (keys[1:] != keys[:-1]) | (owner[1:] != owner[:-1])
    balance = np.bincount(np.cumsum(new) - 1, weight) if len(keys) else np.empty(0)
    missing = np.bincount(owner[new], np.maximum(balance, 0), pairs)
    extra = np.bincount(owner[new], np.maximum(-balance, 0), pairs)
    total = np.maximum(1, counts[0])
    return np.minimum(missing, extra) / total, 1 - missing / total


def jaccard(one: Hashes, other: Hashes) -> float:
    """Similarity of two sorted sets; 0 where the second is empty."""
    if not len(other):
        return 0.0
    both = int(among(other, one).sum())
    return both / (len(one) + len(other) - both)


def same_words(one: Tokens, other: Tokens) -> bool:
    """Whether two texts have the same words, and at least one."""
    same = np.array_equal(one.plain, other.plain) and one.names[0] == other.names[0]
    return bool(same and len(one.plain))


def asks_for_letters(item: Tokens) -> bool:
    """Whether a letter may be data: a short text without numbers is no formula."""
    return len(item.plain) < SHORT and not item.number.any()


def plain_similarity(one: Tokens, other: Tokens) -> float:
    """Similarity of two texts with letters as they are."""
    sides = (np.unique(runs(t.plain, t.offsets, SHINGLE).keys) for t in (one, other))
    return jaccard(*sides)


def stands_whole(one: Tokens, item: Tokens) -> bool:
    """Whether the item's words stand in the text in a row, as whole sentences.

    An item that ends without a mark may run into what was written after it.
    """
    length = len(item.plain)
    least = LEAST_SENTENCE_WITH_NUMBER if item.number.any() else LEAST_SENTENCE
    if not least <= length <= len(one.plain):
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
