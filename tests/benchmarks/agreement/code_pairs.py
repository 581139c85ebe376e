"""Programs for code rows: reference solutions, spoilt ones, and answers written in other ways.

Problems are those of HumanEval and MBPP in the folder that `--data` names, and the embedded sample.
Whether a spoilt program is right is what plain Python says, without any grader; one that takes too
long for that is left out.
"""

import ast
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from textwrap import indent
from typing import Any, NamedTuple

import polars as pl
from agreement.pairs import Pair, thoughts

from pipeline.sources.sample import code as sample

FILES = ("guru/test__codegen__humaneval_164.parquet", "guru/train__codegen__mbpp_974.parquet")
SECONDS = 3.0
BY_FILE = 0.12
"""Share of the functional problems that are also asked as pytest and script files."""


class Problem(NamedTuple):
    """A code row with its reference solution."""

    truth: dict[str, Any]
    solution: str

    @property
    def kind(self) -> str:
        return "functional" if "functional" in self.truth else "stdin"


class Spoilt(ast.NodeTransformer):
    """Changes one operator or constant of a program."""

    def __init__(self, place: int) -> None:
        self._left = place
        self.changed = False

    def _now(self) -> bool:
        self._left -= 1
        self.changed = self.changed or self._left == -1
        return self._left == -1

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        swaps = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult}
        if type(node.op) in swaps and self._now():
            node.op = swaps[type(node.op)]()
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        swaps = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
                 ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}  # fmt: skip
        if type(node.ops[0]) in swaps and self._now():
            node.ops = [swaps[type(node.ops[0])](), *node.ops[1:]]
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) is int and self._now():
            return ast.Constant(node.value + 1)
        return node


def problems(data: Path | None) -> list[Problem]:
    """All code problems there are."""
    found = [
        Problem(row.ground_truth, _source(row.solution)) for row in sample.rows() if row.solution
    ]
    for name in FILES:
        if data and (data / name).exists():
            rows = pl.read_parquet(data / name).to_dicts()
            found += [
                Problem(
                    json.loads(row["reward_model"]["ground_truth"]), row["extra_info"]["reference"]
                )
                for row in rows
            ]
    return found


def _source(text: str) -> str:
    return text.split("```python\n", 1)[1].rsplit("```", 1)[0]


def code(number: int, rng: random.Random, data: Path | None) -> Iterator[Pair]:
    """At most so many pairs."""
    known = problems(data)
    rng.shuffle(known)
    return islice(_pairs(known, rng), number)


def _pairs(known: list[Problem], rng: random.Random) -> Iterator[Pair]:
    spoilt = [(problem, spoil(problem.solution, rng)) for problem in known]
    with ThreadPoolExecutor(2) as threads:
        right = list(threads.map(lambda item: plainly(item[0].truth, item[1]), spoilt))
    for (problem, changed), passes in zip(spoilt, right, strict=True):
        kind = problem.kind
        yield _pair(f"reference, {kind}", problem.truth, problem.solution, True, rng)
        other = rng.choice([p for p in known if p.kind == kind and p.truth != problem.truth])
        works = plainly(problem.truth, other.solution)
        if works is not None:
            yield _pair(f"of another problem, {kind}", problem.truth, other.solution, works, rng)
        if passes is not None and changed != problem.solution:
            yield _pair(f"spoilt, {kind}", problem.truth, changed, passes, rng)
            if kind == "functional" and rng.random() < BY_FILE:
                yield from _as_files(problem, changed, passes, rng)
        yield from _other_forms(problem, rng)


def spoil(source: str, rng: random.Random) -> str:
    """A program with one operator or constant changed; the same where it has none."""
    tree = ast.parse(source)
    spoiler = Spoilt(rng.randrange(8))
    changed = spoiler.visit(tree)
    if not spoiler.changed:
        spoiler = Spoilt(0)
        changed = spoiler.visit(ast.parse(source))
    return ast.unparse(changed) if spoiler.changed else source


def plainly(truth: dict[str, Any], source: str) -> bool | None:
    """Whether a program passes, by plain Python; None where it takes too long."""
    if "functional" in truth:
        return _runs(f"{source}\n{truth['functional']}", "", None)
    for text, wanted in zip(truth["inputs"], truth["outputs"], strict=True):
        fine = _runs(source, text, wanted)
        if not fine:
            return fine
    return True


def _runs(source: str, text: str, wanted: str | None) -> bool | None:
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", source],
            input=text,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    same = wanted is None or done.stdout.split() == wanted.split()
    return done.returncode == 0 and same


def _pair(
    form: str,
    truth: dict[str, Any],
    source: str,
    right: bool | None,
    rng: random.Random,
    fine: bool = True,
    text: str | None = None,
) -> Pair:
    if text is None:
        text = f"{thoughts(rng)}```python\n{source}\n```"
    return Pair("code", form, text, json.dumps(truth), right, fine, "code", truth)


def _as_files(problem: Problem, changed: str, passes: bool, rng: random.Random) -> Iterator[Pair]:
    """The same tests as a pytest file and as a script that import the program."""
    tests = problem.truth["functional"]
    start = "from solution import *\n"
    inner = "\n".join(f"    {line}" for line in tests.strip().splitlines())
    for form, truth in (
        ("script", {"solution_file": start + tests}),
        ("pytest", {"pytest": f"{start}\ndef test_solution():\n{inner}\n"}),
    ):
        yield _pair(f"reference, {form}", truth, problem.solution, True, rng)
        yield _pair(f"spoilt, {form}", truth, changed, passes, rng)


def _other_forms(problem: Problem, rng: random.Random) -> Iterator[Pair]:
    """One of several ways to write an answer that no prompt asks for, or to cheat."""
    good, truth, kind = problem.solution, problem.truth, problem.kind
    form = rng.choice(
        ["draft first", "example after", "shell first", "no fence", "in a list", "exits", "lies"]
    )
    block = f"```python\n{good}\n```"
    texts = {
        "draft first": f"```python\ndef draft(: pass\n```\nNo, better:\n{block}",
        "example after": f"{block}\nIt prints:\n```\n1 2 3\n```",
        "shell first": f"```bash\npython3 solution.py\n```\n{block}",
        "no fence": good,
        "in a list": f"1. The program:\n\n{indent(block, '   ')}",
    }
    right = None if form == "no fence" else form not in ("exits", "lies")
    if form == "exits" and kind == "functional":
        yield _pair("exits", truth, "import os\nos._exit(0)", False, rng, fine=False)
    elif form == "lies" and kind == "functional":
        yield from _lies(truth, rng)
    elif form in texts:
        yield _pair(f"{form}, {kind}", truth, "", right, rng, fine=False, text=texts[form])


def _lies(truth: dict[str, Any], rng: random.Random) -> Iterator[Pair]:
    """Every function gives an object that is equal to everything."""
    names = {
        node.func.id
        for node in ast.walk(ast.parse(truth["functional"]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    } - {"check", "abs", "len", "set", "tuple", "candidate"}
    lie = (
        "class Yes:\n    def __eq__(self, other): return True\n"
        "    def __bool__(self): return True\n"
    )
    source = lie + "".join(f"def {name}(*args): return Yes()\n" for name in sorted(names))
    if "==" in truth["functional"]:
        yield _pair("equal to everything", truth, source, False, rng, fine=False)
