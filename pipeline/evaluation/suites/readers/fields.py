"""What readers share: fields under any of several names, and rows one by one."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pipeline.errors import InputError
from pipeline.evaluation.suites.questions import Item, Read, Row, Skip
from pipeline.sources.truths import BadRowError


def field(row: Row, *names: str) -> Any:
    """Value of the first of these fields that the row has and that is not null.

    Raises:
        InputError: It has none of them: the file is of another format.
    """
    for name in names:
        if row.values.get(name) is not None:
            return row.values[name]
    if any(name in row.values for name in names):
        raise BadRowError("empty_field", names[0])
    raise InputError(
        f"{row.file}: row {row.number} has no field {' or '.join(map(repr, names))}, only "
        f"{', '.join(map(repr, sorted(row.values)))}; this is not a file of that suite"
    )


def each(
    rows: Iterable[Row], read: Callable[[Row], Item], key: str | None = None
) -> Iterator[Read]:
    """Every row read on its own; a row that cannot be used becomes a reason."""
    for row in rows:
        try:
            yield Read(row, read(row))
        except BadRowError as error:
            name = str(row.values.get(key, row.number)) if key else str(row.number)
            yield Read(row, Skip(name, error.reason))
