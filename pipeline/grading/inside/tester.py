"""The tests' process: runs the tests, or one call, against the program in the other process."""

import json
from types import CodeType
from typing import Any, NamedTuple

from .handles import Handle, Tests
from .peer import RemoteError
from .program import CALLED, describe

FILE = "tests.py"


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


def run_asserts(tests: tuple[Any, list[str]], link: Tests) -> Report:
    """Run assertions to their end; only then has the program passed.

    Args:
        tests: Their code or source, and the names of the program that they want.
        link: To the program.
    """
    code, wanted = tests
    # Tests that were made to follow the program in one file may ask whether they are the main one.
    try:
        namespace: dict[str, Any] = {"__name__": "__main__"} | link.names(wanted)
        exec(code if isinstance(code, CodeType) else compile(code, FILE, "exec"), namespace)
    except BaseException as error:  # noqa: BLE001 - the tests may raise anything
        return failure(error)
    return Report("passed")


def failure(error: BaseException) -> Report:
    """Whose fault it is that tests ended with an exception."""
    absent = isinstance(error, ImportError) and error.name == CALLED
    if not is_remote(error) and not absent and isinstance(error, SyntaxError | ImportError):
        return Report("fault", detail=f"the tests do not run: {describe(error)}")
    return Report("failed", detail=reason(error))


def reason(error: BaseException) -> str:
    """What went wrong, for people."""
    return str(error)[:300] if isinstance(error, RemoteError) else describe(error)


def is_remote(error: BaseException) -> bool:
    """Whether the program raised it."""
    return getattr(error, "remote", False) is True


def run_call(function: str, arguments: list[Any], link: Tests) -> Report:
    """Call one function of the program with plain arguments and bring back what it returns."""
    try:
        value = link.get("method", function)(*arguments)
        if isinstance(value, Handle):
            return Report("failed", detail=f"the program returned a {value._type}, not data")
        return Report("returned", value=json.dumps(value, default=_plain))
    except BaseException as error:  # noqa: BLE001 - the program may raise anything
        return failure(error)


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if isinstance(value, range):
        return list(value)
    return str(value)
