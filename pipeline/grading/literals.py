"""Reads lists, objects, texts and numbers that a model wrote as JSON or as a Python literal.

Nothing is run: only literal tokens are let through, and length and depth are bounded, so that any
text is read or refused at once.
"""

import ast
import json
import re
import warnings
from typing import Any

MAX_LENGTH = 100_000
MAX_DEPTH = 30

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<open>[\[({]) | (?P<close>[\])}]) | [,:]
        | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*'
        | [+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?
        | \b(?:True|False|None)\b
    )""",
    re.VERBOSE | re.DOTALL,
)


class NotALiteral(ValueError):  # noqa: N818 - it is what the text is, not a fault
    """The text is neither JSON nor a literal, or is too large."""


def read(text: str) -> Any:
    """The value that the whole text is.

    Raises:
        NotALiteral: It is none; the message says why.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise NotALiteral(f"{len(text):,} characters, at most {MAX_LENGTH:,} are read")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _python(text)


def _python(text: str) -> Any:
    _check_tokens(text)
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError) as error:
        raise NotALiteral(f"not a literal: {type(error).__name__}") from error


def _check_tokens(text: str) -> None:
    position = depth = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise NotALiteral(f"no literal at {text[position : position + 20]!r}")
        depth += bool(match["open"]) - bool(match["close"])
        if depth > MAX_DEPTH:
            raise NotALiteral(f"nested more than {MAX_DEPTH} deep")
        position = match.end()
