"""Reads the source of tests, without running it: which names it wants, how many tests it holds."""

import ast
import builtins
import functools
import re
import warnings
from types import CodeType
from typing import NamedTuple

# Reading the tree of more than this takes seconds and gigabytes; a look at its words must do.
MAX_PARSED = 200_000
KEPT = 8
NEVER_RUN = "they are defined, but nothing calls them"

_WORD = re.compile(r"[A-Za-z_]\w*")
_TEST_FUNCTION = re.compile(r"^\s*(?:async\s+)?def\s+test", re.MULTILINE)
_IN_PROCESS = re.compile(
    r"\b(?:redirect_std\w+|capsys|capfd|monkeypatch|unittest\.mock|mock\.patch|builtins\.\w+"
    r"|sys\.std(?:in|out))\b"
)
_CHECK = re.compile(r"\b(?:assert\w*|raises?|fail|exit)\b")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Asserts(NamedTuple):
    """Assertions, ready to run.

    Attributes:
        code: Compiled, as the interpreter of the sandbox is the one that runs here; or source.
        names: What they want from the program.
    """

    code: CodeType | str
    names: tuple[str, ...]


@functools.lru_cache(KEPT)
def read_asserts(source: str) -> Asserts:
    """Compile assertions and find the names that they read but do not define.

    A name of a built-in function belongs to the program only where the tests want no other name, so
    that a program cannot replace the `abs` or `len` of the tests.

    Raises:
        SyntaxError: Or MemoryError, RecursionError: it is no Python.
        ValueError: It is no Python, or any program would pass, as nothing in it is ever run.
    """
    if len(source) > MAX_PARSED:
        words = set(_WORD.findall(source)) - set(dir(builtins))
        return Asserts(source, tuple(sorted(words)))
    with warnings.catch_warnings(action="ignore"):
        tree = ast.parse(source)
        code = compile(tree, "tests.py", "exec")
    if all(map(_only_defines, tree.body)):
        raise ValueError(NEVER_RUN)
    wanted = _free_names(tree)
    own = {name for name in wanted if not hasattr(builtins, name)}
    return Asserts(code, tuple(sorted(own or wanted)))


@functools.lru_cache(KEPT)
def never_runs(source: str) -> bool:
    """Whether a script only defines its tests, so that any program would pass them."""
    if len(source) > MAX_PARSED:
        return False
    try:
        with warnings.catch_warnings(action="ignore"):
            return all(map(_only_defines, ast.parse(source).body))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False  # running it will say so


def _only_defines(node: ast.stmt) -> bool:
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        inner = node.body if isinstance(node, ast.ClassDef) else []
        return not node.decorator_list and all(map(_only_defines, inner))
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr):
        return not any(isinstance(part, ast.Call) for part in ast.walk(node))
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Pass)


def _free_names(tree: ast.Module) -> set[str]:
    read: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(name.asname or name.name).split(".")[0] for name in node.names}
    return read - bound


def fault(source: str, form: str) -> str | None:
    """Why tests cannot judge a program; None where they can.

    Args:
        source: Of tests that run beside the program, in another process.
        form: functional, solution_file or pytest.
    """
    if not source.strip():
        return "the tests are empty"
    if not _CHECK.search(source):
        return "the tests check nothing"
    if form == "pytest" and not count_functions(source):
        return "the pytest file holds no test"
    found = _IN_PROCESS.search(source)
    return f"the tests reach into the program's process: {found[0]}" if found else None


def count_functions(source: str) -> int:
    """Test functions and methods of a pytest file, each counted once however often it runs."""
    return len(_TEST_FUNCTION.findall(source))
