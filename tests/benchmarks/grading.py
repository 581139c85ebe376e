"""Speed of our graders against the usual ways: math-verify called directly, a process per test.

Run: `python tests/benchmarks/grading.py [--data FOLDER] [--answers 400] [--rounds 5]`. Prints the
medians of interleaved rounds in Markdown, then each answer on which the two disagree. All run in
one process, one answer after the other: figures are per core. `--data` adds HumanEval and MBPP to
the embedded sample. A test is one process of the usual way: a list of assertions, or one input.
"""

import argparse
import json
import logging
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from agreement.code_pairs import plainly, problems, spoil

from pipeline.grading import registry, sandbox
from pipeline.grading.printed import same
from pipeline.grading.verdicts import GradeRequest
from pipeline.settings import GradingSettings
from pipeline.sources.sample import math as sample_math

SETTINGS = GradingSettings()
EXPRESSIONS = (
    r"\frac{\sqrt{3}}{2}", r"2\sqrt{5}", r"\frac{3\pi}{4}", r"x^2 + 2x + 1", r"(3, -4)", r"[0, 5)",
    r"\frac{x+1}{x-1}", r"\{1, 2, 5\}", r"5 + 2i", r"e^{3}", r"\log_2 5", r"\frac{1}{2} + \sqrt{2}",
)  # fmt: skip
RESPELT = {
    r"\frac{\sqrt{3}}{2}": r"\sqrt{3}/2",
    r"2\sqrt{5}": r"\sqrt{20}",
    r"\frac{3\pi}{4}": r"0.75\pi",
    r"x^2 + 2x + 1": r"(x+1)^2",
    r"5 + 2i": r"2i + 5",
    r"\frac{1}{2} + \sqrt{2}": r"\sqrt{2} + \frac{1}{2}",
}
THOUGHT = (
    "Let me restate what is given and what is asked. There are {a} cases to look at, and in each "
    "the quantity grows by ${b}$ at every step, so after ${a}$ steps it is ${a} \\cdot {b} = {c}$. "
    "But wait, that counts the first case twice; taking it away leaves ${c} - {a} = {d}$.\n\n"
    "Checking this another way: $\\frac{{{c}}}{{{b}}} = {a}$, as it should be. "
)


class Answer(NamedTuple):
    """An answer with what both ways need.

    Attributes:
        request: For our grader.
        truth: For the other way.
        source: Boxed answer or program.
        tests: How many.
    """

    request: GradeRequest
    truth: Any
    source: str
    tests: int = 1


class Race(NamedTuple):
    """What both ways took, in each round, and what they said."""

    name: str
    answers: Sequence[Answer]
    ours: list[float]
    theirs: list[float]
    disagree: list[tuple[Answer, str, bool]]


def math_answers(number: int, rng: random.Random) -> list[Answer]:
    """Boxed answers after long thoughts: 85 in 100 to numbers, 15 to expressions."""
    rows = [row for row in sample_math.rows() if row.grader == "math"]
    numbers = [str(row.ground_truth) for row in rows]
    made = []
    for _ in range(number):
        pool = numbers if rng.random() < 0.85 else EXPRESSIONS
        truth = rng.choice(pool)
        answer, kind = truth, rng.random()
        if kind < 0.20:
            answer = rng.choice([other for other in pool if other != truth])
        elif kind < 0.35:
            answer = respelt(truth)
        ending = f"So the final answer is $\\boxed{{{answer}}}$."
        if kind > 0.96:
            ending = "I do not see how to go on from here."
        text = thought(rng) + ending
        made.append(Answer(GradeRequest("math", text, json.dumps(truth)), truth, answer))
    return made


def respelt(truth: str) -> str:
    """Another way to write the same."""
    if "/" in truth and "\\" not in truth:
        upper, lower = truth.split("/")
        return f"\\dfrac{{{upper}}}{{{lower}}}"
    if truth.lstrip("-").isdigit():
        return f"{int(truth):,}".replace(",", "{,}") if len(truth) > 4 else f"{truth}.0"
    return RESPELT.get(truth, f" {truth} ")


def thought(rng: random.Random) -> str:
    """Two to four kilobytes in which many numbers stand."""
    parts = []
    for _ in range(rng.randint(5, 12)):
        a, b = rng.randint(2, 40), rng.randint(2, 90)
        parts.append(THOUGHT.format(a=a, b=b, c=a * b, d=a * b - a))
    return "".join(parts)


