"""How long `xrouter --help` takes; fails when it needs more than a second in the median."""

import statistics
import subprocess
import sys
import time

RUNS = 5
# Twice the house limit of half a second: machines that run CI are slow and busy.
LIMIT_SECONDS = 1.0


def main() -> int:
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        command = [sys.executable, "-c", "from flows.cli import main; main()", "--help"]
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds)
    print(f"xrouter --help: median {median:.2f} s of {RUNS} runs, limit {LIMIT_SECONDS} s")
    return int(median > LIMIT_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
