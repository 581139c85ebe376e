r"""Grids of whole numbers (ARC-AGI, BARC): every cell must be right, and the size too.

The truth is a list of rows. The answer is a list of rows in JSON or Python, in `<answer>` tags or
in `\boxed{}`; rows of bare digits, one line a row, are read as well. Cells may be `1`, `1.0` or
`"1"`. A wrong size is wrong, never padded.
"""

import re
from typing import Any

from pipeline.grading.answers import tagged_or_boxed
from pipeline.grading.literals import NotALiteral, read
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.settings import GradingSettings

VERSION = "1"
MAX_SIDE = 200

Grid = list[list[int]]

_DIGITS = re.compile(r"\s*-?\d+(?:[ \t,]+-?\d+)*[ \t,]*")


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Compare the answer's grid with the truth's."""
    truth = as_grid(task.truth)
    if truth is None:
        return ungraded(f"the truth is no grid of whole numbers: {str(task.truth)[:80]!r}")
    text = tagged_or_boxed(task.text)
    if text is None:
        return unparsed("no answer in <answer> tags or a box")
    answer = parse(text)
    if answer is None:
        return unparsed(f"the answer is no grid: {text[:80]!r}")
    if answer == truth:
        return CORRECT
    return wrong(_difference(answer, truth))


def parse(text: str) -> Grid | None:
    """The one grid in a text; None where there is none."""
    start, end = text.find("["), text.rfind("]")
    listed = 0 <= start < end
    try:
        return as_grid(read(text[start : end + 1] if listed else text)) or _rows_of_digits(text)
    except NotALiteral:
        return None if listed else _rows_of_digits(text)


def _rows_of_digits(text: str) -> Grid | None:
    lines = [line for line in text.splitlines() if line.strip()][: MAX_SIDE + 1]
    if not lines or not all(_DIGITS.fullmatch(line) for line in lines):
        return None
    return as_grid([re.findall(r"-?\d+", line) for line in lines])


def as_grid(value: Any) -> Grid | None:
    """The value as rows of equal length; None where it is anything else."""
    if not isinstance(value, list | tuple) or not 0 < len(value) <= MAX_SIDE:
        return None
    rows = [_row(row) for row in value]
    grid = [row for row in rows if row]
    if len(grid) != len(rows) or len({len(row) for row in grid}) != 1:
        return None
    return grid


def _row(value: Any) -> list[int] | None:
    if not isinstance(value, list | tuple) or len(value) > MAX_SIDE:
        return None
    cells = [_cell(cell) for cell in value]
    row = [cell for cell in cells if cell is not None]
    return row if len(row) == len(cells) else None


def _cell(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        return int(text) if re.fullmatch(r"-?\d{1,6}", text) else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


def _difference(answer: Grid, truth: Grid) -> str:
    sizes = [f"{len(grid)}x{len(grid[0])}" for grid in (answer, truth)]
    if sizes[0] != sizes[1]:
        return f"a grid of {sizes[0]}, not {sizes[1]}"
    pairs = [pair for rows in zip(answer, truth, strict=True) for pair in zip(*rows, strict=True)]
    return f"{sum(a != b for a, b in pairs)} of {len(pairs)} cells differ"
