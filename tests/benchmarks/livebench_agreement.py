"""Our verdicts on recorded answers to LiveBench, against the verdicts that came with them.

Run: `python tests/benchmarks/livebench_agreement.py FOLDER`, where FOLDER holds the `live_bench` of
upstream's repository with questions, `model_answer` and `model_judgment`, such as `livebench/data`
of its commit 995e86f. The answers were written for upstream's own questions, which
do not ask for a box: lists that stand in no box are `parse_failure` here. Upstream gives partial
credit; only its full score counts as right. Prints a row for each task, and every disagreement.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.evaluation.suites import places
from pipeline.evaluation.suites.load import read_items
from pipeline.evaluation.suites.questions import Question
from pipeline.evaluation.suites.registry import suite_named
from pipeline.grading.pool import grade_many
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings
from schemas.problems import to_json

FULL = 0.999
SHOWN = 120


def lines(where: Path, folder: str) -> Iterator[dict[str, Any]]:
    """Records of all files in folders of that name."""
    for path in sorted(where.glob(f"live_bench/*/*/{folder}/*.jsonl")):
        yield from map(json.loads, path.read_text("utf-8").splitlines())


def questions(where: Path) -> dict[str, Question]:
    """Questions that we grade, by upstream's id."""
    suite = suite_named("livebench")
    items = (read.item for read in read_items(suite, places.find(suite, where)))
    return {item.item: item for item in items if isinstance(item, Question)}


def compare(where: Path, model: str, workers: int) -> list[tuple[Question, str, float, Grade]]:
    """Question, answer, upstream's score and our grade, for every answer that has all four."""
    known = questions(where)
    said = {
        row["question_id"]: row["choices"][0]["turns"][0]
        for row in lines(where, "model_answer")
        if row["model_id"] == model
    }
    scores = {
        row["question_id"]: float(row["score"])
        for row in lines(where, "model_judgment")
        if row.get("model") == model
    }
    keys = [key for key in known if key in said and key in scores]
    requests = [
        GradeRequest(
            known[key].grader or "math",
            said[key],
            to_json(known[key].truth),
            to_json(known[key].args),
        )
        for key in keys
    ]
    grades = grade_many(requests, GradingSettings(), workers)
    return [(known[k], said[k], scores[k], g) for k, g in zip(keys, grades, strict=True)]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("where", type=Path)
    parser.add_argument("--model", default="zft-community-8b-bs4")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    odd = []
    for question, answer, score, grade in compare(asked.where, asked.model, asked.workers):
        task = question.part.partition("/")[2]
        same = (score >= FULL) == (grade.verdict == "correct")
        counts[task].update({"answers": 1, "agree": same, "right": score >= FULL})
        if not same:
            odd.append(f"{task} {score:g} {grade.verdict}: {answer[-SHOWN:]!r}, {question.truth!r}")
    print("| task | answers | right, says upstream | agree |\n|---|---:|---:|---:|")
    for task, row in sorted(counts.items()):
        print(f"| {task} | {row['answers']} | {row['right']} | {row['agree']} |")
    print("", *odd, sep="\n")


if __name__ == "__main__":
    main()
