"""The embedded sample as a source. Does not know how its rows are made."""

import functools
from collections.abc import Iterator

from pipeline.sources.rows import SourceRow


def read(group: str) -> Iterator[SourceRow]:
    """Rows of the embedded sample; the same objects every time.

    Args:
        group: `problems` or `everyday`.
    """
    return iter(_made(group))


def count(group: str) -> int:
    """Rows of the embedded sample."""
    return len(_made(group))


@functools.cache  # counted first and then read, and making them takes seconds
def _made(group: str) -> tuple[SourceRow, ...]:
    from pipeline.sources import sample

    return tuple(sample.problems() if group == "problems" else sample.everyday())
