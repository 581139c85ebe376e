"""Our verdicts on slightly wrong programs against those of HumanEval+'s own tests, under numpy.

Run: `python tests/benchmarks/humaneval_plus_agreement.py FOLDER [--each 4] [--seed 7]`; FOLDER
holds HumanEval+ as it is on the Hub or in `HumanEvalPlus-OriginFmt.jsonl.gz`. Each solution is
changed in one place at a time: a comparison, an operator, a number, what it returns, or what it
returns by a billionth. Prints how often both say the same, and every other case.

The programs, which are upstream's but for that place, run once in the grader's sandbox and once,
under numpy, in an ordinary process with bounds of time and memory.
"""

import argparse
import ast
import copy
import random
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.evaluation.suites import places
from pipeline.evaluation.suites.load import load_suite
from pipeline.evaluation.suites.readers.programs import REPAIRED, SPOILT
from pipeline.evaluation.suites.registry import suite_named
from pipeline.evaluation.suites.rows import read_rows
from pipeline.grading import registry
from pipeline.grading.verdicts import GradeRequest
from pipeline.settings import GradingSettings

SECONDS = 90
BYTES = 4 << 30
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
}
NUDGE = """\
def _nudged(value):
    if isinstance(value, (list, tuple)):
        return type(value)(map(_nudged, value))
    return value + 1e-9 if isinstance(value, float) else value
"""


class Mutant(NamedTuple):
    """A program with one change, and which kind it is."""

    kind: str
    source: str


def mutants(source: str, name: str, each: int, rng: random.Random) -> list[Mutant]:
    """Some changes of the function's body, drawn among all."""
    count = sum(1 for _ in _changes(ast.parse(source), name))
    chosen = sorted(rng.sample(range(count), min(each, count)))
    return [_mutant(source, name, number) for number in chosen]


def _mutant(source: str, name: str, number: int) -> Mutant:
    tree = ast.parse(source)
    kind, change = list(_changes(tree, name))[number]
    change()
    text = ast.unparse(ast.fix_missing_locations(tree))
    return Mutant(kind, f"{text}\n\n{NUDGE}" if kind == "a billionth" else text)


def _changes(tree: ast.Module, name: str) -> Iterator[tuple[str, Callable[[], None]]]:
    function = next(
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name
    )
    for statement in function.body[1:]:
        for node in ast.walk(statement):
            yield from _of_node(node)


def _of_node(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        swapped: Any = SWAPS[type(node.ops[0])]()
        yield "comparison", lambda: node.ops.__setitem__(0, swapped)
    elif isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        yield "operator", lambda: setattr(node, "op", SWAPS[type(node.op)]())
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value: Any = node.value
        yield "number", lambda: setattr(node, "value", value + 1)
    elif isinstance(node, ast.Return) and node.value is not None:
        given = copy.deepcopy(node.value)
        nudged = ast.Call(ast.Name("_nudged", ast.Load()), [given], [])
        yield "nothing", lambda: setattr(node, "value", ast.Constant(None))
        yield "a billionth", lambda: setattr(node, "value", nudged)


def theirs(program: str, row: dict[str, Any]) -> bool:
    """Whether the row's own tests pass under numpy."""
    call = f"check({row['entry_point']})"
    tests = row["test"].replace(SPOILT, REPAIRED)
    text = "\n\n".join([program, tests, "" if call in tests else call])
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-"],
            input=text,
            text=True,
            capture_output=True,
            timeout=SECONDS,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES)),
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("where", type=Path)
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    suite = suite_named("humaneval_plus")
    (part,) = places.find(suite, asked.where).parts
    rows = [row.values for file in part.files for row in read_rows(part.dataset, file)]
    loaded = load_suite(suite.name, asked.where).problems
    problems = {row["origin"]["row"]: row for row in loaded.iter_rows(named=True)}
    rng = random.Random(asked.seed)
    counts: Counter[tuple[str, str]] = Counter()
    for number, row in enumerate(rows):
        problem = problems[number]
        source = row["prompt"] + row["canonical_solution"]
        for mutant in mutants(source, row["entry_point"], asked.each, rng):
            answer = f"```python\n{mutant.source}\n```"
            request = GradeRequest(
                problem["grader"], answer, problem["ground_truth"], problem["grader_args"]
            )
            grade = registry.grade(request, GradingSettings())
            passes = theirs(mutant.source, row)
            same = passes == (grade.verdict == "correct")
            said = ("right" if passes else "wrong") if same else "differs"
            counts[mutant.kind, said] += 1
            if not same:
                print(f"{row['task_id']} {mutant.kind}: upstream {passes}, ours {grade.verdict}")
    print("| change | both right | both wrong | not the same |\n|---|---:|---:|---:|")
    for kind in sorted({kind for kind, _ in counts}):
        cells = [str(counts[kind, said]) for said in ("right", "wrong", "differs")]
        print(f"| {kind} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
