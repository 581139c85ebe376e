r"""Every suite of a directory, its own answers graded right and other answers graded wrong.

Run: `python tests/benchmarks/suites.py FOLDER [--suite NAME] [--workers 2]`, where FOLDER holds the
files that `pipeline/evaluation/suites/README.md` names. *Right* answers are the final answer in
`\boxed{}`, or the worked program in a block; *worked* ones are the worked solutions of mathematics
that mark their final answer, as they came; *wrong* ones are another final answer, or a program that
gives nothing. Suites whose truths are no answers (IFEval, MT-Bench) are only counted. Prints a
table and everything unexpected.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.evaluation.suites.load import LoadedSuite, load_suite, local_suites
from pipeline.grading.answers import boxed, hashes
from pipeline.grading.pool import grade_many
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings

EMPTY = "```python\nraise SystemExit\n```"
FINAL = ("math", "choice", "ordering", "short_answer")
SHOWN = 100


class Answer(NamedTuple):
    """An answer to a problem, and what it should be graded."""

    kind: str
    problem: dict[str, Any]
    text: str


def answers(suite: LoadedSuite) -> list[Answer]:
    """Answers whose verdict is known."""
    worked = dict(suite.references.select("problem_id", "solution").iter_rows())
    found = []
    for row in suite.problems.iter_rows(named=True):
        solution = worked.get(row["problem_id"])
        if row["grader"] == "code":
            found += [Answer("wrong", row, EMPTY)]
            if solution:
                found.append(Answer("right", row, f"```python\n{solution}\n```"))
        elif row["grader"] in FINAL:
            found += final_answers(row, solution)
    return found


def final_answers(row: dict[str, Any], solution: str | None) -> list[Answer]:
    """The truth in a box, another one, and the worked solution."""
    truth = json.loads(row["ground_truth"])
    if row["grader"] == "ordering":
        truth = ", ".join(truth)
    first = str(truth[0] if isinstance(truth, list) else truth)
    others = {"math": f"{first} + 1", "choice": "A" if first != "A" else "B"}
    other = others.get(row["grader"], "none, of these")
    found = [
        Answer("right", row, f"So it is $\\boxed{{{first}}}$."),
        Answer("wrong", row, f"So it is $\\boxed{{{other}}}$."),
    ]
    marked = solution and (boxed(solution) or hashes(solution))
    return [*found, Answer("worked", row, solution)] if solution and marked else found


def graded(found: list[Answer], workers: int) -> list[Grade]:
    """Verdicts, in the same order."""
    requests = [
        GradeRequest(
            answer.problem["grader"],
            answer.text,
            answer.problem["ground_truth"],
            answer.problem["grader_args"],
        )
        for answer in found
    ]
    return grade_many(requests, GradingSettings(), workers)


def unexpected(answer: Answer, grade: Grade) -> bool:
    """Whether the verdict is another than the answer was made for."""
    return (grade.verdict == "correct") == (answer.kind == "wrong")


def sweep(name: str, where: Path, workers: int) -> tuple[str, list[str]]:
    """A row of the table, and what was unexpected."""
    suite = load_suite(name, where)
    found = answers(suite)
    counts: Counter[str] = Counter()
    odd = []
    for answer, grade in zip(found, graded(found, workers), strict=True):
        counts[answer.kind] += 1
        counts[f"{answer.kind} as expected"] += not unexpected(answer, grade)
        if unexpected(answer, grade):
            truth = answer.problem["ground_truth"][:SHOWN]
            odd.append(
                f"{name} row {answer.problem['origin']['row']} {answer.kind}: "
                f"{grade.verdict}, {grade.detail}; truth {truth}"
            )
    cells = [f"{counts[f'{k} as expected']} of {counts[k]}" for k in ("right", "worked", "wrong")]
    left_out = ", ".join(f"{why} {n}" for why, n in suite.skipped.items()) or "none"
    return f"| {name} | {suite.problems.height} | {left_out} | {' | '.join(cells)} |", odd


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("where", type=Path)
    parser.add_argument("--suite", action="append")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    names = asked.suite or local_suites(asked.where)
    print("| suite | problems | left out | right | worked | wrong |")
    print("|---|---:|---|---:|---:|---:|")
    notes: list[str] = []
    for name in names:
        line, odd = sweep(name, asked.where, asked.workers)
        print(line, flush=True)
        notes += odd
    print("", *notes, sep="\n")


if __name__ == "__main__":
    main()
