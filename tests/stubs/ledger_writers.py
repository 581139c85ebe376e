"""Processes that write to ledgers until something ends them; started by `test_ledger_faults`.

One interpreter imports everything once and forks the writers.
"""

import itertools
import os
import random
import signal
import sys
import time
from pathlib import Path

from pipeline.errors import XRouterError
from pipeline.tiering.measured.ledger import Identity, Ledger, Sample, request_key

IDENTITY = Identity("m", None, "bf16", {})


def key(n: int) -> bytes:
    return request_key(str(n), IDENTITY)


def sample(text: str) -> Sample:
    return Sample(text, "stop", 5, 9, 1.0, None, "endpoint", None)


def noise(n: int) -> Sample:
    return sample(f"{n} " + random.randbytes(2000).hex())


def killed(path: Path) -> None:
    """Kill a writer again and again; prints how many samples were acknowledged in all."""
    acknowledged = 0
    for seconds in (0.02, 0.1, 0.25):
        source, target = os.pipe()
        pid = os.fork()
        if not pid:
            with Ledger(path) as ledger:
                for n in itertools.count(acknowledged):
                    ledger.add(key(n), 0, noise(n))
                    os.write(target, b".")
        os.close(target)
        while not os.read(source, 1):
            time.sleep(0.001)
        time.sleep(seconds * random.random())
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        acknowledged += 1
        while more := os.read(source, 1 << 16):
            acknowledged += len(more)
    print(acknowledged)


def together(path: Path) -> None:
    """Two processes open a ledger and write the same keys at one time; prints what each kept."""
    until, sources = time.monotonic() + 0.3, []
    for letter in "ab":
        source, target = os.pipe()
        if not os.fork():
            time.sleep(max(0.0, until - time.monotonic()))
            with Ledger(path) as ledger:
                kept = sum(ledger.add(key(n), 0, sample(letter * 500)) for n in range(300))
            os.write(target, str(kept).encode())
            os._exit(0)
        os.close(target)
        sources.append(source)
    print(*(os.read(source, 10).decode() for source in sources))


def fill(path: Path) -> None:
    """Write until it fails; prints how many were written, and the error."""
    written = 0
    try:
        with Ledger(path) as ledger:
            for n in itertools.count():
                ledger.add(key(n), 0, noise(n))
                written += 1
    except XRouterError as error:
        print(written, type(error).__name__, error)


if __name__ == "__main__":
    act = {"killed": killed, "together": together, "fill": fill}[sys.argv[1]]
    for name in sys.argv[2:]:
        act(Path(name))
