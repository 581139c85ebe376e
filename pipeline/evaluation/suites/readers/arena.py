"""RouterArena: what routers are compared on in public. Its texts are read, and nothing is asked.

Its full split comes without answers, and its policy is that nothing of it may be trained on.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pipeline.evaluation.suites.questions import Item, Read, Row, Skip
from pipeline.evaluation.suites.readers.fields import each, field
from pipeline.evaluation.suites.registry import Suite

TEXTS_ONLY = "texts_only"


def routerarena(rows: Iterable[Row], suite: Suite, beside: Sequence[Row]) -> Iterator[Read]:
    """Context, question and options of every row, as evaluation data to stay away from."""
    return each(rows, _read, "Global Index")


def _read(row: Row) -> Item:
    parts = [
        str(row.values.get("Context") or ""),
        str(field(row, "Question")),
        "\n".join(map(str, _options(row.values.get("Options")))),
    ]
    text = "\n\n".join(part.strip() for part in parts if part.strip())
    return Skip(str(field(row, "Global Index")), TEXTS_ONLY, text)


def _options(value: Any) -> list[Any]:
    """Options as a list, which some copies hold as JSON."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return [value]
    return list(value) if isinstance(value, list | tuple) else [value or ""]
