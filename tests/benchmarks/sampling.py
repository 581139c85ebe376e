"""Speed and memory of the sampling client against a loopback provider in a process of its own.

Run: `python tests/benchmarks/sampling.py [--samples 30000] [--delay 0.05] [--in-flight 256]`.
Every sample goes the whole way: request, ledger, grading, stop rule. `--direct` leaves HTTP out, so
that a million samples for the memory figure do not take half an hour.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.accounting import Silent
from pipeline.layout import Layout
from pipeline.providers.completion import Completion
from pipeline.settings import Settings
from pipeline.sources.collect import collect_sources
from pipeline.tiering.measured.measure import Measurement
from pipeline.tiering.measured.replica import Replica
from pipeline.tiering.specs import parse_spec

STUB = Path(__file__).parents[1] / "stubs" / "provider.py"
TEXT = "Adding both gives " + "a long train of thought " * 40 + "so the answer is \\boxed{7}."


class Watched(Silent):
    """Progress that prints a line now and then, with the memory of the process."""

    def __init__(self, seconds: float) -> None:
        self._next = time.monotonic() + seconds
        self._seconds = seconds

    def say(self, text: str) -> None:
        if time.monotonic() >= self._next:
            self._next += self._seconds
            print(f"  {memory_mb():4.0f} MB  {text}", flush=True)


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def make_problems(layout: Layout, count: int, settings: Settings) -> None:
    """Problems whose only right answer is 7."""
    source = Path(settings.sources.problems[0])
    source.mkdir(parents=True)
    rows = [
        {
            "data_source": "math__benchmark",
            "prompt": [{"role": "user", "content": f"problem {index}: what is 3 + 4?"}],
            "ability": "math",
            "reward_model": {"style": "rule", "ground_truth": "7"},
            "extra_info": {"index": index},
        }
        for index in range(count)
    ]
    pq.write_table(pa.Table.from_pylist(rows), source / "train.parquet")
    collect_sources(settings, layout, Silent())


class Direct:
    """An endpoint without HTTP."""

    def __init__(self, delay: float) -> None:
        self._delay = delay

    async def complete(self, body: Mapping[str, Any], seconds: float) -> Completion:
        await asyncio.sleep(self._delay)
        return Completion(TEXT, "", [], "stop", 10, 0, 100, 0, self._delay)


def measure(layout: Layout, settings: Settings, spec: str, direct: float | None) -> dict[str, Any]:
    watched = Watched(5.0)
    measurement = Measurement(parse_spec(spec), settings, layout, watched)  # type: ignore[arg-type]
    if direct is not None:
        measurement.place = DirectPlace(direct)  # type: ignore[assignment]
    before = memory_mb()
    start, cpu = time.perf_counter(), time.process_time()
    measurement.sample("sampling", lambda q: measurement.book.fixed, None)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    assert measurement.meter is not None
    samples = measurement.meter.samples
    return {
        "samples": samples,
        "seconds": round(seconds, 1),
        "samples_per_second": round(samples / seconds),
        "cpu_ms_per_sample": round(1000 * cpu / samples, 2),
        "memory_before_mb": round(before),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


class DirectPlace:
    """A place whose one replica is in this process."""

    def __init__(self, delay: float) -> None:
        from pipeline.tiering.measured.meter import Price

        self.price, self.dtype, self._delay = Price(0.0), "none", delay

    def replicas(self, source: str, model: str, logs: Path) -> Any:
        import contextlib

        async def alive() -> bool:
            return True

        @contextlib.asynccontextmanager
        async def opened() -> Any:
            yield [Replica("direct", Direct(self._delay), alive)]

        return opened()


def stub(delay: float) -> Iterator[str]:
    command = [sys.executable, str(STUB), "--delay", str(delay), "--text", TEXT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=30_000)
    parser.add_argument("--delay", type=float, default=0.05)
    parser.add_argument("--in-flight", type=int, default=256)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--direct", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        settings = Settings.model_validate(
            {
                "out": root / "out",
                "workers": args.workers,
                "sources": {"problems": [str(root / "source")], "everyday": []},
                "tiering": {"measure": {"in_flight": args.in_flight, "samples": 16}},
            }
        )
        layout = Layout(settings.out)
        make_problems(layout, -(-args.samples // 16), settings)
        if args.direct:
            result = measure(layout, settings, "endpoint:http://none/v1?model=stub", args.delay)
        else:
            for url in stub(args.delay):
                result = measure(layout, settings, f"endpoint:{url}?model=stub", None)
        result["ledger_mb"] = round(layout.ledger.stat().st_size / 1e6)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
