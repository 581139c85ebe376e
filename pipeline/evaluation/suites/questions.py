"""What a reader makes of a suite's rows, and the contract's table made of it. Reads no file."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import polars as pl

from pipeline.errors import IntegrityError
from pipeline.evaluation.suites.registry import Suite
from pipeline.sources.json_text import json_text
from pipeline.sources.tables import Tables, build
from schemas.problems import Problems, References, problem_id

_PLACE = re.compile(r"\{([a-z_]+)\}")
DUPLICATE = "equal_prompt"
# Option of a grader, which heeds it not: part of the suite that a problem belongs to.
PART = "part"


class Row(NamedTuple):
    """A row as a file has it; `number` is its position there, from zero."""

    dataset: str
    file: str
    number: int
    values: dict[str, Any]


class Question(NamedTuple):
    """One item of a suite that can be asked and graded.

    Attributes:
        item: Upstream's name of it.
        text: The bare question.
        truth: Any JSON value; its shape is the grader's.
        frame: Which of the suite's prompts it is put into.
        places: What else the prompt names besides `{question}`.
        args: Options of the grader.
        grader: Where it is not the suite's.
        domain: Where it is not the suite's.
        part: Of the suite, as `category/task`, where results are told apart by it.
        solution: A worked solution, never shown to a policy.
    """

    item: str
    text: str
    truth: Any
    frame: str = "default"
    places: Mapping[str, str] = {}
    args: Mapping[str, Any] = {}
    grader: str | None = None
    domain: str | None = None
    part: str = ""
    solution: str | None = None


class Skip(NamedTuple):
    """One item that we cannot ask or grade, and why; its text still counts as evaluation data."""

    item: str
    reason: str
    text: str | None = None


class Later(NamedTuple):
    """A later turn of a conversation: the question before it, and its answer, bring it up."""

    item: str
    text: str


Item = Question | Skip | Later


class Read(NamedTuple):
    """An item with the row it came from."""

    row: Row
    item: Item


class Origin(NamedTuple):
    """Where a suite's rows are from: a Hub commit or a hash of local files, and the licence."""

    revision: str
    licence: str


class Assembled(NamedTuple):
    """Tables of the contract, and how many items were left out for which reason."""

    problems: pl.DataFrame
    references: pl.DataFrame
    skipped: dict[str, int]


def prompt(suite: Suite, question: Question) -> str:
    """The question in its frame.

    Raises:
        IntegrityError: The frame names a place that the reader does not fill.
    """
    places = {"question": question.text, **question.places}
    try:
        frame = suite.prompts[question.frame]
        return _PLACE.sub(lambda match: places[match[1]], frame).strip()
    except KeyError as error:
        raise IntegrityError(f"suite {suite.name}: no frame or place {error}") from error


def assemble(suite: Suite, read: Iterable[Read], origin: Origin) -> Assembled:
    """Problems sorted by id; of equal prompts the first one counts."""
    records: dict[str, tuple[Any, ...]] = {}
    skipped: dict[str, int] = {}
    for row, item in read:
        reason = item.reason if isinstance(item, Skip) else None
        if isinstance(item, Question):
            record = _record(suite, row, item, origin)
            reason = DUPLICATE if record[0] in records else None
            records.setdefault(record[0], record)
        if reason is not None:
            skipped[reason] = skipped.get(reason, 0) + 1
    tables = _tables([records[key] for key in sorted(records)])
    return Assembled(*tables, dict(sorted(skipped.items())))


def _record(suite: Suite, row: Row, question: Question, origin: Origin) -> tuple[Any, ...]:
    text = prompt(suite, question)
    args = {**suite.grader_args, **question.args}
    if question.part:
        args[PART] = question.part
    return (
        problem_id(suite.data_source, [{"role": "user", "content": text}]),
        suite.data_source,
        question.domain or suite.domain,
        "reasoning",
        question.grader or suite.grader,
        json_text(question.truth),
        json_text(args),
        row.dataset,
        origin.revision,
        row.file,
        row.number,
        origin.licence,
        ["user", text],
        (),
        question.solution,
    )


def _tables(records: list[tuple[Any, ...]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    if not records:
        return Problems.create_empty(), References.create_empty()
    tables: Tables = build(records, {})
    return _frame(tables.problems), _frame(tables.references)


def _frame(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def text_of(value: Any) -> str:
    """A field as text: JSON where it is none, nothing where it is null."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
