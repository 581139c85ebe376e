"""Rows of a suite's files, whatever their format: JSON lines (also gzipped), JSON, CSV, parquet.

In: files. Out: one dictionary a row, streamed, as some hold rows of many megabytes.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.evaluation.suites.questions import Row
from pipeline.sources.files import SourceFile
from pipeline.sources.parquet_columns import open_parquet

BATCH_ROWS = 16
MAX_CELL = 1 << 28


def read_rows(dataset: str, file: SourceFile) -> Iterator[Row]:
    """Rows of one file, in its order.

    Raises:
        InputError: It is of no known format, or broken.
    """
    name = file.name.lower()
    reader = next((read for suffix, read in _READERS.items() if name.endswith(suffix)), None)
    if reader is None:
        raise InputError(f"{file.name}: not one of {', '.join(_READERS)}")
    try:
        for number, values in enumerate(reader(file)):
            if not isinstance(values, dict):
                raise InputError(f"{file.name}: row {number} is no object with named fields")
            yield Row(dataset, file.name, number, values)
    except (ValueError, EOFError, OSError, csv.Error) as error:
        raise InputError(f"{file.name}: cannot be read ({error}); fetch it again") from error


def _json_lines(file: SourceFile) -> Iterator[Any]:
    with file.path.open("rb") as handle:
        yield from _lines(handle)


def _zipped_lines(file: SourceFile) -> Iterator[Any]:
    with gzip.open(file.path, "rb") as handle:
        yield from _lines(handle)


def _lines(handle: Any) -> Iterator[Any]:
    for line in handle:
        if line.strip():
            yield json.loads(line)


def _json(file: SourceFile) -> Iterator[Any]:
    values = json.loads(file.path.read_bytes())
    yield from values if isinstance(values, list) else [values]


def _csv(file: SourceFile) -> Iterator[Any]:
    csv.field_size_limit(MAX_CELL)
    text = file.path.read_text("utf-8-sig")
    yield from csv.DictReader(io.StringIO(text, newline=""))


def _parquet(file: SourceFile) -> Iterator[Any]:
    with open_parquet(file) as parquet:
        for batch in parquet.iter_batches(batch_size=BATCH_ROWS):
            yield from batch.to_pylist()


_READERS = {
    ".jsonl": _json_lines,
    ".jsonl.gz": _zipped_lines,
    ".json": _json,
    ".csv": _csv,
    ".parquet": _parquet,
}


def suffixes() -> tuple[str, ...]:
    """Endings of the names of files that can be read."""
    return tuple(_READERS)


def is_readable(path: Path) -> bool:
    """Whether a file's name says that it can be read."""
    return path.name.lower().endswith(suffixes())
