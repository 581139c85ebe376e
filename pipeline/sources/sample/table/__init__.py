"""Questions about Markdown tables; several answers are joined by `|`."""

from collections.abc import Iterator

from pipeline.sources.rows import SourceRow
from pipeline.sources.sample.rows import family_rows
from pipeline.sources.sample.table import joins, questions

FAMILIES = (*questions.FAMILIES, *joins.FAMILIES)


def rows() -> Iterator[SourceRow]:
    """All table rows of the sample."""
    return family_rows("table", "table", FAMILIES)
