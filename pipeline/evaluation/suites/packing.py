"""Truths of many megabytes in little room, and texts that came as pickles.

Nothing of a pickle is run: one that holds anything but a text is refused.
"""

import base64
import io
import pickle
import zlib
from typing import Any

from pipeline.grading.code import PACKED
from schemas.problems import to_json

PACK_FROM = 1 << 20
MAX_BYTES = 1 << 30


class RefusedError(Exception):
    """Data that are too large, broken, or more than text."""


class _TextOnly(pickle.Unpickler):
    """Knows no class and no function, so that a pickle can only be made of plain values."""

    def find_class(self, module: str, name: str) -> Any:
        raise RefusedError(f"the pickle wants {module}.{name}, and only text is read")

    def persistent_load(self, pid: Any) -> Any:
        raise RefusedError("the pickle refers to something outside it")


def packed(truth: dict[str, Any]) -> dict[str, Any]:
    """A truth as it is, or compressed where its JSON is over a megabyte; the grader reads both."""
    text = to_json(truth)
    if len(text) < PACK_FROM:
        return truth
    return {PACKED: base64.b64encode(zlib.compress(text.encode(), 6)).decode()}


def unpickled_text(encoded: str) -> str:
    """The text in base64 of zlib of a pickle.

    Raises:
        RefusedError: It is something else, or too large.
    """
    try:
        data = inflated(base64.b64decode(encoded, validate=True))
        value = _TextOnly(io.BytesIO(data)).load()
    except RefusedError:
        raise
    except Exception as error:  # a broken pickle may raise anything
        raise RefusedError(f"not a pickled text: {type(error).__name__}") from error
    if not isinstance(value, str):
        raise RefusedError(f"the pickle holds {type(value).__name__}, and only text is read")
    return value


def inflated(data: bytes) -> bytes:
    """Decompressed bytes, no more than `MAX_BYTES`.

    Raises:
        RefusedError: There are more.
    """
    machine = zlib.decompressobj()
    result = machine.decompress(data, MAX_BYTES)
    if machine.unconsumed_tail:
        raise RefusedError(f"over {MAX_BYTES:,} bytes")
    return result
