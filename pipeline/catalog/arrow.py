"""Arrow arrays from numpy and Python values, without `pyarrow.array`.

That one imports pandas wherever it is installed: seconds of start-up and tens of megabytes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

NUMBER_TYPES = {"int32": pa.int32(), "int64": pa.int64(), "float64": pa.float64()}


def numbers(values: npt.NDArray[Any]) -> pa.Array:
    """An Arrow array over the memory of a numpy array of int32, int64 or float64."""
    values = np.ascontiguousarray(values)
    kind = NUMBER_TYPES[values.dtype.name]
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def offsets(values: npt.NDArray[Any]) -> pa.Array:
    """List offsets; Arrow's plain lists hold them in 32 bits."""
    return numbers(values.astype(np.int32))


def strings(ends: npt.NDArray[Any], text: Any) -> pa.Array:
    """Strings that stand end to end in one buffer.

    Args:
        ends: Byte offsets, one more than there are strings, the first being 0.
        text: UTF-8 bytes.
    """
    bounds = pa.py_buffer(np.ascontiguousarray(ends, dtype=np.int32))
    return pa.StringArray.from_buffers(len(ends) - 1, bounds, pa.py_buffer(text))


def encoded(values: pa.Array) -> pa.Array:
    """Strings, or lists of strings, as dictionary arrays; anything else as it is."""
    if pa.types.is_string(values.type):
        return values.dictionary_encode()
    if pa.types.is_list(values.type):
        return pa.ListArray.from_arrays(values.offsets, encoded(values.values))
    return values


def column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """A small Arrow array from Python values."""
    return pl.Series(values, strict=True).to_arrow().cast(kind)
