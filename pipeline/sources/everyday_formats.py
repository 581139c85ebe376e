"""Reads questions and answers out of the four everyday file formats.

In: a file and its declared columns. Out: `Record`s with the values as they lie there. Judges
nothing but whether the file is what its mapping says.
"""

import csv
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TextIO

from pipeline.errors import InputError
from pipeline.sources import qna
from pipeline.sources.files import SourceFile, some
from pipeline.sources.mapping import EverydaySet
from pipeline.sources.parquet_columns import (
    count_rows,
    is_text,
    open_parquet,
    read_columns,
    require,
    wrong_type,
)

# Python's own limit of 128 KiB a field is less than a long passage.
FIELD_LIMIT = 1 << 28


class Record(NamedTuple):
    """One entry of a file; `fault` says why it could not be taken apart."""

    row: int
    question: Any
    answer: Any
    answer_type: str | None = None
    fault: str | None = None


def read_records(file: SourceFile, known: EverydaySet) -> Iterator[Record]:
    """Entries of a file, streamed in file order; `row` counts entries from zero.

    Raises:
        InputError: Not readable, not UTF-8, or without a declared column.
    """
    if known.format == "parquet":
        yield from _parquet(file, known)
        return
    try:
        with file.path.open(encoding="utf-8-sig", newline="") as handle:
            yield from _TEXT_FORMATS[known.format](handle, file.name, known)
    except UnicodeDecodeError as error:
        raise InputError(f"{file.name}: not UTF-8 ({error}); convert it to UTF-8") from error
    except OSError as error:
        raise InputError(f"{file.name}: cannot be read ({error.strerror})") from error


def count_records(file: SourceFile, known: EverydaySet) -> int:
    """Entries of a file; parquet from its footer, text by one pass."""
    if known.format == "parquet":
        return count_rows(file.path)
    return sum(1 for _ in read_records(file, known))


def _columns(known: EverydaySet) -> list[str]:
    names = [known.question, known.answer]
    if known.answer_type_from:
        names.append(known.answer_type_from.column)
    return [name for name in names if name is not None]


def _require(columns: list[str], seen: list[str], file: str) -> None:
    for column in columns:
        if column not in seen:
            raise InputError(
                f"{file}: no column '{column}', which the mapping declares; found "
                f"{some(seen, 12) or 'no column at all'}; correct the mapping or the file"
            )


def _record(row: int, values: dict[str, Any], known: EverydaySet) -> Record:
    source = known.answer_type_from
    kind = values.get(source.column) if source else None
    return Record(
        row,
        values.get(known.question or ""),
        values.get(known.answer or ""),
        kind if isinstance(kind, str) else None,
    )


def _qna(handle: TextIO, file: str, known: EverydaySet) -> Iterator[Record]:
    row = -1
    for row, wording in enumerate(qna.parse(handle)):
        yield Record(row, wording.question, wording.reply)
    if row < 0:
        raise InputError(f"{file}: no question; a QnA-maker question is a line '# ? text'")


def _csv(handle: TextIO, file: str, known: EverydaySet) -> Iterator[Record]:
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(handle, strict=True)
    try:
        header = next(reader, [])
        _require(_columns(known), header, file)
        for row, fields in enumerate(fields for fields in reader if fields):
            if len(fields) == len(header):
                yield _record(row, dict(zip(header, fields, strict=True)), known)
            else:
                fault = f"{len(fields)} fields under {len(header)} columns, line {reader.line_num}"
                yield Record(row, None, None, fault=fault)
    except csv.Error as error:
        raise InputError(
            f"{file}: broken CSV at line {reader.line_num} ({error}); it may be truncated"
        ) from error


def _jsonl(handle: TextIO, file: str, known: EverydaySet) -> Iterator[Record]:
    seen: set[str] = set()
    read = False
    for row, line in enumerate(line for line in handle if line.strip()):
        values = _parse_object(line)
        if isinstance(values, str):
            yield Record(row, None, None, fault=values)
            continue
        read = True
        seen.update(values)
        yield _record(row, values, known)
    if read:
        _require(_columns(known), sorted(seen), file)


def _parse_object(line: str) -> dict[str, Any] | str:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    return value if isinstance(value, dict) else f"not a JSON object: {line.strip()[:60]}"


def _parquet(file: SourceFile, known: EverydaySet) -> Iterator[Record]:
    with open_parquet(file) as parquet:
        schema = parquet.schema_arrow
        columns = _columns(known)
        for column in columns:
            require(schema, file.name, column)
        kind = schema.field(known.question).type
        if not is_text(kind):
            raise wrong_type(file.name, str(known.question), kind, "text")
        for batch in read_columns(parquet, file.name, {c: c for c in columns}):
            for offset in range(batch.rows):
                values = {name: column[offset] for name, column in batch.columns.items()}
                yield _record(batch.start + offset, values, known)


_TEXT_FORMATS: dict[str, Callable[[TextIO, str, EverydaySet], Iterator[Record]]] = {
    "qna": _qna,
    "csv": _csv,
    "jsonl": _jsonl,
}
