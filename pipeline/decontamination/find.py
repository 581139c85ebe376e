"""Which problems are copies of items of a suite.

Frames come in and go out: table `problems`, table `ReferenceTexts`, then table `contamination` and
counts per suite. Knows nothing of files, and nothing of how a suite is read.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import polars as pl

from pipeline.accounting import Progress, Silent
from pipeline.decontamination.compare import PAIRS, compared
from pipeline.decontamination.measures import SHORT
from pipeline.decontamination.normal import points_apart
from pipeline.decontamination.references import References, prepared
from pipeline.decontamination_settings import DecontaminationSettings
from pipeline.executors import Executor
from schemas.contamination import METHODS, Contamination

CHUNK = 2048
# Under so many words, another one in the place of one is often another problem, even for odd, and
# a few in a row are no evidence, unless they are sentences of their own or numbers go with them.
LEAST_RUN = 13
LEAST_NUMBERS, LEAST_RUN_WITH_NUMBERS = 2, 8
# Of an item that is its suite's template but for a few words, these words are no evidence.
LEAST_COVERED = 8
# So many numbers that all agree are evidence by themselves: fewer words need agree.
TELLING_NUMBERS, TELLING_RELIEF = 4, 2 / 3
FLOOR = 0.3
KEY = ("problem_id", "suite", "item")


class Findings(NamedTuple):
    """What was found.

    Attributes:
        contamination: Table `contamination`.
        suites: Per suite `items`, `flagged` (problems) and `found` (items with a copy).
        pairs: Every pair that was measured, for studies of the thresholds: problem_id, suite, item
            and the columns of `pipeline.decontamination.compare.PAIRS`.
    """

    contamination: pl.DataFrame
    suites: pl.DataFrame
    pairs: pl.DataFrame


def find_contamination(
    problems: pl.DataFrame,
    references: pl.DataFrame,
    settings: DecontaminationSettings,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Findings:
    """Compare every problem with every item.

    Args:
        problems: At least `problem_id` and `messages` of table `problems`.
        references: Table `ReferenceTexts`.
        settings: The thresholds.
        executor: Where chunks of problems are compared; None: here, one after another.
        progress: Where to say how far it is.
    """
    progress = progress or Silent()
    progress.start("Decontamination", problems.height)
    items = prepared(references)
    floor = min(FLOOR, settings.ngram * TELLING_RELIEF, settings.near, settings.short)
    work = partial(_chunk, items, floor)
    parts = []
    chunks = _chunks(problems)
    results = executor.in_order(work, chunks, executor.slots + 1) if executor else map(work, chunks)
    for part in results:
        parts.append(part)
        progress.advance(CHUNK)
    pairs = _named(pl.concat(parts) if parts else pl.DataFrame(schema=_CHUNK_SCHEMA), items)
    found = decided(pairs, settings)
    return Findings(found, _by_suite(references, found), pairs)


_CHUNK_SCHEMA = pl.Schema([("problem_id", pl.String), *PAIRS.items()])


def _chunks(problems: pl.DataFrame) -> Iterator[pl.DataFrame]:
    yield from problems.select("problem_id", "messages").iter_slices(CHUNK)


def question(messages: pl.Expr) -> pl.Expr:
    """Text of a problem: what its user says; system prompts are the same for many problems."""
    user = messages.list.eval(
        pl.element().filter(pl.element().struct.field("role") != "system").struct.field("content")
    )
    return user.list.join("\n")


def _chunk(items: References, floor: float, problems: pl.DataFrame) -> pl.DataFrame:
    plain = problems.select("problem_id", question(pl.col("messages")).alias("text"))
    apart = plain.with_columns(points_apart(plain["text"]).alias("text")).drop_nulls()
    texts = pl.concat([plain, apart])
    pairs = compared(items, texts["text"], floor)
    names = texts["problem_id"].gather(pairs["problem"])
    return pairs.select(names.alias("problem_id"), *PAIRS.names())


def _named(pairs: pl.DataFrame, items: References) -> pl.DataFrame:
    names = pl.DataFrame(
        {"item": range(len(items.items)), "suite": items.suites, "name": items.items},
        schema={"item": pl.Int64, "suite": pl.String, "name": pl.String},
    )
    return (
        pairs.join(names, on="item")
        .select("problem_id", "suite", pl.col("name").alias("item"), *PAIRS.names()[2:])
        .sort(pl.all())
    )


def decided(pairs: pl.DataFrame, settings: DecontaminationSettings) -> pl.DataFrame:
    """Table `contamination`: the pairs that are copies, by the surest detector that says so.

    Args:
        pairs: As in `Findings.pairs`.
        settings: The thresholds.
    """
    same_numbers = pl.col("replaced") <= settings.numbers
    numbered = pl.col("numbers") >= LEAST_NUMBERS
    short = pl.when((pl.col("words") < SHORT) & ~numbered).then(settings.short)
    least = pl.when(numbered).then(LEAST_RUN_WITH_NUMBERS).otherwise(LEAST_RUN)
    telling = (pl.col("numbers") >= TELLING_NUMBERS) & (pl.col("kept") == 1)
    enough = settings.ngram * pl.when(telling).then(TELLING_RELIEF).otherwise(1.0)
    covered = pl.col("coverage") >= short.otherwise(enough)
    long = (pl.col("words") >= least) & (pl.col("covered") >= LEAST_COVERED)
    ngram = same_numbers & (covered & long | pl.col("sentences"))
    near = same_numbers & (pl.col("jaccard") >= short.otherwise(settings.near))
    method = (
        pl.when("exact")
        .then(pl.lit("exact"))
        .when(ngram)
        .then(pl.lit("ngram"))
        .when(near)
        .then(pl.lit("near"))
    )
    share = pl.max_horizontal("coverage", pl.col("sentences").cast(pl.Float64))
    score = (
        pl.when(pl.col("method") == "exact")
        .then(1.0)
        .when(pl.col("method") == "near")
        .then("jaccard")
        .otherwise(share)
    )
    found = (
        pairs.with_columns(method.alias("method"))
        .filter(pl.col("method").is_not_null())
        .with_columns(score.alias("score"))
        .select(*KEY, pl.col("method").cast(pl.Enum(METHODS)), "score")
        # An item may have several texts, such as the turns of a conversation.
        .sort(*KEY, "method", "score", descending=[*[False] * 4, True])
        .unique(KEY, keep="first", maintain_order=True)
    )
    return Contamination.validate(found.with_columns(pl.col("method").cast(pl.String)), cast=True)


def _by_suite(references: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    items = references.group_by("suite").agg(pl.col("item").n_unique().alias("items"))
    flagged = found.group_by("suite").agg(
        pl.col("problem_id").n_unique().alias("flagged"), pl.col("item").n_unique().alias("found")
    )
    counts = items.join(flagged, on="suite", how="left").sort("suite")
    return counts.with_columns(pl.col("flagged", "found").fill_null(0))
