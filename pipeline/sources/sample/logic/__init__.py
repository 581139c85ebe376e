"""Logic puzzles whose one solution is found by going through every possible world."""

from collections.abc import Iterator

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample.logic import arrangements, overlaps, statements
from pipeline.sources.sample.rows import family_rows

FAMILIES = (*arrangements.FAMILIES, *statements.FAMILIES, *overlaps.FAMILIES)


def rows() -> Iterator[SourceRow]:
    """All logic rows of the sample."""
    return family_rows("logic", "logic", FAMILIES)
