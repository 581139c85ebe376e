"""The tests' end of the connection: what a program defined, as far as tests may use it.

Plain data comes over by value. Everything else stays with the program, and the tests hold a
`Handle`: using it asks the program, comparing it with data never does.
"""

import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

from .peer import Peer, Pipes
from .wire import WireError, decode, encode

_DATA_TYPES = (type, type(encode), type(len), type("".join))


class UncarriedError(Exception):
    """The tests want what the connection cannot carry: a fault of ours, not of the program."""


class Handle:
    """Stands for an object of the program. Equal to no data, whatever its class says."""

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

    def __setitem__(self, key: Any, value: Any) -> None:
        self._method("__setitem__", key, value)

    def __delitem__(self, key: Any) -> None:
        self._method("__delitem__", key)

    def __enter__(self) -> Any:
        """Enter the object's context."""
        return self._method("__enter__")

    def __exit__(self, *exception: Any) -> None:
        """Leave the object's context; it cannot swallow an exception of the tests."""
        self._method("__exit__", None, None, None)

    def _method(self, name: str, *args: Any) -> Any:
        return self._peer.get("attribute", self._index, name)(*args)

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
        return self._peer.get("operator", "eq", self._index, other._index) is True

    def __hash__(self) -> int:
        return hash(self._index)

    def __instancecheck__(self, instance: Any) -> bool:
        """Whether an object of the program is an instance of this class of it."""
        if not isinstance(instance, Handle):
            return False
        return self._peer.get("instance", instance._index, self._index) is True

    def __str__(self) -> str:
        return str(self._peer.get("text", self._index, "s"))

    def __repr__(self) -> str:
        return str(self._peer.get("text", self._index, "r"))


def _between_two(name: str, result: Callable[[Any], Any]) -> Callable[[Handle, Any], Any]:
    """An operator between two objects of the program: with data, it could claim anything."""

    def operate(self: Handle, other: Any) -> Any:
        if not isinstance(other, Handle):
            return NotImplemented
        return result(self._peer.get("operator", name, self._index, other._index))

    return operate


for _name in ("lt", "le", "gt", "ge"):
    setattr(Handle, f"__{_name}__", _between_two(_name, lambda value: value is True))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "matmul"):
    setattr(Handle, f"__{_name}__", _between_two(_name, lambda value: value))


class Tests:
    """The tests' end."""

    def __init__(self, pipes: Pipes) -> None:
        self.pipes = pipes
        self.uncarried = ""
        self._peer = Peer(pipes, self._serve)

    @property
    def lost(self) -> bool:
        """Whether the program broke off, or sent what is no message."""
        return self._peer.lost

    def get(self, operation: str, *arguments: Any) -> Any:
        """Ask for a value; arguments are already encoded."""
        return self._decode(self._peer.ask(operation, *arguments))

    def names(self, wanted: list[str]) -> dict[str, Any]:
        """Those of the wanted global names that the program defines."""
        found = {}
        for name, (kind, *value) in zip(wanted, self._peer.ask("names", wanted), strict=True):
            if kind == "value":
                found[name] = self._decode(value[0])
            elif kind == "module" and value[0] in sys.stdlib_module_names:
                found[name] = importlib.import_module(value[0])
        return found

    def public_names(self) -> list[str]:
        """What `from solution import *` brings."""
        return [str(name) for name in self._peer.ask("public")]

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
        return decode(data, self._resolve)

    def _resolve(self, handle: list[Any]) -> Any:
        if handle[0] == "x":
            return self._peer.exception_class(handle[2])
        return Handle(self, int(handle[1]), str(handle[2]))

    def _register(self, value: Any) -> list[Any]:
        if isinstance(value, Handle):
            return ["o", value._index]
        if isinstance(value, Iterator):
            return self.encode(list(value))  # type: ignore[no-any-return]
        if isinstance(value, _DATA_TYPES):
            return self._peer.keep(value)
        raise self.refuse(f"the tests pass a {type(value).__name__} to the program")

    def refuse(self, what: str) -> UncarriedError:
        """Note what cannot be done, whatever the tests do with the exception."""
        self.uncarried = what
        return UncarriedError(what)

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
