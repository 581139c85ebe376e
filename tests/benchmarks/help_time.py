"""How long `xrouter --help` takes; the limit itself is guarded by a test on what it imports."""

import statistics
import subprocess
import sys
import time

RUNS = 5


def main() -> None:
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        command = [sys.executable, "-c", "from flows.cli import main; main()", "--help"]
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    print(f"xrouter --help: median {statistics.median(seconds):.2f} s of {RUNS} runs")


if __name__ == "__main__":
    main()
