"""Truths and texts of real data sets, from the folder that `--data` names; nothing without it."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.grading.answers import boxed, hashes


class Solution(NamedTuple):
    """A model's text with the recorded verdict on it."""

    text: str
    truth: str
    correct: bool


def _rows(data: Path | None, name: str) -> Iterator[dict[str, Any]]:
    path = data / name if data else None
    if path is None or not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


@cache
def letters(data: Path | None) -> tuple[str, ...]:
    """Truths of multiple-choice questions."""
    return tuple(
        row["ground_truth"]
        for part in ("train", "test")
        for row in _rows(data, f"outcomes/llmrouter_queries_{part}.jsonl")
        if row.get("metric") == "em_mc" and re.fullmatch("[A-J]", str(row["ground_truth"]))
    )


def gsm8k(data: Path | None) -> Iterator[Solution]:
    """Four models' solutions of grade-school problems."""
    for row in _rows(data, "gsm8k/example_model_solutions.jsonl"):
        truth = row["ground_truth"].rsplit("A:", 1)[1].strip()
        for model in ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"):
            yield Solution(row[model]["solution"], truth, row[model]["is_correct"])


@cache
def math_truths(data: Path | None) -> tuple[str, ...]:
    """Answers of MATH, Minerva, OlympiadBench, AIME, AMC and GSM8K problems."""
    found: list[str | None] = []
    for part in ("train", "test"):
        for row in _rows(data, f"outcomes/llmrouter_queries_{part}.jsonl"):
            if row["metric"] in ("MATH", "GSM8K"):
                text = str(row["ground_truth"])
                found.append(boxed(text) or hashes(text) or (text if len(text) < 30 else None))
    found += [boxed(row["solution"]) for row in _rows(data, "benchmarks/minerva_math.jsonl")]
    for row in _rows(data, "benchmarks/olympiadbench.jsonl"):
        if not row["is_multiple_answer"]:
            found.append(row["final_answer"][0].strip("$"))
    for name in ("aime24", "amc23"):
        found += [str(row["answer"]) for row in _rows(data, f"benchmarks/{name}.jsonl")]
    return tuple(dict.fromkeys(text for text in found if text and len(text) < 200))


@cache
def table_truths(path: Path | None) -> tuple[str, ...]:
    """Answers of HiTab in the form of upstream's rows, from a file of its samples."""
    rows = _rows(path.parent, path.name) if path else ()
    return tuple("|".join(map(str, row["answer"])) for row in rows)


@cache
def replies(data: Path | None) -> tuple[str, ...]:
    """Long texts of GPT-4."""
    rows = _rows(data, "benchmarks/mt_bench_reference_gpt4.jsonl")
    return tuple(turn for row in rows for turn in row["choices"][0]["turns"])


def instructions(data: Path | None) -> list[tuple[str, dict[str, Any]]]:
    """Names and arguments of IFEval's instructions, one by one."""
    return [
        (name.removeprefix("en:"), kwargs)
        for row in _rows(data, "benchmarks/ifeval.jsonl")
        for name, kwargs in zip(row["instruction_id_list"], row["kwargs"], strict=True)
    ]
