"""The bare questions of suites: what training data may not contain.

In: names of suites and where they lie. Out: one text an item, also of items that we cannot grade.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from pipeline.evaluation.suites import places
from pipeline.evaluation.suites.load import local_suites, read_items
from pipeline.evaluation.suites.registry import suite_named, suite_names

SCHEMA = {"suite": pl.String, "item": pl.String, "text": pl.String}


def reference_texts(where: Path | None, names: Sequence[str] | None = None) -> pl.DataFrame:
    """Texts of suites, without the frame we put them into, sorted by suite and item.

    Args:
        where: None for the Hub; else a directory.
        names: Which suites; None: all of the Hub, or those that the directory has.

    Raises:
        SettingsError: There is no suite of a name.
        InputError: A suite's files are absent, broken, or may not be fetched.
        MachineError: The Hub could not be reached.
    """
    if names is None:
        names = suite_names() if where is None else local_suites(where)
    rows = [row for name in names for row in _texts(name, where)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").unique().sort("suite", "item", "text")


def _texts(name: str, where: Path | None) -> Iterator[tuple[str, str, str]]:
    suite = suite_named(name)
    for _, item in read_items(suite, places.find(suite, where)):
        if item.text and item.text.strip():
            yield name, item.item, item.text
