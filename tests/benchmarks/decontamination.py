"""Decontamination at the size of guru: seconds, memory, planted copies found, false flags.

Rows: real texts (gsm8k train, the sample, small talk) and seeded variations of them, at the lengths
of guru-RL-92k, with planted copies of suite items among them. Items: all suites at their full size,
15,341 texts, of which those that do not lie in the data directory have real texts stand in for them
(`tests/stubs/full_suites.py` says which, and where the sizes are from); `--suites here` takes
only those of the directory. `--alike` adds a suite that is hard on purpose: its items are made of
the sentences of which the rows are. Each run is a fresh process, so that peak memory is its own.
Run: `python tests/benchmarks/decontamination.py --data ../shared/data [--rows 92000] [--plants 200]
[--suites here] [--alike 25000] [--seed 1] [--workers 2] [--reworded]`; `--study` prints the table
of thresholds as Markdown; `--libraries` times rensa beside datasketch.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stubs.full_suites import full_references
from stubs.plants import LIGHT, REWORDED, plants

from pipeline.decontamination.find import Findings, find_contamination
from pipeline.decontamination.study import study_thresholds
from pipeline.decontamination_settings import DecontaminationSettings
from pipeline.evaluation.suites.texts import reference_texts
from pipeline.executors import open_executor
from pipeline.settings import Settings

ALIKE = "alike"
FRAME = " Please output the final answer within \\boxed{}."
NAMES = ("Amara", "Boris", "Chloe", "Dmitri", "Esther", "Farid", "Greta", "Hiro", "Ines", "Jonas")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def real(data: Path) -> dict[str, list[str]]:
    """Texts that no suite may hold, by where they come from."""
    from pipeline.sources.sample import everyday, problems

    chat = (data / "everyday/chitchat_english_friendly.qna").read_text("utf-8").splitlines()
    return {
        "gsm8k train": [r["question"] + FRAME for r in lines(data / "gsm8k/train.jsonl")],
        "sample": [row.messages[-1]["content"] for row in (*problems(), *everyday())],
        "chit-chat": [line[2:].strip() for line in chat if line.startswith("- ")],
    }


def varied(pool: list[str], chance: random.Random) -> str:
    """Another problem by the same template: other numbers, another name."""
    words = chance.choice(pool).split(" ")
    first = chance.choice(NAMES)
    return " ".join(
        str(chance.randint(2, 999)) if word.isdecimal() else first if n == 0 else word
        for n, word in enumerate(words)
    )


def code(pool: list[str], chance: random.Random) -> str:
    """A long programming task: a story out of several, a format, examples."""
    stories = [s for text in chance.sample(pool, 6) for s in text.removesuffix(FRAME).split(". ")]
    chance.shuffle(stories)
    story = ". ".join(stories[: chance.randint(8, 22)])
    rows = ["\n".join(" ".join(str(chance.randint(0, 10**6)) for _ in range(9)) for _ in range(5))]
    return (
        "Please provide a self-contained Python script that solves the following problem in a "
        f"markdown code block:\n\n{story}\n\n-----Input-----\n\nThe first line holds an integer "
        f"n (1 <= n <= {chance.randint(10, 10**6)}).\n\n-----Examples-----\nInput\n{rows[0]}\n\n"
        f"Output\n{chance.randint(0, 10**9)}\n"
    )


def control(data: Path, rows: int, seed: int) -> pl.DataFrame:
    """Columns problem_id, messages, kind: real texts first, then variations of them."""
    sets, chance = real(data), random.Random(seed)
    texts = [(kind, text) for kind, part in sets.items() for text in part][:rows]
    pool = sets["gsm8k train"]
    while len(texts) < rows:
        if chance.random() < 0.4:
            texts.append(("varied code", code(pool, chance)))
        else:
            texts.append(("varied maths", varied(pool, chance)))
    return pl.DataFrame(
        {
            "problem_id": [f"c{number:015x}" for number in range(rows)],
            "messages": [[{"role": "user", "content": text}] for _, text in texts],
            "kind": [kind for kind, _ in texts],
        }
    )


def items(data: Path, suites: str, alike: int, seed: int) -> pl.DataFrame:
    """Table `ReferenceTexts`: the suites, and a hard one made of the sentences of training rows."""
    found = full_references(data, seed) if suites == "all" else reference_texts(data)
    chance, pool = random.Random(f"items {seed}"), real(data)["gsm8k train"]
    more = [(ALIKE, str(n), code(pool, chance)) for n in range(alike)]
    return pl.concat([found, pl.DataFrame(more, schema=found.schema, orient="row")])


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """One run in this process."""
    references = items(arguments.data, arguments.suites, arguments.alike, arguments.seed)
    kinds = REWORDED if arguments.reworded else LIGHT
    # Of real items only: a copy of what was made of the rows would be no plant.
    suites = references.filter(pl.col("suite") != ALIKE)
    planted = plants(suites, arguments.plants, arguments.seed, kinds)
    clean = control(arguments.data, arguments.rows - arguments.plants, arguments.seed)
    columns = ["problem_id", "messages"]
    problems = pl.concat([clean.select(columns), planted.select(columns)]).sort("problem_id")
    standing = _peak_mb()
    before, cpu = time.perf_counter(), time.process_time()
    settings = Settings(workers=arguments.workers)
    with open_executor(settings, settings.workers) as executor:
        found = find_contamination(problems, references, DecontaminationSettings(), executor)
    seconds, cpu = time.perf_counter() - before, time.process_time() - cpu
    return {
        "rows": problems.height,
        "megabytes": round(sum(_sizes(problems)) / 1e6),
        "items": references.height,
        "stand_ins": suites.filter(pl.col("suite").str.starts_with("for ")).height,
        "items_mb": round(references["text"].str.len_bytes().sum() / 1e6, 1),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_mb": _peak_mb(),
        "peak_before": standing,
        **outcome(found, clean, planted),
        "study": study(found, planted) if arguments.study else None,
    }


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)


def _sizes(problems: pl.DataFrame) -> Iterator[int]:
    for messages in problems["messages"].to_list():
        yield len(messages[0]["content"].encode())


def outcome(found: Findings, clean: pl.DataFrame, planted: pl.DataFrame) -> dict[str, Any]:
    """What was found of the plants, and what else was flagged."""
    flagged = found.contamination
    missed = planted.join(flagged, on="problem_id", how="anti")
    false = clean.join(flagged.unique("problem_id"), on="problem_id")
    return {
        "planted": planted.height,
        "found": planted.height - missed.height,
        "missed": [
            (row["kind"], row["suite"], row["item"], row["messages"][0]["content"])
            for row in missed.to_dicts()
        ],
        "false": false.height,
        "false_share": false.height / max(1, clean.height),
        "false_by_suite": dict(false.group_by("suite").len().sort("suite").iter_rows()),
        "false_by_kind": dict(false.group_by("kind").len().sort("kind").iter_rows()),
    }


def study(found: Findings, planted: pl.DataFrame) -> str:
    """Thresholds, as Markdown."""
    ids = planted["problem_id"]
    table = study_thresholds(found.pairs, DecontaminationSettings(), ids)
    head = f"| {' | '.join(table.columns)} |\n|{'---:|' * table.width}\n"
    rows = (
        " | ".join(f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row)
        for row in table.iter_rows()
    )
    return head + "".join(f"| {row} |\n" for row in rows)


def libraries(data: Path) -> None:
    """Signatures of the same shingles by rensa and by datasketch, 128 values each."""
    import datasketch
    import numpy as np
    import rensa

    from pipeline.decontamination.grams import runs
    from pipeline.decontamination.tokens import tokenised

    tokens = tokenised(pl.Series("text", real(data)["gsm8k train"][:2000]))
    grams = runs(tokens.canonical, tokens.offsets, 3)
    ends = np.searchsorted(grams.text, np.arange(tokens.texts + 1)).astype(np.uint64)
    begin = time.perf_counter()
    rensa.RMinHash.digest_matrix_from_flat_token_hashes(grams.keys, ends, 128, 1).to_rows()
    middle = time.perf_counter()
    parts = [grams.keys[a:b] for a, b in pairwise(ends)]
    datasketch.MinHash.bulk([[k.tobytes() for k in part] for part in parts], num_perm=128)
    end = time.perf_counter()
    print(f"2,000 texts: rensa {middle - begin:.2f} s, datasketch {end - middle:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=92_000)
    parser.add_argument("--plants", type=int, default=200)
    parser.add_argument("--suites", choices=("all", "here"), default="all")
    parser.add_argument("--alike", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--reworded", action="store_true")
    parser.add_argument("--study", action="store_true")
    parser.add_argument("--libraries", action="store_true")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.libraries:
        libraries(arguments.data)
    elif arguments.here:
        print(json.dumps(measured(arguments)))
    else:
        command = [sys.executable, __file__, *sys.argv[1:], "--here"]
        run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        for name, value in json.loads(run.stdout).items():
            print(f"{name:14} {value}" if name != "study" or value is None else value)


if __name__ == "__main__":
    main()
