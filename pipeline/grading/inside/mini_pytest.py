"""What test files find as `pytest`: the part of its interface that graders' tests use.

Whatever is not here ends the run as a fault of ours, so that no program is judged by tests that
could not run as they were meant.
"""

import importlib
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

REL, ABS = 1e-6, 1e-12


class Unsupported(BaseException):
    """The tests want something that is not offered."""


class Skipped(BaseException):
    """The test does not want to run."""


class Failed(AssertionError):  # noqa: N818 - its name in the interface
    """The test says itself that it failed."""

    __module__ = "builtins"


class Mark(NamedTuple):
    """One `pytest.mark.name(*args, **kwargs)`."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Decorate a test, or take arguments."""
        if len(args) == 1 and not kwargs and not self.args and _is_test(args[0]):
            args[0].pytestmark = [*getattr(args[0], "pytestmark", ()), self]
            return args[0]
        if self.args or self.kwargs:
            args[0].pytestmark = [*getattr(args[0], "pytestmark", ()), self]
            return args[0]
        return Mark(self.name, args, kwargs)


def _is_test(value: Any) -> bool:
    return isinstance(value, type) or (callable(value) and hasattr(value, "__code__"))


class _Marks:
    def __getattr__(self, name: str) -> Mark:
        return Mark(name, (), {})


mark = _Marks()


class Case(NamedTuple):
    """One row of a parametrized test."""

    values: tuple[Any, ...]
    marks: tuple[Mark, ...] = ()


def param(*values: Any, id: str | None = None, marks: Any = ()) -> Case:
    """A row of `parametrize` with marks of its own."""
    return Case(values, (marks,) if isinstance(marks, Mark) else tuple(marks))


class Fixture(NamedTuple):
    """A function that makes an argument of tests."""

    function: Callable[..., Any]
    scope: str = "function"
    params: Sequence[Any] = ()
    autouse: bool = False
    name: str | None = None


def fixture(function: Any = None, **options: Any) -> Any:
    """Declare a fixture, with or without options."""
    options.pop("ids", None)
    known = {key: value for key, value in options.items() if key in Fixture._fields}
    if known != options:
        raise Unsupported(f"pytest.fixture with {sorted(options.keys() - known.keys())}")
    if function is None:
        return lambda made: fixture(made, **options)
    known["params"] = tuple(known.get("params") or ())
    return Fixture(function, **known)


def skip(reason: str = "", **_: Any) -> None:
    """Skip this test."""
    raise Skipped(reason)


def fail(reason: str = "", *_: Any, **options: Any) -> None:
    """Fail this test."""
    raise Failed(options.get("msg") or reason)


def importorskip(name: str, *_: Any, **__: Any) -> Any:
    """Import a module, or skip."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Skipped(str(error)) from error


class _Raised:
    """What `raises` gives: the exception once it was raised."""

    value: BaseException

    def __init__(self, expected: Any, match: str | None) -> None:
        self._expected = expected
        self._match = match

    @property
    def type(self) -> type[BaseException]:
        """Class of the exception."""
        return type(self.value)

    def match(self, pattern: str) -> bool:
        """Whether the exception's text matches."""
        if not re.search(pattern, str(self.value)):
            raise Failed(f"{str(self.value)!r} does not match {pattern!r}")
        return True

    def __enter__(self) -> "_Raised":
        """Wait for the exception."""
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        """Take the exception, or fail where there is none."""
        if kind is None:
            raise Failed(f"did not raise {self._expected}")
        if not issubclass(kind, self._expected):
            return False
        self.value = error
        return self._match is None or self.match(self._match)


def raises(expected: Any, *call: Any, match: str | None = None, **kwargs: Any) -> Any:
    """Expect an exception from a block or of a call."""
    kinds = expected if isinstance(expected, tuple) else (expected,)
    if not all(isinstance(kind, type) for kind in kinds):
        raise Failed(f"{expected!r} is no exception class")
    context = _Raised(expected, match)
    if call:
        with context:
            call[0](*call[1:], **kwargs)
    return context


class approx:  # noqa: N801 - its name in the interface
    """Equal to numbers close to it, alone or in lists, tuples and dicts."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        expected: Any,
        rel: float | None = None,
        abs: float | None = None,
        nan_ok: bool = False,
    ) -> None:
        self._expected = expected
        self._rel, self._abs, self._nan_ok = rel, abs, nan_ok

    def __eq__(self, actual: object) -> bool:
        expected = self._expected
        if isinstance(expected, dict):
            return (
                isinstance(actual, dict)
                and expected.keys() == actual.keys()
                and all(self._close(actual[key], value) for key, value in expected.items())
            )
        if isinstance(expected, list | tuple):
            return (
                isinstance(actual, Iterable)
                and len(values := list(actual)) == len(expected)
                and all(map(self._close, values, expected))
            )
        return self._close(actual, expected)

    def _close(self, actual: Any, expected: Any) -> bool:
        if actual == expected:
            return True
        try:
            if math.isnan(expected):
                return self._nan_ok and math.isnan(actual)
            if math.isinf(expected):
                return False
            return bool(abs(expected - actual) <= self._tolerance(expected))
        except (TypeError, ValueError):
            return False

    def _tolerance(self, expected: Any) -> Any:
        if self._rel is None and self._abs is not None:
            return self._abs
        relative = (REL if self._rel is None else self._rel) * abs(expected)
        return max(relative, ABS if self._abs is None else self._abs)

    def __repr__(self) -> str:
        return f"approx({self._expected!r})"


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise Unsupported(f"pytest.{name}")
