"""Our checks of IFEval's instructions on recorded answers, against upstream's verdicts.

Run: `python tests/benchmarks/ifeval_agreement.py FOLDER [--suites-from DIR]`, where FOLDER holds
`eval_results_strict.jsonl` and `eval_results_loose.jsonl` as upstream's evaluation_main writes
them: prompts with answers, and for each instruction whether it is followed. DIR has `ifeval.jsonl`,
where prompts are found by their text. Prints the four accuracies of both, and what differs.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.evaluation.suites.load import load_suite
from pipeline.grading.ifeval import followed

WAYS = ("strict", "loose")
SHOWN = 60

Marks = list[tuple[list[bool], list[bool]]]  # a prompt each: upstream's and ours


def compare(folder: Path, suites: Path, way: str) -> tuple[Marks, list[str]]:
    """Verdicts of both by one reading, and where they differ."""
    problems = load_suite("ifeval", suites).problems.iter_rows(named=True)
    known = {row["messages"][0]["content"]: json.loads(row["ground_truth"]) for row in problems}
    text = (folder / f"eval_results_{way}.jsonl").read_text("utf-8")
    marks: Marks = []
    odd = []
    for row in map(json.loads, text.splitlines()):
        instructions = known.get(row["prompt"].strip())
        if instructions is None:
            continue
        ours = followed(row["response"], instructions, loose=way == "loose")
        marks.append((row["follow_instruction_list"], ours))
        odd += _differences(way, row, ours)
    return marks, odd


def _differences(way: str, row: dict[str, Any], ours: Sequence[bool]) -> list[str]:
    each = zip(row["instruction_id_list"], row["follow_instruction_list"], ours, strict=True)
    return [
        f"{way} {name}: ours {mine}, upstream {theirs}, of {row['response'][:SHOWN]!r}"
        for name, theirs, mine in each
        if theirs != mine
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--suites-from", type=Path, default=Path("data"))
    asked = parser.parse_args()
    odd: list[str] = []
    print("| | upstream | ours | agree |\n|---|---:|---:|---:|")
    for way in WAYS:
        marks, differences = compare(asked.folder, asked.suites_from, way)
        odd += differences
        prompts = Counter[str]()
        instructions = Counter[str]()
        for theirs, ours in marks:
            prompts.update({"theirs": all(theirs), "ours": all(ours), "all": 1})
            prompts["agree"] += all(theirs) == all(ours)
            instructions.update({"theirs": sum(theirs), "ours": sum(ours), "all": len(ours)})
            instructions["agree"] += sum(a == b for a, b in zip(theirs, ours, strict=True))
        for name, counts in (("prompts", prompts), ("instructions", instructions)):
            shares = (
                f"{counts['theirs'] / counts['all']:.4f} | {counts['ours'] / counts['all']:.4f}"
            )
            print(f"| {name}, {way} | {shares} | {counts['agree']} of {counts['all']} |")
    print("", *odd, sep="\n")


if __name__ == "__main__":
    main()
