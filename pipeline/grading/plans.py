"""Assertions that only compare calls with literals: the calls to make, and what they should give.

Most tests are such. They need no process of their own: the program makes the calls, and what it
gives back is compared here, as data. A list of assertions that does anything else has no plan.
"""

import ast
import builtins
import functools
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

MAX_SOURCE = 200_000
KEPT = 8

_RELATIONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is", ast.In: "in"}


class NoPlanError(Exception):
    """The tests do more than compare calls with literals."""


class Call(NamedTuple):
    """A call of what the program defines.

    Attributes:
        name: A global name of the program.
        method: Of an instance of the class of that name; None where the name itself is called.
        shared: Number of the instance that serves all such calls; 0 where each has its own.
        args: Plain data.
        kwargs: Plain data.
    """

    name: str
    method: str | None
    shared: int
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Check(NamedTuple):
    """One assertion.

    Attributes:
        call: What is called.
        relation: == != is in, near (a number this far away at most), true, false.
        wanted: The literal; None for true and false.
        bound: For near: how far, and whether that far is still near.
    """

    call: Call
    relation: str
    wanted: Any = None
    bound: tuple[float, bool] = (0.0, False)

    def holds(self, value: Any) -> bool:
        """Whether the assertion holds for what the call gave.

        Raises:
            Exception: Whatever comparing them raises: it does not hold.
        """
        if self.relation == "near":
            distance, (bound, closed) = abs(value - self.wanted), self.bound
            return bool(distance <= bound if closed else distance < bound)
        if self.relation in ("true", "false"):
            return bool(value) == (self.relation == "true")
        if self.relation == "is":
            return value is self.wanted
        if self.relation == "in":
            return value in self.wanted
        return bool(value == self.wanted) == (self.relation == "==")


@functools.lru_cache(KEPT)
def plan(source: str) -> tuple[Check, ...] | None:
    """The checks that assertions amount to, in their order; None where they do more."""
    if len(source) > MAX_SOURCE:
        return None
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source)
        return tuple(_Reader(tree).checks(tree.body, None, None)) or None
    except (NoPlanError, SyntaxError, ValueError, MemoryError, RecursionError):
        return None


class _Reader:
    """Reads one file of assertions."""

    def __init__(self, tree: ast.Module) -> None:
        self._functions: dict[str, ast.FunctionDef] = {}
        self._runs = 0
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        self._read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        self._bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}

    def checks(
        self, body: list[ast.stmt], parameter: str | None, target: ast.expr | None
    ) -> Iterator[Check]:
        """Checks of some statements, in which a parameter stands for what is called."""
        for node in body:
            if isinstance(node, ast.Assert):
                yield from self._asserted(node.test, parameter, target)
            elif isinstance(node, ast.FunctionDef) and parameter is None:
                self._define(node)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                if target is not None:
                    raise NoPlanError("a call within a function")
                yield from self._called(node.value)
            elif not self._means_nothing(node):
                raise NoPlanError(type(node).__name__)

    def _means_nothing(self, node: ast.stmt) -> bool:
        if isinstance(node, ast.Assign):
            names = [target for target in node.targets if isinstance(target, ast.Name)]
            unread = all(name.id not in self._read for name in names)
            return len(names) == len(node.targets) and unread and _is_literal(node.value)
        constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        return constant or isinstance(node, ast.Pass)

    def _define(self, node: ast.FunctionDef) -> None:
        plain = ast.arguments([], node.args.args[:1], None, [], [], None, [])
        if ast.dump(plain) != ast.dump(node.args) or node.decorator_list:
            raise NoPlanError("a function with more than one parameter")
        self._functions[node.name] = node

    def _called(self, call: ast.Call) -> Iterator[Check]:
        function = self._functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if function is None or call.keywords or len(call.args) != len(function.args.args):
            raise NoPlanError("a call that is no check")
        self._runs += 1
        if not call.args:
            yield from self.checks(function.body, "", ast.Constant(None))
            return
        parameter = function.args.args[0].arg
        yield from self.checks(function.body, parameter, call.args[0])

    def _asserted(
        self, test: ast.expr, parameter: str | None, target: ast.expr | None
    ) -> Iterator[Check]:
        if isinstance(test, ast.Constant):
            if not test.value:
                raise NoPlanError("an assertion that never holds")
            return
        call = functools.partial(self._call, parameter=parameter, target=target)
        if isinstance(test, ast.Call):
            yield Check(call(test), "true")
        elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            yield Check(call(test.operand), "false")
        elif isinstance(test, ast.Compare) and len(test.ops) == 1:
            yield self._compared(test, call)
        else:
            raise NoPlanError(type(test).__name__)

    def _compared(self, test: ast.Compare, call: Any) -> Check:
        left, operator, right = test.left, type(test.ops[0]), test.comparators[0]
        if operator in (ast.Lt, ast.LtE):
            number, wanted = _distance(left)
            return Check(call(number), "near", wanted, (_literal(right), operator is ast.LtE))
        relation = _RELATIONS.get(operator)
        if relation is None:
            raise NoPlanError(operator.__name__)
        if _is_literal(left) and relation in ("==", "!="):
            left, right = right, left
        wanted = _literal(right)
        if relation == "is" and not (wanted is None or isinstance(wanted, bool)):
            raise NoPlanError("identity with a value")
        return Check(call(left), relation, wanted)

    def _call(self, node: ast.expr, parameter: str | None, target: ast.expr | None) -> Call:
        if not isinstance(node, ast.Call):
            raise NoPlanError(type(node).__name__)
        function, shared = node.func, 0
        if isinstance(function, ast.Name) and function.id == parameter and target is not None:
            function, shared = target, self._runs
        name, method = self._target(function)
        if any(keyword.arg is None for keyword in node.keywords):
            raise NoPlanError("unpacked arguments")
        kwargs = {str(keyword.arg): _literal(keyword.value) for keyword in node.keywords}
        return Call(name, method, shared, tuple(map(_literal, node.args)), kwargs)

    def _target(self, function: ast.expr) -> tuple[str, str | None]:
        """`f`, or `C().f` as the name and the method."""
        method = None
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call):
            method, made = function.attr, function.value
            if made.args or made.keywords:
                raise NoPlanError("an instance made of arguments")
            function = made.func
        if not isinstance(function, ast.Name):
            raise NoPlanError(type(function).__name__)
        # What a program may not replace is for the tests' own process to sort out.
        own = function.id in self._functions or function.id in self._bound
        if own or hasattr(builtins, function.id):
            raise NoPlanError(f"{function.id} is not the program's")
        return function.id, method


def _distance(node: ast.expr) -> tuple[ast.expr, Any]:
    """The call and the number in `abs(call - number)`, either way round."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "abs":
        inner = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Sub):
            swapped = _is_literal(inner.left)
            call, number = (inner.right, inner.left) if swapped else (inner.left, inner.right)
            return call, _literal(number)
    raise NoPlanError("an order other than a distance")


def _is_literal(node: ast.expr) -> bool:
    try:
        _literal(node)
    except NoPlanError:
        return False
    return True


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise NoPlanError("no literal") from error
