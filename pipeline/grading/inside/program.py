"""The program under test: runs model code in this process and answers calls to what it defined."""

import builtins
import contextlib
import sys
import threading
from types import ModuleType
from typing import Any

from .peer import MAX_ITEMS, Peer
from .wire import WireError, decode, encode, receive

CALLED = "solution"


def execute(source: str, name: str) -> ModuleType:
    """Run a program as a module of the given name.

    Raises:
        BaseException: Whatever the program raises.
    """
    module = ModuleType(name)
    sys.modules[name] = module
    # The `site` module is not loaded, and programs expect these two from it.
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]
    if "random" in source:
        import random

        random.seed(0)
    exec(compile(source, "program.py", "exec"), module.__dict__)
    return module


def describe(error: BaseException) -> str:
    """The last line of a traceback."""
    try:
        import traceback

        return traceback.format_exception_only(error)[-1].strip()[:300]
    except Exception:  # noqa: BLE001 - a model's own exception class may fail to print
        return type(error).__name__


def run_script(source: str) -> tuple[int, str]:
    """Run a program as `__main__` to its end, threads included; returns exit code and error."""
    try:
        execute(source, "__main__")
        code, detail = 0, ""
    except SystemExit as error:
        code, detail = _exit_code(error.code), "" if error.code in (None, 0) else str(error)
    except BaseException as error:  # noqa: BLE001 - whatever model code raises is its answer
        code, detail = 1, describe(error)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    return code, detail


def _exit_code(code: Any) -> int:
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1


def serve(source: str, fd: int) -> None:
    """Run a program, then answer requests until the other side is gone."""
    service = Service()
    try:
        service.module = execute(source, CALLED)
    except BaseException as error:  # noqa: BLE001 - whatever model code raises is its answer
        service.failure = describe(error)
    peer = Peer(fd, service)
    try:
        while True:
            _, *request = receive(fd)
            peer.answer(request)
    except WireError:
        return


class ProgramError(Exception):
    """The program did not get to its end."""


class Service:
    """What the tests may ask the program for."""

    module: ModuleType | None = None
    failure: str = ""

    def __call__(self, peer: Peer, operation: str, arguments: list[Any]) -> Any:
        """Do one operation and encode its result."""
        if self.module is None:
            raise ProgramError(self.failure)
        return getattr(self, f"do_{operation}")(peer, *arguments)

    def do_name(self, peer: Peer, name: str) -> Any:
        """A global name of the program; modules are only named."""
        if name not in self.module.__dict__:
            return ["missing"]
        value = self.module.__dict__[name]
        if isinstance(value, ModuleType):
            return ["module", value.__name__]
        return ["value", encode(value, peer.keep)]

    def do_method(self, peer: Peer, name: str) -> Any:
        """A function of that name, or the method of an instance of `Solution`."""
        names = self.module.__dict__
        if name not in names and "Solution" in names:
            return peer.keep(getattr(names["Solution"](), name))
        return peer.keep(names[name])

    def do_call(self, peer: Peer, index: int, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Call an object; the second part are arguments that it changed in place."""
        values = [self._decode(peer, arg) for arg in args]
        named = {key: self._decode(peer, value) for key, value in kwargs.items()}
        result = encode(peer.objects[index](*values, **named), peer.keep)
        changed = {}
        for position, value in enumerate(values):
            if isinstance(value, list | dict | set):
                after = encode(value, peer.keep)
                if after != args[position]:
                    changed[str(position)] = after
        return [result, changed]

    def do_attribute(self, peer: Peer, index: int, name: str) -> Any:
        """Read an attribute."""
        return encode(getattr(peer.objects[index], name), peer.keep)

    def do_assign(self, peer: Peer, index: int, name: str, value: Any) -> Any:
        """Set an attribute."""
        setattr(peer.objects[index], name, self._decode(peer, value))

    def do_item(self, peer: Peer, index: int, key: Any) -> Any:
        """Index into an object."""
        return encode(peer.objects[index][self._decode(peer, key)], peer.keep)

    def do_list(self, peer: Peer, index: int) -> Any:
        """All items of an iterable, up to a million."""
        items = []
        for item in peer.objects[index]:
            items.append(item)
            if len(items) > MAX_ITEMS:
                raise ValueError(f"more than {MAX_ITEMS} items")
        return encode(items, peer.keep)

    def do_next(self, peer: Peer, index: int) -> Any:
        """The next item of an iterator."""
        return encode(next(peer.objects[index]), peer.keep)

    def do_length(self, peer: Peer, index: int) -> int:
        """`len` of an object."""
        return len(peer.objects[index])

    def do_truth(self, peer: Peer, index: int) -> bool:
        """`bool` of an object."""
        return bool(peer.objects[index])

    def do_equal(self, peer: Peer, index: int, other: int) -> bool:
        """Equality of two of the program's own objects."""
        return bool(peer.objects[index] == peer.objects[other])

    def do_text(self, peer: Peer, index: int) -> str:
        """`str` of an object."""
        return str(peer.objects[index])

    def _decode(self, peer: Peer, data: Any) -> Any:
        return decode(data, lambda handle: _resolve(peer, handle))


def _resolve(peer: Peer, handle: list[Any]) -> Any:
    if handle[0] == "o":
        return peer.objects[handle[1]]
    index = handle[1]

    def callback(*args: Any) -> Any:
        sent = [encode(arg, peer.keep) for arg in args]
        reply = peer.ask("call", index, sent)
        return decode(reply, lambda inner: _resolve(peer, inner))

    return callback
