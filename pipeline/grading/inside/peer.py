"""A connection between two processes that do not trust each other; both may ask and answer."""

import builtins
import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

from .wire import WireError, receive, send

MAX_TEXT = 300
MAX_BASES = 32


class Pipes(NamedTuple):
    """One end of a connection: file descriptors to read from and to write to."""

    reader: int
    writer: int


class RemoteError(Exception):
    """The program raised something that is no built-in exception."""


class Peer:
    """One end of a connection; both ends may ask while they wait for an answer."""

    def __init__(self, pipes: Pipes, serve: Callable[["Peer", str, list[Any]], Any]) -> None:
        self.pipes = pipes
        self.objects: list[Any] = []
        self.lost = False
        self._serve = serve
        self._classes: dict[str, type[Exception]] = {}

    def keep(self, value: Any) -> list[Any]:
        """Register an own object and return its handle as a message."""
        self.objects.append(value)
        kind = type(value).__name__
        if isinstance(value, type) and issubclass(value, BaseException):
            return ["x", len(self.objects) - 1, lineage(value)]
        return ["h", len(self.objects) - 1, kind]

    def ask(self, operation: str, *arguments: Any) -> Any:
        """Have the other side do something; returns the raw answer.

        Raises:
            WireError: The other side is gone.
            Exception: What the other side raised, as an exception class of that name.
        """
        try:
            kind, rest = self._exchange(["ask", operation, arguments])
        except WireError:
            self.lost = True
            raise
        if kind == "error":
            raise self._raised(*rest)
        return rest[0]

    def _exchange(self, message: list[Any]) -> tuple[str, list[Any]]:
        send(self.pipes.writer, message)
        while True:
            kind, *rest = _message(receive(self.pipes.reader))
            if kind != "ask":
                return kind, rest
            self.answer(rest)

    def answer(self, request: Any) -> None:
        """Serve one request of the other side."""
        try:
            operation, arguments = request
            result = ["value", self._serve(self, operation, arguments)]
        except WireError:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever model code raises is its answer
            result = ["error", lineage(type(error)), _text(error)]
        send(self.pipes.writer, result)

    def _raised(self, names: Any, text: Any) -> Exception:
        """What the tests see of an exception that the program raised; marked as `remote`."""
        kind = self.exception_class(names)
        name = f"{names[0]}: " if kind is RemoteError and names else ""
        error = kind(f"{name}{text}")
        error.remote = True  # type: ignore[attr-defined]
        return error

    def exception_class(self, names: Any) -> type[Exception]:
        """A class of our own for one of the program; it has the built-in ones among its bases.

        Raises:
            WireError: The names are no lineage.
        """
        if not isinstance(names, list) or len(names) > MAX_BASES:
            raise WireError("not an exception")
        texts = list(map(str, names))
        if _BUILT_IN.keys().isdisjoint(texts):
            return RemoteError
        return _BUILT_IN.get(texts[0]) or self._own_class(texts[0], self.exception_class(texts[1:]))

    def _own_class(self, name: str, base: type[Exception]) -> type[Exception]:
        if not name.isidentifier():
            return base
        if name not in self._classes:
            self._classes[name] = type(name, (base,), {"__module__": "builtins"})
        return self._classes[name]


def lineage(kind: type) -> list[str]:
    """Names of a class and its bases, without `object`."""
    return [base.__name__[:MAX_TEXT] for base in kind.__mro__[:-1]][:MAX_BASES]


def _message(message: Any) -> list[Any]:
    shapes = {"ask": 3, "value": 2, "error": 3}
    if not isinstance(message, list) or not message or not isinstance(message[0], str):
        raise WireError("not a message")
    if shapes.get(message[0]) != len(message):
        raise WireError("not a message")
    return message


def _text(error: BaseException) -> str:
    try:
        return str(error)[:MAX_TEXT]
    except Exception:  # noqa: BLE001 - a model's own exception class may fail to print
        return ""


def _takes_a_text(kind: Any) -> bool:
    if not isinstance(kind, type) or not issubclass(kind, Exception):
        return False
    with contextlib.suppress(TypeError):  # a few, such as UnicodeError's, want more than a text
        kind("")
        return True
    return False


_BUILT_IN = {name: kind for name, kind in vars(builtins).items() if _takes_a_text(kind)}
