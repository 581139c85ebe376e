r"""Zebra puzzles: a table of attributes; the score is the share of right cells.

The truth is {"header": [...], "rows": [[...], ...]}. The answer is such an object in JSON or
Python, in `<answer>` tags or in `\boxed{}`. Columns may come in another order if the header names
them, and rows if their first cells do. A missing row or cell costs what it holds; one too many
costs as much as a wrong one. Cells are compared without case and quotes. Correct is only the whole
table.
"""

from collections.abc import Sequence
from typing import Any

from pipeline.grading.answers import tagged_or_boxed
from pipeline.grading.literals import NotALiteral, read
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.grading.words import is_plain, word
from pipeline.settings import GradingSettings

VERSION = "1"
MAX_CELLS = 10_000

Row = list[str]


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Count the right cells."""
    if not is_table(task.truth):
        return ungraded(f"the truth is no header and rows: {str(task.truth)[:80]!r}")
    header, truth = _table(task.truth)
    text = tagged_or_boxed(task.text)
    if text is None:
        return unparsed("no answer in <answer> tags or a box")
    given, rows = parse(text)
    if not rows:
        return unparsed(f"the answer is no object with rows: {text[:80]!r}")
    return _verdict(_in_order(_columns(rows, given, header), truth), truth)


def is_table(value: Any) -> bool:
    """Whether a value can be a truth: a header, and rows of its length."""
    header, rows = _table(value)
    return bool(rows and header) and all(len(row) == len(header) for row in rows)


def parse(text: str) -> tuple[Row, list[Row]]:
    """Header and rows of the object in a text; no rows where there is none."""
    start, end = text.find("{"), text.rfind("}")
    try:
        return _table(read(text[start : end + 1])) if 0 <= start < end else ([], [])
    except NotALiteral:
        return [], []


def _table(value: Any) -> tuple[Row, list[Row]]:
    if not isinstance(value, dict):
        return [], []
    rows, header = value.get("rows"), value.get("header")
    if not isinstance(rows, list | tuple) or not all(isinstance(r, list | tuple) for r in rows):
        return [], []
    if sum(map(len, rows)) > MAX_CELLS:
        return [], []
    return _cells(header) if isinstance(header, list | tuple) else [], [_cells(row) for row in rows]


def _cells(row: Sequence[Any]) -> Row:
    return [word(cell) if is_plain(cell) else "" for cell in row]


def _columns(rows: list[Row], given: Row, header: Row) -> list[Row]:
    """Columns in the truth's order, where the answer's header names the same ones."""
    if given == header or sorted(given) != sorted(header) or len(set(header)) != len(header):
        return rows
    if any(len(row) != len(header) for row in rows):
        return rows
    order = [given.index(name) for name in header]
    return [[row[column] for column in order] for row in rows]


def _in_order(rows: list[Row], truth: list[Row]) -> list[Row]:
    """Rows in the truth's order, where their first cells are the same ones."""
    labels, wanted = [row[0] if row else "" for row in rows], [row[0] for row in truth]
    if labels == wanted or sorted(labels) != sorted(wanted) or len(set(wanted)) != len(wanted):
        return rows
    return [rows[labels.index(label)] for label in wanted]


def _verdict(rows: list[Row], truth: list[Row]) -> Outcome:
    cells = sum(map(len, truth))
    right = sum(
        cell == want
        for row, wanted in zip(rows, truth, strict=False)
        for cell, want in zip(row, wanted, strict=False)
    )
    extra = sum(map(len, rows[len(truth) :])) + sum(
        max(0, len(row) - len(wanted)) for row, wanted in zip(rows, truth, strict=False)
    )
    if right == cells and not extra:
        return CORRECT
    return wrong(f"{right} of {cells} cells are right", right / (cells + extra))
