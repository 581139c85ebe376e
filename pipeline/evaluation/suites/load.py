"""A suite's problems, from the Hub or from local files.

In: the name of a suite and where it lies. Out: the table `problems`, which revision it is of, and
how many items were left out for which reason.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.errors import InputError
from pipeline.evaluation.suites import places
from pipeline.evaluation.suites.questions import Origin, Read, assemble
from pipeline.evaluation.suites.readers import READERS
from pipeline.evaluation.suites.registry import Suite, suite_named, suites
from pipeline.evaluation.suites.rows import read_rows


class LoadedSuite(NamedTuple):
    """One suite, ready to be asked.

    Attributes:
        suite: What `suites.toml` says of it.
        problems: Contract `schemas.problems.Problems`, sorted by id.
        revision: Commit of the Hub, or `sha256:` and 16 digits over the local files.
        skipped: Items that are not among the problems, counted by reason.
        references: Contract `schemas.problems.References`: worked solutions, where upstream has
            them.
    """

    suite: Suite
    problems: pl.DataFrame
    revision: str
    skipped: dict[str, int]
    references: pl.DataFrame


def load_suite(name: str, where: Path | None, limit: int | None = None) -> LoadedSuite:
    """Load one suite.

    Args:
        name: One of `registry.suite_names()`.
        where: None for the Hub; else a directory that holds its file, or the file.
        limit: Problems kept at most: the first by id, which is a sample without an order of its
            own, the same for every place the suite comes from.

    Raises:
        SettingsError: There is no suite of that name.
        InputError: Its files are absent, broken, of another format, or may not be fetched.
        MachineError: The Hub could not be reached.
    """
    suite = suite_named(name)
    place = places.find(suite, where)
    made = assemble(suite, read_items(suite, place), Origin(place.revision, place.licence))
    if made.problems.is_empty() and not made.skipped:
        raise InputError(f"suite {name}: its files hold no row")
    problems = made.problems if limit is None else made.problems.head(limit)
    references = made.references.filter(
        pl.col("problem_id").is_in(problems["problem_id"].to_list())
    )
    return LoadedSuite(suite, problems, place.revision, made.skipped, references)


def read_items(suite: Suite, place: places.Place) -> Iterator[Read]:
    """What the suite's reader makes of every row."""
    rows = (
        row for part in place.parts for file in part.files for row in read_rows(part.dataset, file)
    )
    beside = [row for file in place.companions for row in read_rows(suite.hub.dataset, file)]
    yield from READERS[suite.reader](rows, suite, beside)


def local_suites(where: Path) -> list[str]:
    """Names of the suites that have a file in a directory, in the order of `suites.toml`."""
    return [name for name, suite in suites().items() if places.local_files(suite, where)]
