"""The store at scale: how fast it loads, how fast it answers, how large it is.

    python tests/benchmarks/scale/data.py DIR --episodes 30000000     # 100 million calls
    python tests/benchmarks/scale/run.py DIR

Loads DIR/spool into DIR/warehouse.duckdb (not again where that is there), then asks the five
dashboard questions and every query of the cookbook, and merges 100,000 episodes more.
"""

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from dashboards import DASHBOARDS
from data import write_spool

from warehouse.outcomes import load_outcomes
from warehouse.spool import load_spool
from warehouse.sqlfiles import read_folder
from warehouse.store import CONFIG, open_store

MORE = 100_000


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """Median wall clock."""
    taken = []
    for _ in range(times):
        start = time.monotonic()
        work()
        taken.append(time.monotonic() - start)
    return statistics.median(taken)


def load(root: Path) -> Path:
    store = root / "warehouse.duckdb"
    if not store.exists():
        report = load_spool(store, root / "spool")
        load_outcomes(store, root / "bank")
        rate = report.calls / report.seconds
        print(
            f"load: {report.episodes:,} episodes, {report.calls:,} calls in {report.seconds:.0f} s,"
            f" {rate:,.0f} calls/s; {store.stat().st_size / report.calls:.0f} bytes a call"
        )
    return store


def ask(store: Path, wanted: str) -> None:
    """Dashboards as a page asks them, then over the rows themselves, then the cookbook."""
    with open_store(store, read_only=True) as con:
        for board in DASHBOARDS:
            ours = seconds(lambda sql=board.ours: con.execute(sql).fetchall(), 5)
            con.execute("SET memory_limit = '5GB'")  # exact quantiles need it
            plain = seconds(lambda sql=board.plain: con.execute(sql).fetchall())
            con.execute(f"SET memory_limit = '{CONFIG['memory_limit']}'")
            print(f"dashboard {board.name}: {ours:.3f} s; over the rows {plain:.2f} s", flush=True)
        for file in read_folder("queries"):
            if wanted in file.name:
                taken = seconds(lambda sql=file.sql: con.execute(sql).fetchall())
                print(f"cookbook {file.name}: {taken:.2f} s", flush=True)


def merge(store: Path, root: Path) -> None:
    with open_store(store, read_only=True) as con:
        (episodes,) = con.execute("SELECT count(*) FROM episodes").fetchone() or (0,)
    spool = root / "more"
    write_spool(spool, episodes, MORE, episodes + MORE, MORE)
    taken = seconds(lambda: load_spool(store, spool))
    print(f"merge of {MORE:,} episodes: {taken:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--cookbook", default="", help="only queries with this in their name")
    options = parser.parse_args()
    store = load(options.dir)
    ask(store, options.cookbook)
    merge(store, options.dir)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    print(f"peak memory {peak:.2f} GiB")


if __name__ == "__main__":
    main()
