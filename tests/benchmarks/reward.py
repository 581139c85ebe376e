"""Scoring of episodes with grading processes that are kept, against a fresh pool for every step.

Run: `python tests/benchmarks/reward.py [--episodes 10000] [--step 128] [--rounds 3]`. The answers
are those of `grading.py`: long thoughts, 85 in 100 end in a number and 15 in an expression, no two
of them equal. A fresh pool is `concurrent.futures.ProcessPoolExecutor` around math-verify, started
anew for every step. Prints medians of rounds in turns, and on how many answers the two disagree.
"""

import argparse
import random
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from grading import Answer, math_answers, math_verify_directly

from pipeline.catalog.load import load_models
from pipeline.grading.pool import GradingPool
from pipeline.reward.expected import table_of
from pipeline.reward.scoring import Scorer, Truth
from pipeline.reward_settings import RewardSettings
from pipeline.router.menu import base_menu
from pipeline.router.record import Episode
from pipeline.settings import GradingSettings

WORKERS = 2


def episodes(answers: Sequence[Answer]) -> list[tuple[Episode, Truth]]:
    """An answered episode for each answer, and what it is about."""
    shown = base_menu(load_models(None))
    pairs = []
    for answer in answers:
        row = {"mode": "synthesize", "verdict": None, "quality": None, "total_cost_usd": 0.001}
        request = answer.request
        episode = Episode(row, [], shown, request.text, "stop", {})
        truth = Truth("reasoning", "math", "hard", "math", request.ground_truth, "{}", 200)
        pairs.append((episode, truth))
    return pairs


def ours(answers: Sequence[Answer], step: int) -> tuple[float, list[bool]]:
    """Seconds and verdicts of one scorer for all steps."""
    pairs = episodes(answers)
    began = time.perf_counter()
    with GradingPool(GradingSettings(), WORKERS) as pool:
        scorer = Scorer(RewardSettings(), table_of(RewardSettings()), pool)
        scored = [
            one.correct
            for start in range(0, len(pairs), step)
            for one in scorer.score(pairs[start : start + step])
        ]
    return time.perf_counter() - began, scored


def fresh(answers: Sequence[Answer], step: int) -> tuple[float, list[bool]]:
    """Seconds and verdicts of a new pool for every step."""
    began, verdicts = time.perf_counter(), []
    for start in range(0, len(answers), step):
        with ProcessPoolExecutor(WORKERS) as pool:
            verdicts += pool.map(math_verify_directly, answers[start : start + step], chunksize=8)
    return time.perf_counter() - began, verdicts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=10_000)
    parser.add_argument("--step", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    answers = math_answers(args.episodes, random.Random(0))
    print(
        f"{len({a.request for a in answers}):,} different answers of {len(answers):,}", flush=True
    )
    times: dict[str, list[float]] = {"kept": [], "fresh": []}
    for _ in range(args.rounds):
        kept_seconds, kept = ours(answers, args.step)
        fresh_seconds, other = fresh(answers, args.step)
        times["kept"].append(kept_seconds)
        times["fresh"].append(fresh_seconds)
        differ = sum(a != b for a, b in zip(kept, other, strict=True))
        print(
            f"kept {kept_seconds:.1f} s, fresh {fresh_seconds:.1f} s, {differ} differ", flush=True
        )
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"{name}: {len(answers) / middle:,.0f} episodes/s (median {middle:.1f} s)")
    ratio = statistics.median(f / k for k, f in zip(times["kept"], times["fresh"], strict=True))
    print(f"ratio: {ratio:.1f}")


if __name__ == "__main__":
    main()
