"""How names and single words of puzzles are compared: without case, quotes and extra spaces."""

import unicodedata
from typing import Any

_EDGES = " \t\r\n\"'`*_.,;:!"


def word(value: Any) -> str:
    """A cell, name or word as it counts: `1`, `1.0` and `"1"` are one, and `Emma` is `emma`."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFKC", str(value)).casefold()
    return " ".join(text.strip(_EDGES).split())


def is_plain(value: Any) -> bool:
    """Whether a value is a text or a number, and so can be a cell or a name."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)
