"""The program under test: runs model code in this process and answers calls to what it defined."""

import builtins
import contextlib
import operator
import sys
from types import CodeType, ModuleType
from typing import Any

from .peer import Peer, Pipes
from .wire import WireError, decode, encode, receive

MAX_ITEMS = 1_000_000
CALLED = "solution"
FILE = "program.py"


def compiled(source: str) -> CodeType:
    """The program as code.

    Raises:
        SyntaxError: Or whatever else the compiler raises.
    """
    return compile(source, FILE, "exec")


def execute(source: str, name: str, code: CodeType | None = None) -> ModuleType:
    """Run a program as a module of the given name.

    Args:
        source: The program.
        name: Of the module.
        code: The program, compiled already.

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
    exec(code or compiled(source), module.__dict__)
    return module


def describe(error: BaseException) -> str:
    """The last line of a traceback."""
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__}.{name}"
    try:
        text = str(error.msg if isinstance(error, SyntaxError) else error)
    except Exception:  # noqa: BLE001 - a model's own exception class may fail to print
        text = ""
    return (f"{name}: {text}" if text else name)[:300]


def run_script(source: str, code: CodeType | None) -> tuple[int, str]:
    """Run a program as `__main__` to its end, threads included; returns exit code and error."""
    try:
        execute(source, "__main__", code)
        status, detail = 0, ""
    except SystemExit as error:
        status, detail = _exit_code(error.code), "" if error.code in (None, 0) else str(error)
    except BaseException as error:  # noqa: BLE001 - whatever model code raises is its answer
        status, detail = 1, describe(error)
    _join_threads()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    return status, detail


def _join_threads() -> None:
    threading = sys.modules.get("threading")  # 8 ms, and slower forks, where nobody needs it
    if threading is None:
        return
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _exit_code(code: Any) -> int:
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1


def serve(source: str, pipes: Pipes) -> None:
    """Run a program, then answer requests until the other side is gone."""
    service = Service()
    try:
        service.module = execute(source, CALLED)
    except BaseException as error:  # noqa: BLE001 - whatever model code raises is its answer
        service.failure = describe(error)
    peer = Peer(pipes, service)
    try:
        while True:
            _, *request = receive(pipes.reader)
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

    def do_names(self, peer: Peer, names: list[str]) -> Any:
        """Global names of the program; modules are only named."""
        return [self._name(peer, name) for name in names]

    def _name(self, peer: Peer, name: str) -> Any:
        if name not in self.module.__dict__:
            return ["missing"]
        value = self.module.__dict__[name]
        if isinstance(value, ModuleType):
            return ["module", value.__name__]
        return ["value", encode(value, peer.keep)]

    def do_public(self, peer: Peer) -> list[str]:
        """Names without a leading underscore that hide no built-in ones."""
        names = self.module.__dict__
        return [name for name in names if name[0] != "_" and not hasattr(builtins, name)]

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

    def do_operator(self, peer: Peer, name: str, left: int, right: int) -> Any:
        """A binary operator between two of the program's own objects."""
        value = getattr(operator, name)(peer.objects[left], peer.objects[right])
        return encode(value, peer.keep)

    def do_instance(self, peer: Peer, index: int, kind: int) -> bool:
        """Whether one of the program's objects is an instance of another."""
        return isinstance(peer.objects[index], peer.objects[kind])

    def do_text(self, peer: Peer, index: int, kind: str) -> str:
        """`str` or `repr` of an object."""
        return (repr if kind == "r" else str)(peer.objects[index])

    def _decode(self, peer: Peer, data: Any) -> Any:
        return decode(data, lambda handle: _resolve(peer, handle))


def _resolve(peer: Peer, handle: list[Any]) -> Any:
    if handle[0] == "o":
        return peer.objects[handle[1]]
    if handle[0] == "x":
        return peer.exception_class(handle[2])
    index = handle[1]

    def callback(*args: Any) -> Any:
        sent = [encode(arg, peer.keep) for arg in args]
        reply = peer.ask("call", index, sent)
        return decode(reply, lambda inner: _resolve(peer, inner))

    return callback
