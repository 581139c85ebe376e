"""The embedded sample as a source. Does not know how its rows are made."""

from collections.abc import Iterator

from pipeline.sources.rows import SourceRow


def read(group: str) -> Iterator[SourceRow]:
    """Rows of the embedded sample.

    Args:
        group: `problems` or `everyday`.
    """
    from pipeline.sources import sample

    return sample.problems() if group == "problems" else sample.everyday()


def count(group: str) -> int:
    """Rows of the embedded sample."""
    return sum(1 for _ in read(group))