def math_verify_directly(answer: Answer) -> bool:
    """As the library's README has it."""
    from math_verify import parse, verify

    gold = parse(f"${answer.truth}$")
    return bool(verify(gold, parse(answer.request.text)))


def code_answers(kind: str, number: int, data: Path | None, rng: random.Random) -> list[Answer]:
    """Two reference solutions for each program with a fault in it."""
    known = [problem for problem in problems(data) if problem.kind == kind]
    rng.shuffle(known)
    made = []
    for problem in known[:number]:
        source, truth = problem.solution, problem.truth
        if len(made) % 3 == 2:
            changed = spoil(source, rng)
            source = changed if plainly(truth, changed) is not None else source
        request = GradeRequest("code", f"```python\n{source}\n```", json.dumps(truth))
        made.append(Answer(request, truth, source, len(truth.get("inputs", [0]))))
    return made


def process_per_test(answer: Answer) -> bool:
    """A plain subprocess with a timeout, ended at the first test that fails; no sandbox."""
    truth = answer.truth
    if "functional" in truth:
        return _run(f"{answer.source}\n{truth['functional']}", "") is not None
    for text, wanted in zip(truth["inputs"], truth["outputs"], strict=True):
        printed = _run(answer.source, text)
        if printed is None or not same(printed, wanted):
            return False
    return True


def _run(source: str, text: str) -> str | None:
    try:
        done = subprocess.run(
            [sys.executable, "-c", source],
            input=text,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else done.stdout


def race(
    name: str, answers: Sequence[Answer], other: Callable[[Answer], bool], rounds: int
) -> Race:
    """Both ways in turn; the first round of each, with its imports, is not counted."""

    def ours(answer: Answer) -> str:
        return registry.grade(answer.request, SETTINGS).verdict

    for warm in answers[:20]:
        ours(warm), other(warm)
    took: tuple[list[float], list[float]] = ([], [])
    verdicts: list[list[Any]] = [[], []]
    for round_ in range(rounds):
        for way in (0, 1) if round_ % 2 else (1, 0):
            began = time.perf_counter()
            verdicts[way] = [(ours, other)[way](answer) for answer in answers]
            took[way].append(time.perf_counter() - began)
    judged = zip(answers, *verdicts, strict=True)
    disagree = [item for item in judged if (item[1] == "correct") != item[2]]
    return Race(name, answers, *took, disagree)


def report(races: Sequence[Race]) -> None:
    """The table, and where the two disagree."""
    print("| answers | number | tests | ours, tests/s | the usual way, tests/s | ratio "
          "| lowest and highest ratio | same verdicts |")  # fmt: skip
    print("|---|" + "---:|" * 7)
    for r in races:
        tests = sum(answer.tests for answer in r.answers)
        ours, theirs = statistics.median(r.ours), statistics.median(r.theirs)
        ratios = sorted(b / a for a, b in zip(r.ours, r.theirs, strict=True))
        equal = len(r.answers) - len(r.disagree)
        print(
            f"| {r.name} | {len(r.answers)} | {tests} | {tests / ours:,.0f} "
            f"| {tests / theirs:,.0f} | {statistics.median(ratios):.1f} "
            f"| {ratios[0]:.1f} to {ratios[-1]:.1f} | {equal} of {len(r.answers)} |"
        )
    for r in races:
        for answer, ours, theirs in r.disagree:
            said = "correct" if theirs else "not correct"
            pair = f"{answer.source[:200]!r}, truth {str(answer.truth)[:120]!r}"
            print(f"- {r.name}: {pair}: ours {ours}, the usual way {said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the shared data sets")
    parser.add_argument("--answers", type=int, default=400, help="of math, and of functions")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    status = sandbox.available()
    if not status.ok:
        sys.exit(f"no sandbox: {status.reason}; {status.remedy}")
    # It says at each import that its timeouts are on.
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    rng = random.Random(0)
    n, data = args.answers, args.data
    races = [
        race("math", math_answers(n, rng), math_verify_directly, args.rounds),
        race("code, functions", code_answers("functional", n, data, rng), process_per_test,
             args.rounds),
        race("code, programs", code_answers("stdin", n, data, rng), process_per_test, args.rounds),
    ]  # fmt: skip
    print(
        f"Python {platform.python_version()}, math-verify {version('math-verify')}, "
        f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}\n"
    )
    report(races)


if __name__ == "__main__":
    main()
