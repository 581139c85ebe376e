"""The five dashboard questions side by side: our store and PostgreSQL, the same calls in both.

    python tests/benchmarks/scale/data.py DIR --episodes 3000000      # 10 million calls
    python tests/benchmarks/scale/postgres.py DIR

Starts a PostgreSQL server of its own in DIR/postgres (initdb and postgres must be on the PATH or
named with --bin), in the shape of LiteLLM's SpendLogs with its indexes, and checks that both give
the same rows.
"""

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from dashboards import DASHBOARDS
from run import load, seconds

from warehouse.store import open_store

TABLE = """
CREATE TABLE "SpendLogs" (
    request_id text PRIMARY KEY, session_id text, api_key text, "startTime" timestamptz,
    model text, status text, error_type text, spend numeric(18,9), prompt_tokens int,
    completion_tokens int, seconds double precision, end_user text);
"""
INDEXES = """
CREATE INDEX ON "SpendLogs" ("startTime");
CREATE INDEX ON "SpendLogs" (end_user);
CREATE INDEX ON "SpendLogs" (session_id);
CREATE INDEX ON "SpendLogs" (api_key);
VACUUM ANALYZE "SpendLogs";
"""
ROWS = """
COPY (
    SELECT
        c.episode_id || '-' || c.call_index, c.episode_id, e.api_key_id, e.started_at, c.model_id,
        c.status, c.error_type, c.cost_usd, c.input_tokens, c.output_tokens, c.seconds, NULL
    FROM calls AS c JOIN episodes AS e USING (episode_id)
) TO '{}' (FORMAT csv, HEADER false)
"""
SETTINGS = {
    "shared_buffers": "2GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "8GB",
    "max_parallel_workers_per_gather": "2",
    "jit": "on",
    "listen_addresses": "",
}


def psql(socket: Path, sql: str) -> str:
    command = [
        "psql",
        "-qAtX",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        str(socket),
        "-U",
        "bench",
        "postgres",
    ]
    done = subprocess.run([*command, "-c", sql], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


@contextlib.contextmanager
def server(root: Path, bins: Path) -> Iterator[Path]:
    """A server of our own; root may not run one, so it runs as nobody."""
    data = root / "data"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    who = (
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        if not os.getuid()
        else []
    )
    if who:
        shutil.chown(root, "nobody", "nogroup")
    subprocess.run(
        [*who, bins / "initdb", "-D", data, "-U", "bench", "-A", "trust"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    process = subprocess.Popen([*who, bins / "postgres", "-D", data, "-k", root, *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        while subprocess.run(["pg_isready", "-q", "-h", root], check=False).returncode:
            time.sleep(0.2)
        yield root
    finally:
        process.terminate()
        process.wait()


def fill(store: Path, root: Path, socket: Path) -> None:
    rows = root / "calls.csv"
    with open_store(store, read_only=True) as con:
        con.execute(ROWS.format(rows))
    psql(socket, TABLE)
    taken = seconds(lambda: psql(socket, f"\\copy \"SpendLogs\" FROM '{rows}' WITH (FORMAT csv)"))
    print(f"PostgreSQL: loaded in {taken:.0f} s")
    rows.unlink()
    for statement in filter(None, map(str.strip, INDEXES.split(";"))):
        psql(socket, statement)


def compare(store: Path, socket: Path) -> None:
    ratios = []
    with open_store(store, read_only=True) as con:
        for name, ours, plain, postgres in DASHBOARDS:
            theirs = seconds(lambda sql=postgres: psql(socket, sql), 3)
            summed = seconds(lambda sql=ours: con.execute(sql).fetchall(), 5)
            rows = seconds(lambda sql=plain: con.execute(sql).fetchall(), 3)
            same = _same(con.execute(ours).fetchall(), psql(socket, postgres))
            ratios.append(theirs / summed)
            print(
                f"{name}: PostgreSQL {theirs:.2f} s, ours {summed:.4f} s, {ratios[-1]:.0f} times; "
                f"over the rows {rows:.3f} s, {theirs / rows:.0f} times; {same}",
                flush=True,
            )
    print(f"median {statistics.median(ratios):.0f} times")


def _same(ours: list[tuple[object, ...]], theirs: str) -> str:
    """Whether both gave the same rows; quantiles may differ by half a bin."""
    left = sorted(tuple(map(str, row)) for row in ours)
    right = sorted(tuple(line.split("|")) for line in theirs.splitlines())
    if len(left) != len(right):
        return f"{len(left)} rows, not {len(right)}"
    worst = 0.0
    for x, y in zip(chain.from_iterable(left), chain.from_iterable(right), strict=True):
        try:
            worst = max(worst, abs(float(x) / float(y) - 1) if float(y) else abs(float(x)))
        except ValueError:
            if x != y:
                return f"{x} is not {y}"
    return f"figures differ by {worst:.1%} at most" if worst else "same rows"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--bin", type=Path, help="where initdb and postgres are")
    options = parser.parse_args()
    bins = options.bin or Path(shutil.which("initdb") or "/usr/lib/postgresql/15/bin/initdb").parent
    store = load(options.dir)
    with server(options.dir.resolve() / "postgres", bins) as socket:
        fill(store, options.dir, socket)
        compare(store, socket)


if __name__ == "__main__":
    main()
