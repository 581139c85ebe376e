"""The items of all suites, ready to be looked up.

Table `ReferenceTexts` comes in. Runs of words that many items of one suite share are its template,
and count for nothing: only what is an item's own tells that a problem is a copy of it.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from pipeline.decontamination.grams import (
    Grams,
    Groups,
    Table,
    distinct,
    grouped,
    runs,
    whole,
)
from pipeline.decontamination.near import SHINGLE, Digests, bands, digests
from pipeline.decontamination.normal import points_apart
from pipeline.decontamination.tokens import NAME, Bools, Hashes, Positions, Tokens, tokenised

SIZES = (13, 8, 5, 4, 3)
"""Lengths of runs, in words: 13 as in GPT-3's report, less for items of few words."""
_LEAST_WORDS = (65, 40, 5, 4, 3)
_TEMPLATE_ITEMS = 5
_TEMPLATE_SHARE = 0.01
# Of the largest suites, too: a run that more items share would bring all of them to every problem.
_TEMPLATE_MOST = 50
_SLOT_BITS = 23


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
        suite: Number of each item's suite, the smallest name's first.
        tokens: Their words.
        exact: Finds an item by all of its words.
        keys: What it finds each item by.
        lookups: Find items by runs of words, one per length.
        coverable: Words of each item in runs that are no template.
        shingles: Per item its distinct runs of `SHINGLE` words.
        own: Those of them that are no template.
        templates: Per suite the sorted runs of `SHINGLE` words that are.
        numbers: Per item its numbers, as often as they stand there.
        digests: Signatures of the items.
        bands: Find items by the bands of their signatures.
    """

    suites: list[str]
    items: list[str]
    suite: Positions
    tokens: Tokens
    exact: Table
    keys: Hashes
    lookups: tuple[Lookup, ...]
    coverable: Positions
    shingles: Groups
    own: Groups
    templates: tuple[Hashes, ...]
    numbers: Groups
    digests: Digests
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
    owners = ordered.select(
        pl.col("suite").rank("dense").cast(pl.Int64) - 1,
        pl.struct("suite", "item").rank("dense").cast(pl.Int64).alias("item"),
    )
    suite = owners["suite"].to_numpy()
    tokens = tokenised(ordered["text"])
    lookups, coverable = _lookups(tokens, owners)
    every = runs(tokens.canonical, tokens.offsets, SHINGLE)
    shingles = distinct(every.keys, every.text, tokens.texts)
    text = np.repeat(np.arange(tokens.texts), shingles.sizes())
    every = Grams(shingles.keys, text, np.zeros_like(text))
    common = template(every, owners, _TEMPLATE_ITEMS, _TEMPLATE_MOST)
    keys, signed = exact_keys(tokens), digests(tokens)
    return References(
        suites=ordered["suite"].to_list(),
        items=ordered["item"].to_list(),
        suite=suite,
        tokens=tokens,
        exact=Table(keys),
        keys=keys,
        lookups=lookups,
        coverable=coverable,
        shingles=shingles,
        own=grouped(every.keys[~common], text[~common], tokens.texts),
        templates=tuple(
            np.unique(every.keys[common & (suite[text] == number)])
            for number in range(owners["suite"].n_unique())
        ),
        numbers=numbers_of(tokens),
        digests=signed,
        bands=tuple(Table(band) for band in bands(signed).T),
    )


def numbers_of(tokens: Tokens) -> Groups:
    """The numbers of each text, as often as they stand there."""
    text = np.repeat(np.arange(tokens.texts), tokens.lengths())
    return grouped(tokens.plain[tokens.number], text[tokens.number], tokens.texts)


def _lookups(tokens: Tokens, owners: pl.DataFrame) -> tuple[tuple[Lookup, ...], Positions]:
    """Tables of the runs that stand for items, and the words of each item in such runs."""
    size = sizes_of(tokens.lengths())
    lookups, coverable = [], np.zeros(tokens.texts, np.int64)
    for n in SIZES:
        grams = runs(tokens.canonical, tokens.offsets, n)
        common = template(grams, owners, _TEMPLATE_ITEMS, _TEMPLATE_MOST)
        grams = _chosen(grams, (size[grams.text] == n) & ~common)
        grams = _chosen(grams, ~bare(tokens, grams, n))
        lookups.append(Lookup(n, Table(grams.keys), grams.text, grams.start))
        coverable += covered(grams.text, grams.start, n, tokens)
    return tuple(lookups), coverable


def _chosen(grams: Grams, rows: Bools) -> Grams:
    return Grams._make(column[rows] for column in grams)


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


def template(grams: Grams, owners: pl.DataFrame, least: int, most: int | None = None) -> Bools:
    """Whether a run stands in so many items of its suite that it is the suite's template.

    Args:
        grams: Runs.
        owners: Numbers of the `suite` and the `item` of each text.
        least: As many items may share a run in any suite, however small.
        most: No more may in any, however large; None: as its share says.
    """
    items = owners.group_by("suite").agg(pl.col("item").n_unique().alias("items"))
    share = (pl.col("items") * _TEMPLATE_SHARE).ceil().cast(pl.Int64)
    shared = pl.max_horizontal(pl.lit(least), share)
    capped = shared if most is None else pl.min_horizontal(shared, pl.lit(most))
    known = owners.join(
        items.with_columns(capped.alias("most")), on="suite", how="left", maintain_order="left"
    )
    # Few runs stand in so many texts: those whose slot has too few are none, without a sort.
    slot = grams.keys >> np.uint64(64 - _SLOT_BITS)
    common: Bools = np.bincount(slot.astype(np.int64))[slot] > least
    frame = known[grams.text[common]].with_columns(pl.Series("key", grams.keys[common]))
    over = frame.select(pl.col("item").n_unique().over("key", "suite") > pl.col("most"))
    common[common] = over.to_series().to_numpy()
    return common


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
