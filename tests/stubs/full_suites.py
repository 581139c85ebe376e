"""All suites at their full size, where some do not lie here: real texts stand in for those.

Suites of the data directory are as they are. Of each other suite there are as many texts as it has
items, of its kind and about as long, and none of them is a training row: questions and answers of
LLMRouter's queries, SimpleQA and NQ-open; prompts of HumanEval for HumanEval+, which has the same;
functions of Python's own library for long programming tasks. A question of RouterArena has a
context where one is at hand, since it comes with one there: worked solutions of OlympiadBench,
Minerva and gsm8k, and what models answered to gsm8k.
"""

import ast
import csv
import json
import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.evaluation.suites.registry import suite_named, suite_names
from pipeline.evaluation.suites.texts import SCHEMA, reference_texts

# Where the registry does not count: the whole test split, as the card has it (open-r1/codeforces);
# the datasets of the six categories, as the Hub lists them (150 + 200 + 368 + 400 + 128 + 190);
# the full split, as its repository says.
UNCOUNTED = {"codeforces": 468, "livebench": 1_436, "routerarena": 8_400}
TASKS = {"math500": ("math",), "aime25": ("math",), "gpqa_diamond": ("gpqa",)}
CODE = ("codeforces", "code_contests", "livecodebench", "livebench")
# Mean characters of 38 tasks of LiveCodeBench, and of all 809 prompts, in RouterArena's open tenth.
CODE_LENGTH, ARENA_LENGTH = 1_678, 972
ARENA_TASKS = (
    "agentverse-logicgrid",
    "commongen",
    "natural_qa",
    "trivia_qa",
    "mmlu",
    "gpqa",
    "commonsense_qa",
    "openbook_qa",
    "arc_challenge",
)


def published_sizes() -> dict[str, int]:
    """Texts of each suite, by what is published of it."""
    return {name: UNCOUNTED.get(name) or suite_named(name).items or 0 for name in suite_names()}


def full_references(data: Path, seed: int) -> pl.DataFrame:
    """Table `ReferenceTexts` of all suites; stand-ins are of suites named `for NAME`."""
    here = reference_texts(data)
    chance = random.Random(f"full suites {seed}")
    pools = {name: _texts(data, name, chance) for name in (*TASKS, "humaneval_plus", "routerarena")}
    code = iter(_functions(chance))
    rows = []
    for name, size in published_sizes().items():
        if name in set(here["suite"]):
            continue
        pool = code if name in CODE else pools[name]
        texts = [text for _, text in zip(range(size), pool, strict=False)]
        if len(texts) < size:
            raise SystemExit(f"{data}: {len(texts):,} texts to stand in for {name}, not {size:,}")
        rows += [(f"for {name}", str(number), text) for number, text in enumerate(texts)]
    return pl.concat([here, pl.DataFrame(rows, SCHEMA, orient="row")])


def _lines(path: Path) -> list[dict[str, Any]]:
    # Some texts hold separators at which `splitlines` would cut.
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def _texts(data: Path, name: str, chance: random.Random) -> Iterator[str]:
    """Texts for one suite, each once."""
    queries = [
        row
        for part in ("train", "test")
        for row in _lines(data / f"outcomes/llmrouter_queries_{part}.jsonl")
    ]
    if name == "routerarena":
        return _arena(data, queries, chance)
    tasks = TASKS.get(name, ("human_eval",))
    chosen = dict.fromkeys(row["query"] for row in queries if row["task_name"] in tasks)
    # Two suites of one task share no text.
    half = list(chosen) if name != "aime25" else list(chosen)[::-1]
    return iter(half)


def _arena(data: Path, queries: list[dict[str, Any]], chance: random.Random) -> Iterator[str]:
    questions = [row["query"] for row in queries if row["task_name"] in ARENA_TASKS]
    with (data / "everyday/simpleqa.csv").open(encoding="utf-8") as file:
        questions += [row["problem"] for row in csv.DictReader(file)]
    questions += [row["question"] for row in _lines(data / "everyday/nq_open_dev.jsonl")]
    questions = list(dict.fromkeys(questions))
    chance.shuffle(questions)
    contexts = iter(_contexts(data))
    for question in questions:
        text = question
        while len(text) < ARENA_LENGTH and (context := next(contexts, "")):
            text = f"{context}\n\n{text}"
        yield text


def _contexts(data: Path) -> Iterator[str]:
    for row in _lines(data / "benchmarks/olympiadbench.jsonl"):
        yield from row["solution"]
    for row in _lines(data / "benchmarks/minerva_math.jsonl"):
        yield row["solution"]
    for row in _lines(data / "gsm8k/example_model_solutions.jsonl"):
        yield from (str(row[model]["solution"]) for model in row if "finetuning" in model)
    for part in ("test", "train"):
        yield from (row["answer"] for row in _lines(data / f"gsm8k/{part}.jsonl"))
    with (data / "outcomes/routellm_gsm8k_responses.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield from (row[column] for column in row if column.endswith("_response"))


def _functions(chance: random.Random) -> list[str]:
    """Functions and classes of Python's library, on average about as long as a task is."""
    root = Path(sysconfig.get_path("stdlib"))
    found = []
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        if {"test", "tests", "site-packages", "idlelib", "lib2to3"} & set(parts):
            continue
        source = path.read_text("utf-8")
        lines = source.splitlines()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.append("\n".join(lines[node.lineno - 1 : node.end_lineno]))
    found = list(dict.fromkeys(text for text in found if CODE_LENGTH // 2 < len(text) < 4_000))
    chance.shuffle(found)
    return found
