"""Files of recorded answers: JSONL or parquet comes in, rows with their line number go out.

Knows nothing of mappings: a row is whatever object the line holds.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import InputError
from pipeline.io import read_parquet

_PARQUET_MAGIC = b"PAR1"


class Line(NamedTuple):
    """One line of a file, counted from 1; where `row` is None, `fault` says why."""

    number: int
    row: dict[str, Any] | None
    fault: str | None = None


def read_lines(path: Path) -> Iterator[Line]:
    """Yield every line that is not blank.

    Raises:
        InputError: The file is missing, unreadable or truncated parquet.
    """
    try:
        with path.open("rb") as handle:
            magic = handle.read(len(_PARQUET_MAGIC))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a file") from error
    if path.suffix == ".parquet" or magic == _PARQUET_MAGIC:
        for number, row in enumerate(read_parquet(path).iter_rows(named=True), start=1):
            yield Line(number, row)
        return
    with path.open("rb") as handle:
        for number, text in enumerate(handle, start=1):
            if text.strip():
                yield _parse(number, text.removeprefix(b"\xef\xbb\xbf"))


def _parse(number: int, text: bytes) -> Line:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Line(number, None, f"not JSON: {error}"[:200])
    if not isinstance(row, dict):
        return Line(number, None, f"a {type(row).__name__}, not an object")
    return Line(number, row)
