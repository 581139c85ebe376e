"""Speed and memory of the stage `dataset`: synthetic math problems in, its files out.

Every measurement runs in a fresh process, so peak memory is that of the whole job and nothing else.
Run: `python tests/benchmarks/assemble.py [--rows 92000 1000000] [--workers 2] [--repeat 3]`.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline import rng
from pipeline.accounting import Silent
from pipeline.catalog.laws import LAWS_FILE
from pipeline.dataset.assemble import assemble_examples
from pipeline.dataset.columns import identifiers_of
from pipeline.io import ParquetStream
from pipeline.layout import Layout
from pipeline.settings import Settings
from schemas.examples import SPLITS

PUBLISHED_ROWS_PER_SECOND = 92_000 / 24
CHUNK = 8192
TEXT = (
    "a train leaves the station and travels at constant speed while another one follows find how "
    "many apples remain after each friend takes half of what is left compute the sum of all "
    "positive integers such that the remainder equals let triangle ABC have sides with angle point"
)
WORDS = TEXT.split()


def make_inputs(layout: Layout, rows: int) -> None:
    """Write `rows` synthetic problems of about 300 characters and their pass rates."""
    stride = 2**64 // rows
    keys = np.arange(rows, dtype=np.uint64) * np.uint64(stride) + np.uint64(1)
    with (
        ParquetStream(layout.problems, _problems(keys[:1]).to_arrow().schema) as problems,
        ParquetStream(layout.pass_rates, _rates(keys[:1]).to_arrow().schema) as rates,
    ):
        for start in range(0, rows, CHUNK):
            problems.write(_problems(keys[start : start + CHUNK]).to_arrow())
            rates.write(_rates(keys[start : start + CHUNK]).to_arrow())


def _text(key: int) -> str:
    state = np.random.default_rng(key)
    words = state.integers(0, len(WORDS), int(state.integers(25, 90)))
    return f"[synthetic] {' '.join(WORDS[w] for w in words)} {key % 9973}?"


def _problems(keys: rng.Keys) -> pl.DataFrame:
    answers = (keys % np.uint64(1000)).tolist()
    return pl.DataFrame(
        {
            "problem_id": pl.Series(identifiers_of(keys)),
            "data_source": "math__synthetic",
            "domain": "math",
            "kind": "reasoning",
            "messages": [[{"role": "user", "content": _text(int(key))}] for key in keys],
            "grader": "math",
            "ground_truth": [f'"{answer}"' for answer in answers],
            "grader_args": "{}",
        }
    )


def _rates(keys: rng.Keys) -> pl.DataFrame:
    rate = np.round(rng.uniform(0, "benchmark.rate", keys) * 16) / 16
    tier = np.select([rate < 0.15, rate < 0.65], ["hard", "medium"], "easy")
    return pl.DataFrame(
        {
            "problem_id": pl.Series(identifiers_of(keys)),
            "reference": "synthetic",
            "pass_rate": rate,
            "tier": tier.tolist(),
            "selected": True,
        }
    )


LAW = """
[laws.twelve]
about = "the historical prices over a dozen models a row"
membership = { ranges = 0.7, pool = 0.15, fourteen = 0.15 }
ranges = { premium = [2, 5], standard = [2, 5], budget = [2, 5], specialized = [1, 3] }
"""


def own_law(root: Path) -> Path:
    """The packaged laws and one with about 12 models a row, at historical prices."""
    text = LAWS_FILE.read_text(encoding="utf-8")
    parts = text.split("[laws.historical.price]")[1].split("[laws.stress]")[0]
    prices = "[laws.twelve.price]" + parts.replace("laws.historical", "laws.twelve")
    path = root / "laws.toml"
    path.write_text(text + LAW + prices, encoding="utf-8")
    return path


def settings_for(root: Path, workers: int) -> Settings:
    """One row per problem, so that problems and rows are the same number."""
    dataset = {"repetitions": {"easy": 1, "medium": 1, "hard": 1, "everyday": 1}}
    catalog = {"perturbation": "twelve", "laws": own_law(root)}
    given = {"out": root, "workers": workers, "dataset": dataset, "catalog": catalog}
    return Settings.model_validate(given)


def measure_ours(root: Path, workers: int) -> dict[str, Any]:
    """Assemble and export; runs in a process of its own."""
    watch = time.perf_counter()
    report = assemble_examples(settings_for(root, workers), Layout(root), Silent())
    seconds = time.perf_counter() - watch
    return {"rows": report.rows_out, "seconds": seconds, "peak_mb": _peak(), "bytes": report.bytes}


def measure_polars(root: Path) -> dict[str, Any]:
    """Time polars takes to write the finished examples; reading them is not counted."""
    layout = Layout(root)
    frames = [pl.read_parquet(layout.examples(split)) for split in SPLITS]
    models = sum(
        int(f["extra_info"].struct.field("tool_selection").list.len().sum()) for f in frames
    )
    target, seconds = root / "polars.parquet", 0.0
    for frame in frames:
        watch = time.perf_counter()
        frame.write_parquet(target, compression="zstd")
        seconds += time.perf_counter() - watch
    target.unlink()
    rows = sum(len(frame) for frame in frames)
    return {"rows": rows, "seconds": seconds, "peak_mb": _peak(), "models": models / rows - 1}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fresh(what: str, root: Path, workers: int) -> dict[str, Any]:
    """Run one measurement in a new interpreter."""
    command = [sys.executable, __file__, "--measure", what, "--root", str(root)]
    done = subprocess.run(
        [*command, "--workers", str(workers)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def bench(rows: int, workers: int, repeat: int) -> dict[str, Any]:
    """Best of `repeat` runs of each side, on the same files."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_inputs(Layout(root), rows)
        ours = [fresh("ours", root, workers) for _ in range(repeat)]
        polars = [fresh("polars", root, workers) for _ in range(repeat)]
    best, write = min(r["seconds"] for r in ours), min(r["seconds"] for r in polars)
    return {
        "rows": ours[0]["rows"],
        "workers": workers,
        "seconds": round(best, 3),
        "seconds_of_each_run": [round(r["seconds"], 3) for r in ours],
        "rows_per_second": round(ours[0]["rows"] / best),
        "times_published": round(ours[0]["rows"] / best / PUBLISHED_ROWS_PER_SECOND, 1),
        "models_per_row": round(polars[0]["models"], 1),
        "peak_mb": round(max(r["peak_mb"] for r in ours)),
        "output_mb": round(ours[0]["bytes"] / 1e6),
        "polars_write_seconds": round(write, 3),
        "times_polars_write": round(best / write, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[92_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--measure", choices=["ours", "polars"])
    parser.add_argument("--root", type=Path)
    args = parser.parse_args()
    if args.measure:
        ours = args.measure == "ours"
        result = measure_ours(args.root, args.workers) if ours else measure_polars(args.root)
        print(json.dumps(result))
        return
    results = [bench(rows, args.workers, args.repeat) for rows in args.rows]
    for name in results[0]:
        print(f"{name:>22}  " + "  ".join(f"{r[name]!s:>24}" for r in results))
    print(json.dumps(results))


if __name__ == "__main__":
    main()
