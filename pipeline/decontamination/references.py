"""The items of all suites, ready to be looked up.

Table `ReferenceTexts` comes in. Runs of words that many items of one suite share are its template,
and count for nothing: only what is an item's own tells that a problem is a copy of it.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl

from pipeline.decontamination.grams import Grams, Table, runs, whole
from pipeline.decontamination.near import SHINGLE, signatures
from pipeline.decontamination.normal import points_apart
from pipeline.decontamination.tokens import NAME, Bools, Hashes, Positions, Tokens, tokenised

SIZES = (13, 8, 5, 4)
"""Lengths of runs, in words: 13 as in GPT-3's report, less for items of few words."""
_LEAST_WORDS = (65, 40, 5, 4)
_TEMPLATE_ITEMS = 5
_TEMPLATE_SHARE = 0.01


class Lookup(NamedTuple):
    """Runs of one length that stand for items."""

    size: int
    table: Table
    item: Positions
    start: Positions


class References(NamedTuple):
    """All items.

    Attributes:
        suites: Suite of each item.
        items: Name of each item in its suite.
        tokens: Their words.
        exact: Finds an item by all of its words.
        lookups: Find items by runs of words, one per length.
        size: Length of the runs that stand for each item; 0: too short for any.
        coverable: Words of each item in runs that are no template.
        shingles: Per item its distinct runs of `SHINGLE` words that are no template.
        templates: Per suite the sorted runs of `SHINGLE` words that are.
        bands: Keys of the items' MinHash bands.
    """

    suites: list[str]
    items: list[str]
    tokens: Tokens
    exact: Table
    lookups: tuple[Lookup, ...]
    size: Positions
    coverable: Positions
    shingles: list[Hashes]
    templates: dict[str, Hashes]
    bands: tuple[Table, ...]


def exact_keys(tokens: Tokens) -> Hashes:
    """One number per text; equal ones have the same words and the same names of code."""
    with np.errstate(over="ignore"):
        return whole(tokens.plain, tokens.offsets) + tokens.names


def prepared(references: pl.DataFrame) -> References:
    """Read the items.

    Args:
        references: Table `ReferenceTexts`.
    """
    ordered = _spellings(references)
    suites = ordered["suite"].to_list()
    owners = ordered.select(
        pl.col("suite").rank("dense").cast(pl.Int64),
        pl.struct("suite", "item").rank("dense").cast(pl.Int64).alias("item"),
    )
    tokens = tokenised(ordered["text"])
    size = sizes_of(tokens.lengths())
    lookups, coverable = [], np.zeros(tokens.texts, np.int64)
    for n in SIZES:
        grams = runs(tokens.canonical, tokens.offsets, n)
        own = (size[grams.text] == n) & ~template(grams, owners) & ~bare(tokens, grams, n)
        chosen = Grams._make(column[own] for column in grams)
        lookups.append(Lookup(n, Table(chosen.keys), chosen.text, chosen.start))
        coverable += covered(chosen.text, chosen.start, n, tokens)
    every = runs(tokens.canonical, tokens.offsets, SHINGLE)
    common = template(every, owners)
    suite_of = np.asarray(suites, dtype=object)[every.text]
    templates = {
        suite: np.unique(every.keys[common & (suite_of == suite)]) for suite in set(suites)
    }
    return References(
        suites=suites,
        items=ordered["item"].to_list(),
        tokens=tokens,
        exact=Table(exact_keys(tokens)),
        lookups=tuple(lookups),
        size=size,
        coverable=coverable,
        shingles=own_shingles(every, common, tokens.texts),
        templates=templates,
        bands=tuple(Table(keys) for keys in signatures(tokens).T),
    )


def sizes_of(lengths: Positions) -> Positions:
    """Length of the runs that stand for items of so many words; 0 for the shortest."""
    size: Positions = np.zeros(len(lengths), np.int64)
    for n, least in zip(reversed(SIZES), reversed(_LEAST_WORDS), strict=True):
        size[lengths >= least] = n
    return size


def _spellings(references: pl.DataFrame) -> pl.DataFrame:
    """Every text, and once more those with names of points, with these spelt apart."""
    apart = references.with_columns(points_apart(references["text"]).alias("text")).drop_nulls()
    columns = ("suite", "item", "text")
    return pl.concat([references.select(columns), apart.select(columns)]).unique().sort(columns)


def template(grams: Grams, owners: pl.DataFrame, least: int = _TEMPLATE_ITEMS) -> Bools:
    """Whether a run stands in so many items of its suite that it is the suite's template.

    Args:
        grams: Runs.
        owners: Numbers of the `suite` and the `item` of each text.
        least: As many items may share a run in any suite, however small.
    """
    items = owners.group_by("suite").agg(pl.col("item").n_unique().alias("items"))
    share = (pl.col("items") * _TEMPLATE_SHARE).ceil().cast(pl.Int64)
    most = items.with_columns(pl.max_horizontal(pl.lit(least), share).alias("most"))
    known = owners.join(most, on="suite", how="left", maintain_order="left")
    frame = known[grams.text].with_columns(pl.Series("key", grams.keys))
    common = frame.select(pl.col("item").n_unique().over("key", "suite") > pl.col("most"))
    return common.to_series().to_numpy()


def bare(tokens: Tokens, grams: Grams, n: int) -> Bools:
    """Whether names of variables are more than half of a run: any formula has such."""
    names = np.concatenate([[0], np.cumsum(tokens.canonical == NAME)])
    begin = tokens.offsets[grams.text] + grams.start
    most: Bools = names[begin + n] - names[begin] > n // 2
    return most


def covered(text: Positions, start: Positions, n: int, tokens: Tokens) -> Positions:
    """Words of each text that stand in at least one of the given runs."""
    mark = np.zeros(len(tokens.plain) + 1, np.int64)
    begin = tokens.offsets[text] + start
    np.add.at(mark, begin, 1)
    np.add.at(mark, begin + n, -1)
    inside = np.concatenate([[0], np.cumsum(np.cumsum(mark)[:-1] > 0)])
    sums: Positions = inside[tokens.offsets[1:]] - inside[tokens.offsets[:-1]]
    return sums


def own_shingles(every: Grams, common: Bools, texts: int) -> list[Hashes]:
    """Distinct runs per text, without templates."""
    ends = np.searchsorted(every.text, np.arange(texts + 1))
    own = []
    for begin, end in pairwise(ends):
        keys, plain = every.keys[begin:end], ~common[begin:end]
        own.append(np.unique(keys[plain]))
    return own
