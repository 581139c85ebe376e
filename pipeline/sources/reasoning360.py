"""Reads Reasoning360 (guru) rows from parquet files.

In: files in guru's format, any domain. Out: `SourceRow`s, and a `Reject` for every row that cannot
be used. A file that is no such file at all is an `InputError`. Does not know of duplicates or of
grading.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.accounting import Reject
from pipeline.errors import InputError
from pipeline.sources.files import SourceFile, discover, some
from pipeline.sources.items import STAGE, Item
from pipeline.sources.options import grader_args
from pipeline.sources.parquet_columns import Batch, count_rows, open_parquet, read_columns
from pipeline.sources.reasoning360_columns import (
    EXTRA_FIELDS,
    KEY_FIELDS,
    SOLUTION_FIELDS,
    column_paths,
    rate_columns,
    reference_of,
)
from pipeline.sources.routes import Licence, licence, route
from pipeline.sources.rows import Message, SourceRow
from pipeline.sources.truths import BadRowError, normalise

SUFFIX = ".parquet"


_FIXED = ("data_source", "prompt", "truth", "ability")


class Upstream(NamedTuple):
    """What is known of the whole dataset: pinned revision, and its licence where it is not guru."""

    revision: str | None = None
    fallback: Licence | None = None


class _Place(NamedTuple):
    """What all rows of one file share."""

    file: str
    rates: list[str]
    upstream: Upstream


def read(spec: str) -> Iterator[Item]:
    """Rows of a parquet file or of all parquet files under a directory.

    Raises:
        InputError: Nothing there applies, or a file is broken.
    """
    files = discover(spec)
    wanted = [file for file in files if file.name.endswith(SUFFIX) or file.path == Path(spec)]
    if not wanted:
        raise InputError(
            f"{spec}: no {SUFFIX} file in it (found {some([f.name for f in files])}); give files "
            "in Reasoning360's parquet format"
        )
    for file in files:
        if file not in wanted:
            yield Reject(STAGE, file.name, None, "not_parquet", f"only {SUFFIX} files are read")
    for file in wanted:
        yield from read_file(file, Upstream())


def count(spec: str) -> int:
    """Rows under a path, from the parquet footers."""
    files = discover(spec)
    paths = [f.path for f in files if f.name.endswith(SUFFIX) or f.path == Path(spec)]
    return sum(count_rows(path) for path in paths)


def read_file(file: SourceFile, upstream: Upstream) -> Iterator[Item]:
    """Rows of one file, streamed.

    Raises:
        InputError: The file is not parquet, or a needed column is missing or of a wrong type.
    """
    with open_parquet(file) as parquet:
        schema = parquet.schema_arrow
        rates = rate_columns(schema, file.name)
        paths = column_paths(schema, file.name, rates)
        place = _Place(file.name, rates, upstream)
        for batch in read_columns(parquet, file.name, paths):
            for position, raw in enumerate(_raw_rows(batch, rates), batch.start):
                yield _row(raw, place, position)


class _Raw(NamedTuple):
    """One row as it lies in the file; `rates` in the order of the file's rate columns."""

    data_source: str | None
    prompt: list[dict[str, Any]] | None
    truth: Any
    ability: str | None
    rates: tuple[float | None, ...]
    extra: dict[str, Any]


def _raw_rows(batch: Batch, rates: list[str]) -> Iterator[_Raw]:
    columns = batch.columns
    extras = [name for name in EXTRA_FIELDS if name in columns and name not in rates]
    fixed = [columns.get(name, [None] * batch.rows) for name in _FIXED]
    parts = zip(*fixed, _rows(columns, rates, batch), _rows(columns, extras, batch), strict=True)
    for source, prompt, truth, ability, found_rates, extra in parts:
        values = dict(zip(extras, extra, strict=True))
        yield _Raw(source, prompt, truth, ability, found_rates, values)


def _rows(
    columns: dict[str, list[Any]], names: list[str], batch: Batch
) -> Iterable[tuple[Any, ...]]:
    """Some columns, row by row."""
    return zip(*(columns[name] for name in names), strict=True) if names else [()] * batch.rows


def _row(raw: _Raw, place: _Place, position: int) -> Item:
    """The problem in a raw row, or the reason why there is none."""
    try:
        return _problem(raw, place, position)
    except BadRowError as error:
        keys = (f"{key}={raw.extra[key]}" for key in KEY_FIELDS if raw.extra.get(key) is not None)
        detail = "; ".join(part for part in (error.detail, next(keys, None)) if part)
        key = f"{place.file}#{position}"
        return Reject(STAGE, key, raw.data_source, error.reason, detail or None)


def _problem(raw: _Raw, place: _Place, position: int) -> SourceRow:
    if raw.data_source is None or not raw.data_source.strip():
        raise BadRowError("missing_data_source")
    messages = _messages(raw.prompt)
    found = route(raw.data_source, raw.ability)
    if found is None:
        raise BadRowError("unknown_domain", f"data_source {raw.data_source}, ability {raw.ability}")
    if found.grader is None:
        raise BadRowError("unknown_grader", f"none is known for data_source {raw.data_source}")
    truth = normalise(found.grader, raw.truth, raw.extra)
    origin = licence(raw.data_source, place.upstream.fallback)
    return SourceRow(
        data_source=raw.data_source,
        domain=found.domain,
        messages=messages,
        grader=truth.grader,
        ground_truth=truth.value,
        grader_args=grader_args(truth.grader, raw.extra, messages),
        dataset=origin.dataset,
        licence=origin.licence,
        published=_published(place.rates, raw.rates),
        revision=place.upstream.revision,
        file=place.file,
        row=position,
        solution=_solution(raw.extra),
    )


def _messages(prompt: list[dict[str, Any]] | None) -> list[Message]:
    messages: list[Message] = []
    for message in prompt or ():
        role, content = (message["role"], message["content"]) if message else (None, None)
        if not role or content is None:
            raise BadRowError("missing_prompt", "a message without role or content")
        messages.append({"role": role, "content": content})
    if not messages or not messages[-1]["content"].strip():
        raise BadRowError("missing_prompt", "no message, or the last one is blank")
    return messages


def _published(
    columns: list[str], rates: tuple[float | None, ...]
) -> tuple[tuple[str, float], ...]:
    found = []
    for column, rate in zip(columns, rates, strict=True):
        if rate is None or rate != rate:  # NaN: pandas writes a missing rate so
            continue
        if not 0 <= rate <= 1:
            raise BadRowError("pass_rate_out_of_range", f"{column} is {rate}")
        found.append((reference_of(column), float(rate)))
    return tuple(found)


def _solution(extra: dict[str, Any]) -> str | None:
    """The first worked solution that is text; TACO gives several in a list."""
    for field in SOLUTION_FIELDS:
        value = extra.get(field)
        if value is None:
            continue
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str) and text.strip():
                return text
    return None
