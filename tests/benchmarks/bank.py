"""Episodes per second of the engine with each baseline over an outcome bank.

    python tests/benchmarks/bank.py [--processes 2] [--repeat 2] [--spool] [--profile]

Imports the LLMRouter set (6,108 prompts, nine models) from `XROUTER_SHARED`, or takes a bank of
yours with `--bank DIR --models FILE`. Each process opens the bank, then plays its share of all
queries with each policy; only playing is timed, from the common start to the end of the last
process. With `--spool` every episode goes through the ledger, flushes included; the first flush of
a process imports pandas, which is done before the clock starts.
"""

import argparse
import asyncio
import cProfile
import multiprocessing
import os
import pstats
import tempfile
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pyarrow as pa

from pipeline.accounting import Silent
from pipeline.bank.importing import import_outcomes
from pipeline.bank.mapping import read_mapping
from pipeline.bank.source import BankSource, open_bank, policy_named
from pipeline.catalog.load import load_models
from pipeline.router.engine import Router
from pipeline.router.menu import Menu, base_menu
from pipeline.router.record import Episode, Stamp
from pipeline.router.spool import FLUSH_ROWS, Spool
from pipeline.router.turns import Query

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("XROUTER_SHARED", ROOT / ".." / "shared")) / "data" / "outcomes"
PRICES = ROOT / "pipeline" / "bank" / "pricelists" / "llmrouter.toml"
POLICIES = ("cheapest", "priciest", "random", "cheapest-capable", "always:", "oracle")
ASSUMED = "?assume_output_tokens=300"


class Tally:
    """What the episodes add up to."""

    def __init__(self, spool: Spool | None) -> None:
        self.episodes, self.quality, self.cost, self.failed = 0, 0.0, 0.0, 0
        self._spool = spool

    def __call__(self, episode: Episode) -> None:
        self.episodes += 1
        self.quality += episode.row["quality"] or 0.0
        self.cost += episode.row["total_cost_usd"]
        self.failed += episode.failed
        if self._spool is not None:
            self._spool.add(episode)
            if self._spool.waiting >= FLUSH_ROWS:
                self._spool.flush()


async def play(
    policy: str, source: BankSource, queries: list[Query], menu: Menu, spool: Spool | None
) -> Tally:
    """All queries with one policy."""
    tally = Tally(spool)
    router = Router(policy_named(policy, source), source, log=tally)
    stamp = Stamp("benchmark", "evaluate")
    for query in queries:
        await router.run(query, menu, stamp)
    if spool is not None:
        spool.flush()
    return tally


def work(
    number: int,
    args: argparse.Namespace,
    start: Barrier,
    results: "multiprocessing.Queue[tuple[str, float, float, int, float, float, int]]",
) -> None:
    source = open_bank(args.bank + ASSUMED)
    menu = base_menu(load_models(args.models))
    queries = [q for q in source.bank.queries()][number :: args.processes] * args.repeat
    pa.array(["warm"], pa.string())
    with tempfile.TemporaryDirectory() as folder:
        for policy in args.policies:
            spool = Spool(Path(folder) / policy, f"p{number}") if args.spool else None
            start.wait()
            began = time.time()
            tally = asyncio.run(play(policy, source, queries, menu, spool))
            results.put(
                (
                    policy,
                    began,
                    time.time(),
                    tally.episodes,
                    tally.quality,
                    tally.cost,
                    tally.failed,
                )
            )


def measure(args: argparse.Namespace) -> None:
    """Run the processes and print a table."""
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(args.processes), context.Queue()
    crew = [
        context.Process(target=work, args=(number, args, start, results))
        for number in range(args.processes)
    ]
    for process in crew:
        process.start()
    rows = [results.get(timeout=600) for _ in range(args.processes * len(args.policies))]
    for process in crew:
        process.join()
    ledger = "on" if args.spool else "off"
    print(f"{args.processes} processes, ledger {ledger}; load {os.getloadavg()[0]:.1f}")
    print("| policy | episodes/s | episodes | mean score | mean USD | failed |")
    print("|---|---|---|---|---|---|")
    for policy in args.policies:
        own = [row for row in rows if row[0] == policy]
        seconds = max(row[2] for row in own) - min(row[1] for row in own)
        episodes, quality, cost, failed = (sum(row[i] for row in own) for i in (3, 4, 5, 6))
        print(
            f"| {policy} | {episodes / seconds:,.0f} | {episodes:,} | {quality / episodes:.4f} "
            f"| {cost / episodes:.3g} | {failed} |"
        )


def profile(args: argparse.Namespace) -> None:
    """Where one process spends its time."""
    source = open_bank(args.bank + ASSUMED)
    menu = base_menu(load_models(args.models))
    queries = list(source.bank.queries())
    for policy in args.policies:
        profiler = cProfile.Profile()
        profiler.enable()
        asyncio.run(play(policy, source, queries, menu, None))
        profiler.disable()
        print(policy)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def main() -> None:
    """Import where needed, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bank")
    parser.add_argument("--models", type=Path, default=PRICES)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--policies", nargs="*")
    parser.add_argument("--spool", action="store_true")
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.bank is None:
            files = [SHARED / "llmrouter_train.json", SHARED / "llmrouter_test.json"]
            args.bank = folder
            import_outcomes(files, read_mapping(Path("llmrouter")), Path(folder), Silent())
        best = load_models(args.models).models[0].model_id
        always = "llama-3.1-nemotron-51b-instruct" if args.models == PRICES else best
        args.policies = args.policies or [p + always if p == "always:" else p for p in POLICIES]
        (profile if args.profile else measure)(args)


if __name__ == "__main__":
    main()
