"""How much a problem has of an item, for every pair of them that is worth a look.

Texts and the prepared items come in, one row per pair goes out. What counts as a copy is decided
later, from these numbers alone.
"""

import numpy as np
import polars as pl

from pipeline.decontamination.candidates import Candidates, Floats, candidates
from pipeline.decontamination.grams import cuts
from pipeline.decontamination.measures import (
    Problems,
    asks_for_letters,
    equal,
    numbers,
    plain_similarity,
    problems_of,
    shared,
    similarity,
    stands_whole,
)
from pipeline.decontamination.references import References
from pipeline.decontamination.tokens import Bools, Positions, tokenised

# Words of problems and items whose pairs are measured at one time.
_WORDS = 2**22
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
"""A pair: what the problem has of the item.

`problem` and `item` are positions; `words` those of the item, `numbers` how many of them are
numbers; `exact`: both have the same words; `coverage`: share of the item's own words in runs that
the problem has, too, and `covered` how many words that is; `sentences`: the item stands in the
problem whole, as sentences of its own; `jaccard`: similarity of the sets of word 3-grams, templates
aside; `replaced`: share of the item's numbers that the problem lacks while it has others instead,
0 where numbers are only left out or only added, by cutting or by an instruction; `kept`: share of
the item's numbers that the problem has.
"""


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
    found = candidates(references, tokens, floor)
    problems = problems_of(tokens, found.problem)
    weights = references.tokens.lengths()[found.item] + tokens.lengths()[found.problem]
    parts = [
        _measured(references, problems, Candidates._make(c[begin:end] for c in found), floor)
        for begin, end in cuts(weights, _WORDS)
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=PAIRS)


def _measured(
    references: References, problems: Problems, found: Candidates, floor: float
) -> pl.DataFrame:
    found, whole = _promising(references, problems, found, floor)
    pairs = references, problems, found.problem, found.item
    replaced, kept = numbers(*pairs)
    frame = pl.DataFrame(
        {
            "problem": found.problem,
            "item": found.item,
            "words": references.tokens.lengths()[found.item],
            "numbers": references.numbers.sizes()[found.item],
            "exact": equal(*pairs),
            "coverage": found.coverage,
            "covered": np.rint(found.coverage * references.coverable[found.item]),
            "sentences": _sentences(*pairs, whole),
            "jaccard": _similarity(*pairs, floor),
            "replaced": replaced,
            "kept": kept,
        }
    ).cast(PAIRS)
    enough = pl.max_horizontal("coverage", "jaccard") >= floor
    return frame.filter(pl.col("exact") | enough | pl.col("sentences"))


def _promising(
    references: References, problems: Problems, found: Candidates, floor: float
) -> tuple[Candidates, Bools]:
    """Pairs that may be worth a row, and whether all runs of the item are in the problem."""
    every = references.shingles
    own = shared(problems, references.own, found.problem, found.item)
    sizes = references.own.sizes()[found.item]
    # Without all of the item's runs it is not there whole; of few texts these are counted.
    whole = own == sizes
    pairs = found.problem[whole], found.item[whole]
    whole[whole] = shared(problems, every, *pairs) == every.sizes()[pairs[1]]
    # Two sets have at most as much in common as the smaller one has.
    alike = own >= floor * np.maximum(1, sizes)
    rows = equal(references, problems, found.problem, found.item)
    rows |= whole | alike | (found.coverage >= floor)
    return Candidates._make(column[rows] for column in found), whole[rows]


def _sentences(
    references: References, problems: Problems, problem: Positions, item: Positions, whole: Bools
) -> list[bool]:
    return [
        bool(maybe) and stands_whole(problems.tokens.one(p), references.tokens.one(i))
        for p, i, maybe in zip(problem.tolist(), item.tolist(), whole, strict=True)
    ]


def _similarity(
    references: References,
    problems: Problems,
    problem: Positions,
    item: Positions,
    floor: float,
) -> Floats:
    """Similarity; of items that may ask for a letter the lower one, with letters as they are."""
    alike = similarity(references, problems, problem, item)
    for row in np.flatnonzero(alike >= floor).tolist():
        theirs = references.tokens.one(item[row])
        if asks_for_letters(theirs):
            plain = plain_similarity(problems.tokens.one(problem[row]), theirs)
            alike[row] = min(alike[row], plain)
    return alike
