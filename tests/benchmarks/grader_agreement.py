"""How often our graders and Reasoning360's own agree, domain by domain, and who is wrong if not.

Needs a checkout of LLM360/Reasoning360, and an interpreter with what its graders import:
`pip install numpy sympy pylatexenc antlr4-python3-runtime==4.11 packaging requests langdetect nltk
immutabledict pydantic pytest`. Run: `python tests/benchmarks/grader_agreement.py
--upstream CHECKOUT [--python PYTHON] [--data FOLDER] [--hitab FILE] [--pairs 5000]
[--domains math table ...]`.
"""

import argparse
import json
import random
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from agreement import (
    choice_pairs,
    code_pairs,
    instruction_pairs,
    math_pairs,
    program_pairs,
    puzzle_pairs,
    table_pairs,
)
from agreement.faults import faults
from agreement.pairs import Pair

from pipeline.grading.pool import grade_many
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings

RUNNER = Path(__file__).parent / "agreement" / "upstream.py"
CLASSES = ("theirs wrong", "ours wrong", "ambiguous")


class Judged(NamedTuple):
    """A pair with both results; `theirs` is None where upstream's grader failed."""

    pair: Pair
    ours: Grade
    theirs: float | None
    error: str | None

    @property
    def agree(self) -> bool:
        """Both call the answer correct, or neither does; for zebra puzzles the scores are equal."""
        if self.theirs is None:
            return False
        if self.pair.domain == "zebra":
            return abs((self.ours.score or 0.0) - self.theirs) < 1e-9
        return (self.ours.verdict == "correct") == (self.theirs >= 1.0)

    @property
    def blame(self) -> str:
        """Who is wrong, by how the answer was made."""
        if self.pair.right is None:
            return "ambiguous"
        right = (self.ours.verdict == "correct") == self.pair.right
        return "theirs wrong" if right and self.ours.verdict != "ungraded" else "ours wrong"


