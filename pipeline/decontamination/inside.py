"""Near duplicates inside one set of problems: clusters, of which the smallest problem id stays.

The same words, signatures and measures as against suites; but both sides are problems, so numbers
must agree wholly. Two passes: signatures of all, then the words of those that share a band.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl

from pipeline.accounting import Progress, Silent
from pipeline.decontamination.find import CHUNK, question
from pipeline.decontamination.grams import Groups, distinct, runs
from pipeline.decontamination.measures import jaccard, same_words
from pipeline.decontamination.near import SHINGLE, bands, digests
from pipeline.decontamination.references import exact_keys, template
from pipeline.decontamination.tokens import Bools, Hashes, Positions, Tokens, tokenised
from pipeline.decontamination_settings import DecontaminationSettings
from pipeline.executors import Executor

Result = TypeVar("Result")
CLUSTERS = pl.Schema(
    {"kept": pl.String, "problem_id": pl.String, "method": pl.String, "score": pl.Float64}
)
# A template with the same numbers can fill a bucket with thousands: each looks at its next few.
_NEXT = 8
# Less would take a problem that was copied often for a template.
_TEMPLATE_ROWS = 50
_SALT = np.uint64(0xA0761D6478BD642F)


class _Marks(NamedTuple):
    """What the first pass keeps of each problem."""

    exact: Hashes
    bands: Hashes
    long: Bools


def find_inside(
    problems: pl.DataFrame,
    settings: DecontaminationSettings,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Clusters of problems that are copies of each other.

    Args:
        problems: At least `problem_id`, `data_source` and `messages` of table `problems`.
        settings: The thresholds.
        executor: Where chunks are read; None: here, one after another.
        progress: Where to say how far it is.

    Returns:
        A row per problem that another one stands for: `kept`, `problem_id`, `method` (exact or
        near) and `score`, the similarity to its nearest copy; sorted by kept and problem_id.
    """
    progress = progress or Silent()
    ordered = problems.select("problem_id", "data_source", "messages").sort("problem_id")
    progress.start("Duplicates inside", ordered.height)
    parts = []
    for marks in _mapped(_marks, ordered, executor):
        parts.append(marks)
        progress.advance(CHUNK)
    if not parts:
        return pl.DataFrame(schema=CLUSTERS)
    pairs = _candidates(_Marks._make(np.concatenate(column) for column in zip(*parts, strict=True)))
    links = _links(ordered, pairs, settings, executor)
    return _clusters(ordered["problem_id"], links)


def _mapped(
    work: Callable[[pl.DataFrame], Result], rows: pl.DataFrame, executor: Executor | None
) -> Iterator[Result]:
    chunks = rows.iter_slices(CHUNK)
    return executor.in_order(work, chunks, executor.slots + 1) if executor else map(work, chunks)


def _tokens(problems: pl.DataFrame) -> Tokens:
    return tokenised(problems.select(question(pl.col("messages")).alias("text")).to_series())


def _marks(problems: pl.DataFrame) -> _Marks:
    tokens = _tokens(problems)
    values = np.where(tokens.number, tokens.plain * _SALT, np.uint64(0))
    sums = np.concatenate([[np.uint64(0)], np.cumsum(values, dtype=np.uint64)])
    numbers = sums[tokens.offsets[1:]] - sums[tokens.offsets[:-1]]
    keys = bands(digests(tokens)) ^ numbers[:, None]
    return _Marks(exact_keys(tokens), keys, tokens.lengths() >= SHINGLE)


def _candidates(marks: _Marks) -> Positions:
    """Pairs of rows, the smaller first, shape (pairs, 2)."""
    rows = np.flatnonzero(marks.long)
    found = [_neighbours(marks.exact, np.arange(len(marks.exact)))]
    found += [_neighbours(marks.bands[rows, band], rows) for band in range(marks.bands.shape[1])]
    return np.unique(np.concatenate(found), axis=0)


def _neighbours(keys: Hashes, rows: Positions) -> Positions:
    """Pairs of rows with equal keys, each with its next few."""
    order = np.argsort(keys, kind="stable")
    keys, rows = keys[order], rows[order]
    pairs = []
    for step in range(1, min(_NEXT, len(keys) - 1) + 1):
        same = np.flatnonzero(keys[step:] == keys[:-step])
        pairs.append(np.stack([rows[same], rows[same + step]], axis=1))
    return np.concatenate(pairs) if pairs else np.empty((0, 2), np.int64)


class _Link(NamedTuple):
    """Two rows that are copies."""

    one: int
    other: int
    method: str
    score: float


def _links(
    ordered: pl.DataFrame,
    pairs: Positions,
    settings: DecontaminationSettings,
    executor: Executor | None,
) -> list[_Link]:
    chosen = np.unique(pairs)
    rows = ordered[chosen]
    tokens = _joined(list(_mapped(_tokens, rows, executor)))
    if tokens is None:
        return []
    sources = rows["data_source"].rank("dense").cast(pl.Int64).alias("suite")
    owners = pl.DataFrame([sources, pl.Series("item", np.arange(len(chosen)))])
    # The words as they are: which letter a word has may be all that tells two problems apart.
    every = runs(tokens.plain, tokens.offsets, SHINGLE)
    common = template(every, owners, _TEMPLATE_ROWS)
    shingles = distinct(every.keys[~common], every.text[~common], tokens.texts)
    judge = partial(_judged, tokens, shingles, settings)
    places = np.searchsorted(chosen, pairs)
    links = (judge(int(one), int(other)) for one, other in places)
    return [
        link._replace(one=int(chosen[link.one]), other=int(chosen[link.other]))
        for link in links
        if link is not None
    ]


def _joined(parts: list[Tokens]) -> Tokens | None:
    if not parts:
        return None
    starts = np.concatenate([[0], np.cumsum([len(part.plain) for part in parts])])
    offsets = [part.offsets[:-1] + start for part, start in zip(parts, starts, strict=False)]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    columns[4] = np.concatenate([*offsets, starts[-1:]])
    return Tokens._make(columns)


def _judged(
    tokens: Tokens, shingles: Groups, settings: DecontaminationSettings, one: int, other: int
) -> _Link | None:
    first, second = tokens.one(one), tokens.one(other)
    if same_words(first, second):
        return _Link(one, other, "exact", 1.0)
    numbers = [np.sort(side.plain[side.number]) for side in (first, second)]
    if not np.array_equal(numbers[0], numbers[1]):
        return None
    score = jaccard(*(shingles.keys[slice(*shingles.offsets[t : t + 2])] for t in (one, other)))
    return _Link(one, other, "near", score) if score >= settings.inside else None


def _clusters(names: pl.Series, links: list[_Link]) -> pl.DataFrame:
    """Each row under the smallest that it is linked with, directly or through others."""
    parent: dict[int, int] = {}

    def root(row: int) -> int:
        while parent.get(row, row) != row:
            parent[row] = parent.get(parent[row], parent[row])
            row = parent[row]
        return row

    best: dict[int, _Link] = {}
    for link in sorted(links, key=lambda link: -link.score):
        low, high = sorted((root(link.one), root(link.other)))
        parent[high] = low
        best.setdefault(link.one, link)
        best.setdefault(link.other, link)
    rows = [
        (names[root(row)], names[row], link.method, link.score)
        for row, link in sorted(best.items())
        if root(row) != row
    ]
    return pl.DataFrame(rows, schema=CLUSTERS, orient="row").sort("kept", "problem_id")
