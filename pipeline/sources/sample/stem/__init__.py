"""Physics, chemistry and biology: computed numbers, sequences and multiple choice."""

from collections.abc import Iterator

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample.rows import family_rows, item_rows
from pipeline.sources.sample.stem import biology, chemistry, physics

FAMILIES = (*physics.FAMILIES, *chemistry.FAMILIES, *biology.FAMILIES)


def rows() -> Iterator[SourceRow]:
    """All STEM rows of the sample."""
    yield from family_rows("stem", "stem", FAMILIES)
    yield from item_rows("stem", "stem", biology.concept_groups())
