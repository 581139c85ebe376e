"""Column types that several tables share."""

from collections.abc import Sequence
from typing import Any

import dataframely as dy

ID_PATTERN = "^[0-9a-f]{16}$"


def identifier(**options: Any) -> dy.String:
    """A 16-hex-digit content hash."""
    return dy.String(regex=ID_PATTERN, **options)


def one_of(values: Sequence[str], **options: Any) -> dy.String:
    """A string out of a closed set: stored as plain text, which every reader understands."""
    return dy.String(check={f"one of {', '.join(values)}": lambda c: c.is_in(values)}, **options)
