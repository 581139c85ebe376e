"""The tests' process: runs the tests, or one call, against the program in the other process."""

import ast
import builtins
import json
from typing import Any, NamedTuple

from .peer import Handle, RemoteError, Tests
from .program import describe
from .wire import WireError


class Report(NamedTuple):
    """Outcome of one test as its process saw it.

    Attributes:
        status: passed, returned, failed, or fault where the tests themselves are broken.
        value: JSON text of a returned value.
        detail: What went wrong.
    """

    status: str
    value: str = ""
    detail: str = ""


def run_asserts(tests: str, fd: int) -> Report:
    """Run assertions to their end; only then has the program passed."""
    link = Tests(fd)
    try:
        tree = ast.parse(tests)
        namespace: dict[str, Any] = {"__name__": "tests"}
        namespace |= link.names(free_names(tree))
        exec(compile(tree, "tests.py", "exec"), namespace)
    except BaseException as error:  # noqa: BLE001 - the tests may raise anything
        return _failure(error, link.uncarried)
    return Report("passed")


def _failure(error: BaseException, uncarried: str) -> Report:
    if uncarried:
        return Report("fault", detail=uncarried)
    if getattr(error, "remote", False):
        return Report("failed", detail=_remote_text(error))
    if isinstance(error, SyntaxError | ImportError):
        return Report("fault", detail=f"the tests do not run: {describe(error)}")
    if isinstance(error, WireError):
        return Report("failed", detail=f"the program broke off: {error}")
    return Report("failed", detail=describe(error))


def _remote_text(error: BaseException) -> str:
    if isinstance(error, RemoteError):
        return str(error)
    return describe(error)


def free_names(tree: ast.Module) -> list[str]:
    """Names that the tests read but do not define: what they want from the program.

    A name of a built-in function belongs to the program only where the tests want no other name, so
    that a program cannot replace the `abs` or `len` of the tests.
    """
    read: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(name.asname or name.name).split(".")[0] for name in node.names}
    wanted = read - bound
    own = {name for name in wanted if not hasattr(builtins, name)}
    return sorted(own or wanted)


def run_call(function: str, arguments: list[Any], fd: int) -> Report:
    """Call one function of the program with plain arguments and bring back what it returns."""
    link = Tests(fd)
    try:
        value = link.get("method", function)(*arguments)
        if isinstance(value, Handle):
            return Report("failed", detail=f"the program returned {value!r}, not data")
        return Report("returned", value=json.dumps(value, default=_plain))
    except (ValueError, TypeError) as error:
        return _failure(error, link.uncarried)
    except BaseException as error:  # noqa: BLE001 - the program may raise anything
        return _failure(error, link.uncarried)


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if isinstance(value, range):
        return list(value)
    return str(value)
