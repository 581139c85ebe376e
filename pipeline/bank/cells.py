"""Takes values out of foreign rows and makes them ours; says file, row and column of a bad one."""

import json
import math
from collections.abc import Mapping as AnyMapping
from typing import Any, NamedTuple

from pipeline.bank.mapping import MODEL, Place
from pipeline.errors import InputError
from schemas.attempts import VERDICTS

YES = frozenset({"true", "yes", "1", "1.0", "correct"})
NO = frozenset({"false", "no", "0", "0.0", "wrong", "incorrect"})
EMPTY = frozenset({"", "nan", "null", "none", "na", "n/a"})


class Spot(NamedTuple):
    """Where a row stands, for messages."""

    file: str
    row: int

    def fault(self, place: Place, problem: str) -> InputError:
        """The error of a cell."""
        return InputError(f"{self.file}: row {self.row}, column {'/'.join(place)}: {problem}")


def look(row: AnyMapping[str, Any], place: Place, spot: Spot, model: str = "") -> Any:
    """The value at a place; None where an inner step is missing.

    Args:
        row: The row.
        place: Column, then steps into it.
        spot: For messages.
        model: Stem that `{model}` stands for.

    Raises:
        InputError: The column is not there, or is no object.
    """
    steps = tuple(step.replace(MODEL, model) for step in place)
    if steps[0] not in row:
        known = ", ".join(map(str, list(row)[:20]))
        raise spot.fault(steps[:1], f"not there; the row has {known}: correct the mapping")
    value = row[steps[0]]
    for depth, step in enumerate(steps[1:], start=1):
        value = _opened(value, steps[:depth], spot)
        if value is None:
            return None
        value = value.get(step)
    return value


def _opened(value: Any, place: Place, spot: Spot) -> dict[str, Any] | None:
    if is_missing(value):
        return None
    if isinstance(value, str):  # a CSV file can hold an object as text alone
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise spot.fault(place, f"{value[:60]!r} is no JSON object; correct it") from error
    if not isinstance(value, dict):
        raise spot.fault(place, f"{str(value)[:60]!r} is no object to look into; correct it")
    return value


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing."""
    if isinstance(value, str):
        return value.strip().lower() in EMPTY
    return value is None or (isinstance(value, float) and math.isnan(value))


def boolean(value: Any, place: Place, spot: Spot) -> bool:
    """A yes or no."""
    text = str(value).strip().lower()
    if text in YES:
        return True
    if text in NO:
        return False
    raise spot.fault(place, f"{str(value)[:60]!r} is no true or false; correct it, or map a score")


def number(value: Any, place: Place, spot: Spot, most: float = math.inf) -> float:
    """A number from 0 to `most`."""
    try:
        found = float(value)
    except (TypeError, ValueError) as error:
        raise spot.fault(place, f"{str(value)[:60]!r} is no number; correct it") from error
    if not 0 <= found <= most or math.isinf(found):
        bound = f"from 0 to {most:g}" if most < math.inf else "from 0"
        raise spot.fault(place, f"{value!r} is no number {bound}; correct it, or full_score")
    return found


def whole(value: Any, place: Place, spot: Spot) -> int:
    """A whole number from 0."""
    found = number(value, place, spot)
    if found != int(found):
        raise spot.fault(place, f"{value!r} is no whole number; correct it")
    return int(found)


def verdict(value: Any, place: Place, spot: Spot) -> str:
    """One of our verdicts."""
    if value not in VERDICTS:
        known = ", ".join(VERDICTS)
        raise spot.fault(place, f"{str(value)[:60]!r} is no verdict; known are {known}")
    return str(value)


def text(value: Any) -> str:
    """A text as it can be stored: half a surrogate pair, which JSON can spell, cannot."""
    found = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return found.encode(errors="replace").decode()
