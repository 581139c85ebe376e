"""Predicted calls (CRUXEval): an assertion with a hole, completed by the model.

The truth is {"functional": source of the function}. Option `assertion`: the row's own one, its hole
written `??`: `assert f(??) == 3` or `assert f(3) == ??`. Option `output`: where the hole is the
output, the literal that belongs there; then nothing has to be run. The answer is the last assertion
of the last Python block, or of the text. It must leave the rest of the assertion as it was, and put
only literals into the hole. Whether it holds is tried in the sandbox.
"""

import ast
import re
import warnings
from typing import Any, NamedTuple

from pipeline.grading import code
from pipeline.grading.answers import tail
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.settings import GradingSettings

VERSION = "1"
MAX_LENGTH = 20_000

_LINE = re.compile(r"(?:^[ \t>*]*|`)(assert\b[^\n`]*)", re.MULTILINE)
_BUILDERS = {"set", "dict", "list", "tuple", "frozenset", "bytes", "bytearray", "float", "range"}
_LITERALS = (
    ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.UnaryOp, ast.BinOp, ast.operator,
    ast.unaryop, ast.expr_context, ast.keyword,
)  # fmt: skip


class Assertion(NamedTuple):
    """`assert f(...) == value`."""

    call: ast.Call
    value: ast.expr


def quick(task: Task, settings: GradingSettings) -> Outcome | None:
    """Broken truths and answers without an assertion."""
    truth, given = task.truth, task.args.get("assertion")
    if not isinstance(truth, dict) or not isinstance(truth.get("functional"), str):
        return ungraded("the truth is no object with a function under 'functional'")
    if not isinstance(given, str) or given.count("??") != 1:
        return ungraded(f"option assertion has no one hole '??': {str(given)[:80]!r}")
    return None if "assert" in tail(task.text) else unparsed("no assertion found")


def slow(task: Task, settings: GradingSettings) -> Outcome:
    """Compare with the row's assertion, then try the completed one."""
    given = parse(task.args["assertion"].replace("??", "..."))
    if given is None:
        return ungraded(f"option assertion is no call and value: {task.args['assertion'][:80]!r}")
    answer = last_assertion(task.text)
    if answer is None:
        return unparsed("no assertion of the form f(...) == value found")
    if not _completes(answer, given):
        return wrong("the assertion is another one than asked for")
    if _is_hole(given.value) and isinstance(task.args.get("output"), str):
        same = _same_literal(answer.value, task.args["output"])
        if same is not None:
            return CORRECT if same else wrong(f"answered {ast.unparse(answer.value)[:80]!r}")
    return _tried(answer, task, settings)


def parse(source: str) -> Assertion | None:
    """The last assertion of Python source that compares a call with a value, either way round."""
    try:
        with warnings.catch_warnings(action="ignore"):
            body = ast.parse(source[:MAX_LENGTH]).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    found = [node.test for node in body if isinstance(node, ast.Assert)]
    if not found or not isinstance(found[-1], ast.Compare):
        return None
    test = found[-1]
    if len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return None
    for call, value in ((test.left, test.comparators[0]), (test.comparators[0], test.left)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and not _builds(call):
            return Assertion(call, value)
    return None


def last_assertion(text: str) -> Assertion | None:
    """The assertion a text ends with."""
    text = tail(text)
    source = code.extract(text)
    lines = _LINE.findall(text)
    return (parse(source) if source else None) or (parse(lines[-1].strip()) if lines else None)


def _is_hole(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _completes(answer: Assertion, given: Assertion) -> bool:
    if ast.dump(answer.call.func) != ast.dump(given.call.func):
        return False
    if _is_hole(given.value):
        return _is_literal(answer.value) and _same(answer.call, given.call)
    filled = [*answer.call.args, *(keyword.value for keyword in answer.call.keywords)]
    return all(map(_is_literal, filled)) and _same(answer.value, given.value)


def _is_literal(node: ast.AST) -> bool:
    return all(
        isinstance(part, _LITERALS) or _builds(part) or _names_builder(part)
        for part in ast.walk(node)
    ) and not any(isinstance(part, ast.Constant) and part.value is ... for part in ast.walk(node))


def _builds(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _names_builder(node.func)


def _names_builder(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in _BUILDERS


def _same(left: ast.expr, right: ast.expr) -> bool:
    """Equal source, whatever the quotes and spaces, or equal literals."""
    if ast.dump(left) == ast.dump(right):
        return True
    return bool(_same_literal(left, ast.unparse(right)))


def _same_literal(node: ast.expr, literal: str) -> bool | None:
    """Whether both are equal as values; None where one of them is no literal."""
    try:
        value, wanted = ast.literal_eval(ast.unparse(node)), ast.literal_eval(literal.strip())
        return bool(value == wanted) if type(value) is type(wanted) else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _tried(answer: Assertion, task: Task, settings: GradingSettings) -> Outcome:
    test = f"assert {ast.unparse(answer.call)} == {ast.unparse(answer.value)}"
    program = f"```python\n{task.truth['functional']}\n```"
    truth: dict[str, Any] = {"functional": test}
    outcome = code.slow(Task(program, truth, {}), settings)
    return wrong("the assertion does not hold") if outcome.verdict == "wrong" else outcome
