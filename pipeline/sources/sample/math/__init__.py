"""Math problems with exact answers; every family has five levels."""

from collections.abc import Iterator

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample.math import algebra, chance, geometry, numbers, word_problems
from pipeline.sources.sample.rows import family_rows

FAMILIES = (
    *numbers.FAMILIES,
    *algebra.FAMILIES,
    *geometry.FAMILIES,
    *chance.FAMILIES,
    *word_problems.FAMILIES,
)


def rows() -> Iterator[SourceRow]:
    """All math rows of the sample."""
    return family_rows("math", "math", FAMILIES)
