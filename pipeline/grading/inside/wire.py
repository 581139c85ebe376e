"""Messages between processes that do not trust each other: framed JSON of plain data.

A value that is not plain data (an instance, a function) stays with its owner and travels as a
handle, so the one that receives it never runs the sender's code: no `__eq__`, no `__reduce__`,
nothing.
"""

import builtins
import json
import marshal
import os
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

MAX_FRAME = 64 << 20
_BIG_INT = 1 << 53

Register = Callable[[Any], list[Any]]
Resolve = Callable[[list[Any]], Any]


class WireError(Exception):
    """The other side is gone, or sent what is no message."""


def send(fd: int, message: Any) -> None:
    """Write one message whole.

    Raises:
        WireError: It is too large, or the reader is gone.
    """
    write_frame(fd, json.dumps(message).encode())


def write_frame(fd: int, data: bytes) -> None:
    """Write a message that is JSON already.

    Raises:
        WireError: It is too large, or the reader is gone.
    """
    if len(data) > MAX_FRAME:
        raise WireError(f"a value of {len(data)} bytes is too large")
    view = memoryview(len(data).to_bytes(4, "big") + data)
    try:
        while view:
            view = view[os.write(fd, view) :]
    except OSError as error:
        raise WireError("the other side is gone") from error


def receive(fd: int) -> Any:
    """Read one message whole, and not a byte more.

    Raises:
        WireError: The writer is gone or sent no message.
    """
    size = int.from_bytes(_read(fd, 4), "big")
    if size > MAX_FRAME:
        raise WireError(f"a value of {size} bytes is too large")
    try:
        return json.loads(_read(fd, size))
    except (ValueError, RecursionError) as error:
        raise WireError("not a message") from error


def receive_job(fd: int) -> Any:
    """Read one message of the host whole, and not a byte more: marshalled, as it is trusted.

    Raises:
        WireError: The host is gone.
    """
    return marshal.loads(_read(fd, int.from_bytes(_read(fd, 4), "big")))


def _read(fd: int, size: int) -> bytes:
    parts = []
    while size:
        try:
            part = os.read(fd, min(size, 1 << 20))
        except OSError as error:
            raise WireError("the other side is gone") from error
        if not part:
            raise WireError("the other side is gone")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def encode(value: Any, register: Register) -> Any:
    """Plain data as JSON; subclasses of built-in types lose their class, all else is registered."""
    for kind, encoder in _ENCODERS:
        if isinstance(value, kind):
            return encoder(value, register)
    return _number(value) or register(value)


def _number(value: Any) -> list[Any] | None:
    # Only a process that made such a number has its module loaded: importing both takes 9 ms.
    if "decimal" in sys.modules and isinstance(value, sys.modules["decimal"].Decimal):
        return ["D", str(value)]
    if "fractions" in sys.modules and isinstance(value, sys.modules["fractions"].Fraction):
        return ["F", [hex(value.numerator), hex(value.denominator)]]
    return None


def _builtin_type(name: str) -> type:
    kind = getattr(builtins, name)
    if not isinstance(kind, type):
        raise TypeError(name)
    return kind


def _decimal(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


def _fraction(numerator: str, denominator: str) -> Any:
    from fractions import Fraction

    return Fraction(int(numerator, 16), int(denominator, 16))


def _integer(value: Any, _: Register) -> Any:
    exact = int.__index__(value)
    return exact if -_BIG_INT < exact < _BIG_INT else ["i", hex(exact)]


def _items(tag: str, value: Any, base: Any, register: Register) -> Any:
    return [tag, [encode(item, register) for item in base.__iter__(value)]]


def _mapping(value: Any, register: Register) -> Any:
    pairs = dict.items(value)
    return ["d", [[encode(k, register), encode(v, register)] for k, v in pairs]]


# In order of test: bool is an int.
_ENCODERS: tuple[tuple[Any, Callable[[Any, Register], Any]], ...] = (
    ((bool, type(None)), lambda v, r: v),
    (int, _integer),
    (float, lambda v, r: float.__float__(v)),
    (str, lambda v, r: str.__str__(v)),
    (list, lambda v, r: _items("l", v, list, r)),
    (tuple, lambda v, r: _items("t", v, tuple, r)),
    (dict, _mapping),
    (set, lambda v, r: _items("s", v, set, r)),
    (frozenset, lambda v, r: _items("f", v, frozenset, r)),
    (deque, lambda v, r: _items("q", v, deque, r)),
    (range, lambda v, r: ["r", [v.start, v.stop, v.step]]),
    ((bytes, bytearray), lambda v, r: ["b", v.hex()]),
    (type, lambda v, r: ["T", v.__name__] if v.__module__ == "builtins" else r(v)),
    (complex, lambda v, r: ["c", [v.real, v.imag]]),
)


def decode(data: Any, resolve: Resolve) -> Any:
    """The inverse of `encode`; anything it did not write is refused.

    Raises:
        WireError: Not a value.
    """
    if data is None or isinstance(data, bool | int | float | str):
        return data
    try:
        if data[0] in ("h", "o", "x"):
            return resolve(data)
        return _DECODERS[data[0]](data[1], lambda item: decode(item, resolve))
    except WireError:
        raise
    except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise WireError("not a value") from error


_DECODERS: dict[str, Callable[[Any, Callable[[Any], Any]], Any]] = {
    "i": lambda v, d: int(v, 16),
    "l": lambda v, d: [d(item) for item in v],
    "t": lambda v, d: tuple(d(item) for item in v),
    "d": lambda v, d: {d(key): d(item) for key, item in v},
    "s": lambda v, d: {d(item) for item in v},
    "f": lambda v, d: frozenset(d(item) for item in v),
    "q": lambda v, d: deque(d(item) for item in v),
    "r": lambda v, d: range(*v),
    "b": lambda v, d: bytes.fromhex(v),
    "T": lambda v, d: _builtin_type(v),
    "c": lambda v, d: complex(*v),
    "D": lambda v, d: _decimal(v),
    "F": lambda v, d: _fraction(*v),
}
