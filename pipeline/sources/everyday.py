"""Reads everyday queries (chat, factual, retrieval) from QnA-maker, CSV, JSONL and parquet files.

In: files and the mapping that declares their columns. Out: `SourceRow`s of one user message each,
and a `Reject` for every row or file that cannot be used. Does not know of duplicates.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pipeline.accounting import Reject
from pipeline.errors import InputError
from pipeline.sources.everyday_formats import Record, count_records, read_records
from pipeline.sources.files import SourceFile, discover, some
from pipeline.sources.items import STAGE, Item
from pipeline.sources.mapping import EverydaySet, find_set
from pipeline.sources.rows import SourceRow
from pipeline.sources.truths import BadRowError


class Mapped(NamedTuple):
    """A file and the set that describes it."""

    file: SourceFile
    set: EverydaySet


def read(spec: str, mapping: Sequence[EverydaySet]) -> Iterator[Item]:
    """Queries of a file, or of all files under a directory that the mapping names.

    Raises:
        InputError: No file is named by the mapping, or a file is broken.
    """
    mapped, unknown = _match(spec, mapping)
    for file in unknown:
        yield Reject(STAGE, file.name, None, "unmapped_file", "no set of the mapping names it")
    for entry in mapped:
        yield from read_file(entry)


def count(spec: str, mapping: Sequence[EverydaySet]) -> int:
    """Rows under a path."""
    return sum(count_records(m.file, m.set) for m in _match(spec, mapping)[0])


def _match(spec: str, mapping: Sequence[EverydaySet]) -> tuple[list[Mapped], list[SourceFile]]:
    files = discover(spec)
    found = [(file, find_set(mapping, file.name)) for file in files]
    mapped = [Mapped(file, known) for file, known in found if known is not None]
    if not mapped:
        raise InputError(
            f"{spec}: the mapping names none of its files ({some([f.name for f in files])}); "
            "add a [[sets]] entry for them in a TOML file and give it as sources.everyday_mapping"
        )
    return mapped, [file for file, known in found if known is None]


def read_file(entry: Mapped, revision: str | None = None) -> Iterator[Item]:
    """Queries of one file, streamed.

    Raises:
        InputError: The file cannot be read in its declared format, or lacks a declared column.
    """
    for record in read_records(entry.file, entry.set):
        try:
            yield _query(record, entry, revision)
        except BadRowError as error:
            key = f"{entry.file.name}#{record.row}"
            yield Reject(STAGE, key, entry.set.data_source, error.reason, error.detail)


def _query(record: Record, entry: Mapped, revision: str | None) -> SourceRow:
    known = entry.set
    if record.fault is not None:
        raise BadRowError("malformed_row", record.fault)
    question = record.question
    if not isinstance(question, str) or not question.strip():
        raise BadRowError("missing_question", f"question is {question!r}")
    answers = _answers(record.answer)
    if not answers and (known.answer or known.format == "qna"):
        raise BadRowError("missing_answer", f"no answer to {question[:80]!r}")
    chat = known.domain == "chat"
    return SourceRow(
        data_source=known.data_source,
        domain=known.domain,
        messages=[{"role": "user", "content": question.strip()}],
        grader="chat" if chat else "short_answer",
        ground_truth=None if chat else (answers if len(answers) > 1 else answers[0]),
        grader_args={"language": known.language} if chat else _answer_type(record, known),
        dataset=known.dataset,
        licence=known.licence,
        revision=revision,
        file=entry.file.name,
        row=record.row,
        solution=answers[0] if chat and answers else None,
    )


def _answers(value: Any) -> list[str]:
    """Non-blank answers, the first spelling of each once."""
    values = value if isinstance(value, list) else [value]
    texts = [str(v).strip() for v in values if isinstance(v, str | int | float)]
    return list(dict.fromkeys(text for text in texts if text))


def _answer_type(record: Record, known: EverydaySet) -> dict[str, str]:
    source = known.answer_type_from
    found = known.answer_type
    if source is not None and (match := re.search(source.pattern, record.answer_type or "")):
        found = source.types.get(match[1], found)
    return {"answer_type": found} if found else {}
