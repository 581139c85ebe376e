"""Calls between the tests and the program under test, each in its own process.

The tests' side holds `Handle`s to the program's functions and objects. The program's side holds
nothing of the tests but functions they pass as arguments, which it may only call.
"""

import builtins
import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

from .wire import WireError, decode, encode, receive, send

MAX_ITEMS = 1_000_000
_DATA_TYPES = (type, type(encode), type(len), type("".join))


class RemoteError(Exception):
    """The program raised something that is not a built-in exception."""


class UncarriedError(Exception):
    """The tests pass an object that is no data: a fault of ours, not of the program."""


class Peer:
    """One end of a connection; both ends may ask while they wait for an answer."""

    def __init__(self, fd: int, serve: Callable[["Peer", str, list[Any]], Any]) -> None:
        self.fd = fd
        self.objects: list[Any] = []
        self._serve = serve

    def keep(self, value: Any) -> list[Any]:
        """Register an own object and return its handle as a message."""
        self.objects.append(value)
        return ["h", len(self.objects) - 1, type(value).__name__]

    def ask(self, operation: str, *arguments: Any) -> Any:
        """Have the other side do something; returns the raw answer.

        Raises:
            WireError: The other side is gone.
            Exception: What the other side raised, as the built-in exception of that name.
        """
        send(self.fd, ["ask", operation, arguments])
        while True:
            kind, *rest = _message(receive(self.fd))
            if kind == "ask":
                self.answer(rest)
            elif kind == "error":
                raise remote_exception(*rest)
            else:
                return rest[0]

    def answer(self, request: Any) -> None:
        """Serve one request of the other side."""
        try:
            operation, arguments = request
            result = ["value", self._serve(self, operation, arguments)]
        except WireError:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever model code raises is its answer
            result = ["error", type(error).__name__, _text(error)]
        send(self.fd, result)


def _message(message: Any) -> list[Any]:
    shapes = {"ask": 3, "value": 2, "error": 3}
    if not isinstance(message, list) or not message or not isinstance(message[0], str):
        raise WireError("not a message")
    if shapes.get(message[0]) != len(message):
        raise WireError("not a message")
    return message


def _text(error: BaseException) -> str:
    try:
        return str(error)[:300]
    except Exception:  # noqa: BLE001 - a model's own exception class may fail to print
        return ""


def remote_exception(name: Any, text: Any) -> Exception:
    """The exception the tests see for one that the program raised; marked as `remote`."""
    kind = getattr(builtins, str(name), None)
    error: Exception = RemoteError(f"{name}: {text}")
    if isinstance(kind, type) and issubclass(kind, Exception):
        with contextlib.suppress(TypeError):  # a few, such as UnicodeError, want more than a text
            error = kind(str(text))
    error.remote = True  # type: ignore[attr-defined]
    return error


class Handle:
    """Stands for an object of the program. Equal only to itself, whatever its class says."""

    __slots__ = ("_index", "_peer", "_type")

    def __init__(self, peer: "Tests", index: int, kind: str) -> None:
        object.__setattr__(self, "_peer", peer)
        object.__setattr__(self, "_index", index)
        object.__setattr__(self, "_type", kind)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object."""
        return self._peer.call(self._index, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        return self._peer.get("attribute", self._index, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._peer.get("assign", self._index, name, self._peer.encode(value))

    def __getitem__(self, key: Any) -> Any:
        return self._peer.get("item", self._index, self._peer.encode(key))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._peer.get("list", self._index))

    def __next__(self) -> Any:
        return self._peer.get("next", self._index)

    def __len__(self) -> int:
        return int(self._peer.get("length", self._index))

    def __bool__(self) -> bool:
        return self._peer.get("truth", self._index) is True

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Handle):
            return False
        return self._peer.get("equal", self._index, other._index) is True

    def __hash__(self) -> int:
        return hash(self._index)

    def __str__(self) -> str:
        return str(self._peer.get("text", self._index))

    def __repr__(self) -> str:
        return f"<{self._type} of the program>"


class Tests:
    """The tests' end."""

    def __init__(self, fd: int) -> None:
        self._peer = Peer(fd, self._serve)
        self.uncarried = ""

    def get(self, operation: str, *arguments: Any) -> Any:
        """Ask for a value; arguments are already encoded."""
        return self._decode(self._peer.ask(operation, *arguments))

    def names(self, wanted: list[str]) -> dict[str, Any]:
        """Those of the wanted global names that the program defines."""
        found = {}
        for name in wanted:
            kind, *value = self._peer.ask("name", name)
            if kind == "value":
                found[name] = self._decode(value[0])
            elif kind == "module" and value[0] in sys.stdlib_module_names:
                found[name] = importlib.import_module(value[0])
        return found

    def call(self, index: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call an object of the program; what it changed in place changes here too."""
        sent = [self.encode(arg) for arg in args]
        named = {key: self.encode(value) for key, value in kwargs.items()}
        reply = self._peer.ask("call", index, sent, named)
        if not isinstance(reply, list) or len(reply) != 2 or not isinstance(reply[1], dict):
            raise WireError("not an answer to a call")
        for position, changed in reply[1].items():
            _overwrite(args[int(position)], self._decode(changed))
        return self._decode(reply[0])

    def encode(self, value: Any) -> Any:
        """A value of the tests as a message."""
        return encode(value, self._register)

    def _decode(self, data: Any) -> Any:
        return decode(data, lambda handle: Handle(self, int(handle[1]), str(handle[2])))

    def _register(self, value: Any) -> list[Any]:
        if isinstance(value, Handle):
            return ["o", value._index]
        if isinstance(value, Iterator):
            return self.encode(list(value))  # type: ignore[no-any-return]
        if isinstance(value, _DATA_TYPES):
            return self._peer.keep(value)
        self.uncarried = f"the tests pass a {type(value).__name__} to the program"
        raise UncarriedError(self.uncarried)

    def _serve(self, peer: Peer, operation: str, arguments: list[Any]) -> Any:
        if operation != "call":
            raise WireError("the program asked for more than a call")
        index, args = arguments
        return self.encode(peer.objects[index](*[self._decode(arg) for arg in args]))


def _overwrite(target: Any, value: Any) -> None:
    if isinstance(target, list) and isinstance(value, list):
        target[:] = value
    elif isinstance(target, dict | set) and isinstance(value, type(target)):
        target.clear()
        target.update(value)
