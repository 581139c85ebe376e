"""The tests of a pytest file, one by one: functions, methods, parameters, fixtures."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import product
from types import FunctionType, GeneratorType, ModuleType
from typing import Any, NamedTuple

from .mini_pytest import Case, Failed, Fixture, Mark, Skipped, Unsupported

# Of inspect: a call of such a function runs nothing of it.
COROUTINE, GENERATOR = 0x80 | 0x200, 0x20

Values = dict[str, Any]


class Test(NamedTuple):
    """One test with its parameters.

    Attributes:
        name: For people.
        run: Raises what the test raises.
        may_fail: Both outcomes are right.
    """

    name: str
    run: Callable[[], None]
    may_fail: bool = False


def collect(module: ModuleType) -> Iterator[Test]:
    """All tests of a module, in their order, between what it sets up and tears down."""
    names = vars(module)
    with _Fixtures(names) as fixtures:
        _call(names.get("setup_module"), module)
        for name, value in list(names.items()):
            if isinstance(value, FunctionType) and name.startswith("test"):
                yield from _cases(name, value, None, fixtures)
            elif isinstance(value, type) and _is_unittest(value):
                yield from _unittests(value)
            elif isinstance(value, type) and name.startswith("Test"):
                yield from _methods(value, fixtures)
        _call(names.get("teardown_module"), module)


def _call(function: Any, *args: Any) -> None:
    if function is not None:
        function(*args[: len(_parameters(function))])


def _parameters(function: Any) -> tuple[str, ...]:
    code = getattr(function, "__code__", None)
    if code is None:
        raise Unsupported(f"a {type(function).__name__} as a test or fixture")
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return tuple(name for name in names if name not in ("self", "cls"))


def _is_unittest(kind: type) -> bool:
    unittest = sys.modules.get("unittest")
    return unittest is not None and issubclass(kind, unittest.TestCase)


def _unittests(kind: Any) -> Iterator[Test]:
    unittest = sys.modules["unittest"]
    for name in unittest.TestLoader().getTestCaseNames(kind):

        def run(name: str = name) -> None:
            result = unittest.TestResult()
            unittest.TestSuite([kind(name)]).run(result)
            if result.skipped:
                raise Skipped(result.skipped[0][1])
            for _, text in (*result.failures, *result.errors):
                raise Failed(text.strip().splitlines()[-1])
            if result.unexpectedSuccesses:
                raise Failed("it was expected to fail")

        yield Test(f"{kind.__name__}.{name}", run)


def _methods(kind: Any, fixtures: "_Fixtures") -> Iterator[Test]:
    if kind.__init__ is not object.__init__:
        return
    names: Values = {}
    for base in reversed(kind.__mro__):
        names |= vars(base)
    _call(getattr(kind, "setup_class", None))
    with fixtures.inside(names) as own:
        for name, value in names.items():
            if isinstance(value, FunctionType | staticmethod) and name.startswith("test"):
                yield from _cases(name, value, kind, own)
    _call(getattr(kind, "teardown_class", None))


def _cases(name: str, function: Any, kind: Any, fixtures: "_Fixtures") -> Iterator[Test]:
    plain = getattr(function, "__func__", function)
    if plain.__code__.co_flags & COROUTINE:
        raise Unsupported("asynchronous tests")
    if plain.__code__.co_flags & GENERATOR:
        raise Unsupported("tests that yield")
    marks = [*_marks(kind), *_marks(plain)]
    for rows in product(*(_rows(mark) for mark in marks if mark.name == "parametrize")):
        values: Values = {}
        own = list(marks)
        for chosen, more in rows:
            values |= chosen
            own += more

        def run(values: Values = values, own: list[Mark] = own) -> None:
            _skip_if_marked(own)
            _run(name, plain, kind, fixtures, values, own)

        title = f"{kind.__name__}.{name}" if kind else name
        yield Test(title, run, any(map(_may_fail, own)))


def _marks(value: Any) -> list[Mark]:
    marks = getattr(value, "pytestmark", [])
    return [marks] if isinstance(marks, Mark) else list(marks)


def _rows(mark: Mark) -> list[tuple[Values, tuple[Mark, ...]]]:
    if mark.kwargs.keys() - {"argnames", "argvalues", "ids"}:
        raise Unsupported(f"parametrize with {sorted(mark.kwargs)}")
    names, values = [*mark.args, *map(mark.kwargs.get, ("argnames", "argvalues"))][:2]
    keys = [key.strip() for key in names.split(",")] if isinstance(names, str) else list(names)
    rows = []
    for value in values:
        case = value if isinstance(value, Case) else Case((value,) if len(keys) == 1 else value)
        rows.append((dict(zip(keys, case.values, strict=True)), case.marks))
    return rows


def _may_fail(mark: Mark) -> bool:
    if mark.name != "xfail":
        return False
    if mark.kwargs.keys() - {"reason", "condition"}:
        raise Unsupported(f"xfail with {sorted(mark.kwargs)}")
    return bool([*mark.args, mark.kwargs.get("condition", True)][0])


def _skip_if_marked(marks: list[Mark]) -> None:
    for mark in marks:
        condition = [*mark.args, mark.kwargs.get("condition", False)][0]
        if mark.name == "skip" or (mark.name == "skipif" and condition):
            raise Skipped(str(mark.kwargs.get("reason", "")))


def _run(
    name: str, plain: Any, kind: Any, fixtures: "_Fixtures", values: Values, marks: list[Mark]
) -> None:
    owner = kind() if kind else None
    used = [arg for mark in marks if mark.name == "usefixtures" for arg in mark.args]
    with ExitStack() as stack:
        _call(getattr(owner, "setup_method", None), plain)
        stack.callback(_call, getattr(owner, "teardown_method", None), plain)
        arguments = fixtures.arguments(plain, dict(values), owner, stack, used)
        (getattr(owner, name) if kind else plain)(**arguments)


class _Fixtures(ExitStack):
    """Makes the arguments that tests ask for by name; wider than one test ends with this."""

    def __init__(self, names: Values) -> None:
        super().__init__()
        found = [(name, value) for name, value in names.items() if isinstance(value, Fixture)]
        self._known = {value.name or name: value for name, value in found}
        self._kept: Values = {}

    def inside(self, names: Values) -> "_Fixtures":
        """With those of a class."""
        inner = _Fixtures(names)
        inner._known = self._known | inner._known
        inner._kept = self._kept
        return inner

    def arguments(
        self,
        function: Any,
        values: Values,
        owner: Any,
        stack: ExitStack,
        used: Iterable[str],
    ) -> Values:
        """Arguments of a test, after the fixtures it only uses; the stack gets what cleans up."""
        automatic = [name for name, fixture in self._known.items() if fixture.autouse]
        wanted = _parameters(function)
        for name in (*automatic, *used, *wanted):
            self._make(name, values, owner, stack)
        return {name: values[name] for name in wanted}

    def _make(self, name: str, values: Values, owner: Any, stack: ExitStack) -> None:
        if name in values:
            return
        fixture = self._known.get(name)
        if fixture is None or fixture.params:
            raise Unsupported(f"the fixture {name}")
        if fixture.scope == "function":
            values[name] = None  # one that asks for itself gets nothing
            values[name] = self._value(fixture, values, owner, stack)
            return
        if name not in self._kept:
            self._kept[name] = self._value(fixture, values, owner, self)
        values[name] = self._kept[name]

    def _value(self, fixture: Fixture, values: Values, owner: Any, stack: ExitStack) -> Any:
        wanted = _parameters(fixture.function)
        for name in wanted:
            self._make(name, values, owner, stack)
        arguments = {name: values[name] for name in wanted}
        takes_owner = fixture.function.__code__.co_varnames[:1] in (("self",), ("cls",))
        made = fixture.function(*([owner] if takes_owner else []), **arguments)
        if isinstance(made, GeneratorType):
            stack.callback(next, made, None)
            return next(made)
        return made