def make(args: argparse.Namespace) -> dict[str, list[Pair]]:
    """Pairs of every domain."""
    n, data = args.pairs, args.data
    makers: dict[str, Callable[[random.Random], Iterable[Pair]]] = {
        "math": lambda rng: [
            *math_pairs.solutions(rng, data),
            *math_pairs.rewritten(n, rng, data),
        ],
        "table": lambda rng: table_pairs.table(n, rng, args.hitab),
        "zebra": lambda rng: puzzle_pairs.zebra(n, rng),
        "ordering": lambda rng: puzzle_pairs.ordering(n, rng, ("birds", "fruits", "vehicles")),
        "ordering of people": lambda rng: puzzle_pairs.ordering(n // 4, rng, ("people",)),
        "graph": lambda rng: puzzle_pairs.graph(n, rng),
        "grid": lambda rng: puzzle_pairs.grid(n, rng),
        "codeio": lambda rng: program_pairs.codeio(n, rng),
        "cruxeval": lambda rng: program_pairs.cruxeval(n, rng),
        "code": lambda rng: code_pairs.code(n, rng, data),
        "gpqa": lambda rng: choice_pairs.gpqa(n, rng, data),
        "supergpqa": lambda rng: choice_pairs.supergpqa(n, rng, data),
        "ifeval": lambda rng: instruction_pairs.ifeval(n, rng, data),
    }
    chosen = args.domains or list(makers)
    return {name: list(makers[name](random.Random(f"{args.seed} {name}"))) for name in chosen}


def ask_upstream(pairs: list[Pair], args: argparse.Namespace) -> list[dict[str, Any]]:
    """Upstream's results, from a process of its own."""
    process = subprocess.Popen(
        [args.python, "-W", "ignore", str(RUNNER), str(args.upstream)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    feeder = threading.Thread(target=_feed, args=(process.stdin, pairs))
    feeder.start()
    results = [json.loads(line) for line in process.stdout]
    feeder.join()
    if process.wait() or len(results) != len(pairs):
        sys.exit(f"upstream's graders ended after {len(results)} of {len(pairs)} pairs")
    return results


def _feed(stream: Any, pairs: Iterable[Pair]) -> None:
    with stream:
        for pair in pairs:
            fields = {"domain": pair.domain, "text": pair.text, "truth": pair.truth}
            stream.write(json.dumps(fields | {"extra": pair.extra}) + "\n")


def judge(pairs: list[Pair], args: argparse.Namespace) -> list[Judged]:
    """Both results of all pairs."""
    requests = [
        GradeRequest(p.grader, p.text, json.dumps(p.ours), json.dumps(p.args)) for p in pairs
    ]
    ours = grade_many(requests, GradingSettings(), args.workers)
    theirs = ask_upstream(pairs, args)
    return [
        Judged(pair, grade, result.get("score"), result.get("error"))
        for pair, grade, result in zip(pairs, ours, theirs, strict=True)
    ]


def table(results: dict[str, list[Judged]]) -> Iterator[str]:
    """One line a domain, in Markdown; `ours right` is against how the answers were made."""
    columns = "{} | agree | theirs wrong | ours wrong | ambiguous | ours right"
    yield f"| domain | {columns.format('well-formed')} | {columns.format('other forms')} |"
    yield "|---" + "|---:" * 12 + "|"
    for name, judged in results.items():
        cells = [name]
        for fine in (True, False):
            part = [j for j in judged if j.pair.well_formed == fine]
            blame = Counter(j.blame for j in part if not j.agree)
            known = [j for j in part if j.pair.right is not None]
            right = sum((j.ours.verdict == "correct") == j.pair.right for j in known)
            cells += [f"{len(part):,}", _share(sum(j.agree for j in part), len(part))]
            cells += [*(f"{blame[c]:,}" for c in CLASSES), _share(right, len(known))]
        yield f"| {' | '.join(cells)} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "-"


def causes(results: dict[str, list[Judged]]) -> Iterator[str]:
    """Every kind of disagreement, with its number and one example, in Markdown."""
    yield "| domain | form | class | number | example: answer, truth | ours | theirs |"
    yield "|---|---|---|---:|---|---|---|"
    for name, judged in results.items():
        groups: dict[tuple[str, str], list[Judged]] = defaultdict(list)
        for j in judged:
            if not j.agree:
                groups[j.pair.form, j.blame].append(j)
        for (form, blame), found in sorted(groups.items(), key=lambda item: -len(item[1])):
            example = min(found, key=lambda j: len(j.pair.text))
            text, truth = example.pair.text[-70:], json.dumps(example.pair.truth)[:50]
            shown = f"{_code(text)}, {_code(truth)}"
            theirs = example.error or f"{example.theirs:.2f}"
            yield (
                f"| {name} | {form} | {blame} | {len(found):,} | {shown} | {example.ours.verdict} "
                f"| {theirs} |"
            )


def shown_faults(args: argparse.Namespace) -> Iterator[str]:
    """Upstream's known faults, each with an answer that shows it, in Markdown."""
    known = list(faults())
    judged = judge([fault.pair for fault in known], args)
    yield "| domain | fault of upstream's | answer | truth | it is | ours | theirs |"
    yield "|---|---|---|---|---|---|---|"
    seen: dict[str, list[Judged]] = defaultdict(list)
    for fault, j in zip(known, judged, strict=True):
        seen[fault.what].append(j)
    for what, found in seen.items():
        pair, ours = found[0].pair, found[0].ours.verdict
        scores = ", ".join(j.error or f"{j.theirs:g}" for j in found)
        truth = _code(json.dumps(pair.truth)[:60]) if len(found) == 1 else "each of ten letters"
        right = "right" if pair.right else "wrong"
        answer = _code(pair.text[-60:])
        yield f"| {pair.domain} | {what} | {answer} | {truth} | {right} | {ours} | {scores} |"


def _code(text: str) -> str:
    return "`" + " ".join(text.split()).replace("|", "\\|").replace("`", "'") + "`"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--data", type=Path, help="folder with the shared data sets")
    parser.add_argument("--hitab", type=Path, help="a file of HiTab's samples, JSON lines")
    parser.add_argument("--pairs", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--domains", nargs="*")
    args = parser.parse_args()
    results = {name: judge(pairs, args) for name, pairs in make(args).items()}
    print("\n".join(table(results)))
    print()
    print("\n".join(causes(results)))
    print()
    print("\n".join(shown_faults(args)))


if __name__ == "__main__":
    main()
