"""Does the tiny preset learn to route through stock verl? Trains and measures, run after run.

    .venv-train/bin/python tests/benchmarks/learning.py --out DIR [--seeds 0 1 2] [--unread]

Runs in verl's environment (pipeline/training/README.md), six to twenty minutes a run on two cores.
Each seed is trained at every weight, and with `--unread` the first one once more from a warm start
that asked nothing about prices. What is there already is only measured, so it can be killed and
started again. A router plays 1,000 held-out rows four times, in our engine at
temperature 1; rules and the exchange of prices are computed under the world's law. Everything but
the router is simulated.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import torch

from pipeline.settings import Settings
from pipeline.training.tiny.evaluate import Report, evaluate
from pipeline.training.tiny.lessons import Shares
from pipeline.training.tiny.network import make_network
from pipeline.training.tiny.played import Played, play
from pipeline.training.tiny.scores import Interval, compare
from pipeline.training.tiny.warm_start import Course, warm_start
from pipeline.training.tiny.world import world_settings, write_world

ROOT = Path(__file__).resolve().parents[2]
CLI = "from flows.cli import main; main()"
HEAD = (
    "| run | reward | gain, 95 % | accuracy | cost | cost per correct | dearer favourite loses |\n"
    "|---|---|---|---|---|---|---|"
)


class Run(NamedTuple):
    """One router; `unread`: its warm start asked nothing about prices."""

    seed: int
    weight: float
    unread: bool = False

    @property
    def name(self) -> str:
        return f"{'unread' if self.unread else 'tiny'}-w{self.weight:g}-s{self.seed}"


def runs_of(given: argparse.Namespace) -> list[Run]:
    middle = sorted(given.weights)[len(given.weights) // 2]
    weights = [middle, *(weight for weight in given.weights if weight != middle)]
    runs = [Run(seed, weight) for weight in weights for seed in given.seeds]
    return [*runs, Run(given.seeds[0], middle, True)] if given.unread else runs


def warm(run: Run, out: Path) -> Path:
    """Weights that a run begins with; those without prices are made here."""
    home = out / f"tiny-{run.seed}"
    if not run.unread:
        return home / "warm"
    folder = home / "unread"
    if not folder.is_dir():
        course = Course(seed=run.seed, shares=Shares(reading=0.0))
        make_network(home / "unread.random", run.seed)
        partial = home / "unread.partial"
        done = warm_start(home / "unread.random", partial, course, lambda exam: print(exam))
        print(f"warm start without questions about prices: enough {done.enough}", flush=True)
        partial.rename(folder)
    return folder


def train(run: Run, out: Path, steps: int | None) -> tuple[Path, float]:
    """Train one router; its weights and the seconds of this start."""
    if run.unread and not (out / f"tiny-{run.seed}" / "world" / "outcomes.parquet").exists():
        write_world(out / f"tiny-{run.seed}" / "world", run.seed)
    command = [
        sys.executable, "-c", CLI, "train", "--preset", "tiny", "--name", run.name, "--resume",
        "--seed", str(run.seed), "--cost-weight", str(run.weight), "--out", str(out), "--json",
    ]  # fmt: skip
    command += ["--model", str(warm(run, out))] if run.unread else []
    command += ["--steps", str(steps)] if steps else []
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    return Path(result["router"]), float(result["seconds"])


def measure(folder: Path, run: Run, out: Path) -> tuple[Played, Report]:
    """In play, and by what is computed."""
    world, base = out / f"tiny-{run.seed}" / "world", Settings()
    reward = base.reward.model_copy(update={"cost_weight": run.weight})
    settings = world_settings(world, base.model_copy(update={"reward": reward}))
    return play(folder, world, settings), evaluate(folder, world, settings)


def shown(value: Interval | None, percent: bool = False) -> str:
    if value is None:
        return "-"
    form = "{:+.0%} [{:+.0%}, {:+.0%}]" if percent else "{:+.3f} [{:+.3f}, {:+.3f}]"
    less = 1.0 if percent else 0.0
    return form.format(value.value - less, value.low - less, value.high - less)


def line(run: Run, before: Played, after: Played, report: Report) -> str:
    """One row of the table."""
    old, new = before.rows.score, after.rows.score
    gained = compare(after.rows, before.rows)
    cells = (
        run.name, f"{old.reward:.3f} to {new.reward:.3f}", shown(gained.reward),
        f"{old.accuracy:.3f} to {new.accuracy:.3f}", f"{old.cost:.3f} to {new.cost:.3f}",
        shown(gained.cost_per_correct_ratio, percent=True), f"{report.exchange.dearer.lost:.0%}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def rules(reports: Sequence[tuple[Run, Report]]) -> None:
    for run, report in reports:
        scores = ", ".join(
            f"{name} {score.reward:.3f} ({score.accuracy:.3f}, {score.cost:.3f})"
            for name, score in report.fixed.items()
        )
        print(f"seed {run.seed}, weight {run.weight:g}: reward (accuracy, cost) of {scores}")


def by_weight(costs: Mapping[Run, float]) -> None:
    """Say whether mean costs fall with the weight; one training alone says little of it."""
    swept: dict[float, list[float]] = {}
    for run in sorted(run for run in costs if not run.unread):
        swept.setdefault(run.weight, []).append(costs[run])
    means = {weight: fmean(swept[weight]) for weight in sorted(swept)}
    for weight, mean in means.items():
        each = ", ".join(f"{cost:.3f}" for cost in swept[weight])
        print(f"weight {weight:g}: mean cost {mean:.3f} over seeds with {each}")
    falls = all(a >= b for a, b in pairwise(means.values()))
    print(f"mean cost by weight non-increasing: {falls}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--weights", type=float, nargs="+", default=[1.0, 2.0, 3.0])
    parser.add_argument("--unread", action="store_true", help="also without reading questions")
    parser.add_argument("--steps", type=int, help="default: those of the preset")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    torch.set_num_threads(2)
    out, lines, reports = given.out.absolute(), [HEAD], []
    costs: dict[Run, float] = {}
    for run in runs_of(given):
        folder, seconds = train(run, out, given.steps)
        (before, _), (after, report) = (measure(x, run, out) for x in (warm(run, out), folder))
        lines.append(line(run, before, after, report))
        reports.append((run, report))
        costs[run] = after.rows.score.cost
        print(f"{lines[-1]} {seconds:,.0f} s", flush=True)
        (out / f"{run.name}.json").write_text(
            json.dumps({"modes": [before.modes, after.modes], "computed": report.summary()}),
            encoding="utf-8",
        )
    print("\n".join(lines))
    rules(reports)
    by_weight(costs)


if __name__ == "__main__":
    main()
