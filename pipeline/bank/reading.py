"""Rows of CSV, JSON, JSONL and parquet files, numbered from 1 for messages. Knows no columns."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputError

FORMATS = (".csv", ".json", ".jsonl", ".parquet")
# Answers of reasoning models are longer than the 128 KiB that the csv module allows a cell.
LONGEST_CELL = 1 << 30
BATCH_ROWS = 1024

Row = dict[str, Any]


def read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Rows with their numbers, in the order of the file.

    Raises:
        InputError: The file is missing, of another format, or broken; names the row.
    """
    readers = {".csv": _csv, ".json": _json, ".jsonl": _jsonl, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path}: cannot read {path.suffix or 'a file without suffix'}; give one of "
            f"{', '.join(FORMATS)}"
        )
    try:
        yield from enumerate(reader(path), start=1)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 ({error}); convert it") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error


def _csv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle, strict=True)
        names = reader.fieldnames or []
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"{path}: the columns {twice} stand there twice; rename them")
        number = 0
        try:
            for number, row in enumerate(reader, start=1):
                if None in row or None in row.values():
                    raise InputError(
                        f"{path}: row {number} has not the header's {len(names)} columns; correct "
                        "its commas and quotes"
                    )
                yield row
        except csv.Error as error:
            raise InputError(f"{path}: row {number + 1}: not CSV ({error}); correct it") from error


def _json(path: Path) -> Iterator[Row]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error}); correct that place") from error
    if not isinstance(rows, list):
        raise InputError(f"{path}: a {type(rows).__name__}, not a list of objects; wrap it in [ ]")
    for number, row in enumerate(rows, start=1):
        yield _object(path, number, row)


def _jsonl(path: Path) -> Iterator[Row]:
    number = 0
    with path.open(encoding="utf-8") as handle:
        for number, line in enumerate((text for text in handle if text.strip()), start=1):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path}: row {number}: not JSON ({error}); correct it") from error
            yield _object(path, number, row)


def _object(path: Path, number: int, row: Any) -> Row:
    if not isinstance(row, dict):
        raise InputError(f"{path}: row {number}: {str(row)[:60]!r} is no JSON object; correct it")
    return row


def _parquet(path: Path) -> Iterator[Row]:
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                yield from batch.to_pylist()
    except pa.ArrowException as error:
        raise InputError(
            f"{path}: not a readable parquet file ({error}); fetch it again"
        ) from error
