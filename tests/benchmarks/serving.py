"""Requests a second and latency of `xrouter serve`, side by side with LiteLLM's proxy.

Both serve one model of one loopback provider, in turns, in one run:

    python tests/benchmarks/serving.py --proxy-python ENV/bin/python

`ENV` is an environment of its own with `litellm[proxy]`, and `httptools` for a fair race; without
it only ours is measured. The ledger is on. Figures of the provider alone say what they add.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.serving.keys import new_key

ROOT = Path(__file__).resolve().parents[2]
MODEL = "gpt-5-mini"
READY_SECONDS = 180.0
# The proxy answers its first requests many times more slowly than later ones.
WARM_SECONDS = 10.0


class Round(NamedTuple):
    """What one round gave: requests a second, and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    failed: int


async def _client(port: int, request: bytes, until: float, times: list[float]) -> int:
    """One connection that asks again and again; returns the number of failures."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    failed = 0
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.index(b"content-length:") + 15
        body = await reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
        times.append(time.perf_counter() - began)
        failed += b" 200 " not in head[:16] or b'"content"' not in body
    writer.close()
    return failed


async def _load(port: int, key: str, concurrency: int, seconds: float) -> Round:
    body = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": "What is it?"}]})
    request = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
    times: list[float] = []
    began = time.perf_counter()
    clients = [_client(port, request, began + seconds, times) for _ in range(concurrency)]
    failed = sum(await asyncio.gather(*clients))
    took = time.perf_counter() - began
    cuts = statistics.quantiles(times, n=100)
    return Round(len(times) / took, cuts[49] * 1e3, cuts[98] * 1e3, failed)


@contextlib.contextmanager
def process(command: Sequence[str], log: Path, **env: str) -> Iterator[None]:
    # Some of the proxy's imports come with the first requests; they are not compiled each time.
    clean = {name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with log.open("w") as file:
        found = subprocess.Popen(command, stdout=file, stderr=file, env=clean | env, cwd=log.parent)
        try:
            yield
        finally:
            found.send_signal(signal.SIGTERM)
            try:
                found.wait(20)
            except subprocess.TimeoutExpired:
                found.kill()


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        port: int = made.getsockname()[1]
        return port


def wait_for(url: str, log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.3)
    raise SystemExit(f"{url} does not answer:\n{log.read_text()[-2000:]}")


@contextlib.contextmanager
def provider(folder: Path, delay: float) -> Iterator[int]:
    port, log = free_port(), folder / "provider.log"
    script = str(ROOT / "tests/stubs/provider.py")
    with process([sys.executable, script, "--port", str(port), "--delay", str(delay)], log):
        wait_for(f"http://127.0.0.1:{port}/v1/models", log)
        yield port


@contextlib.contextmanager
def ours(folder: Path, upstream: int, keys: Path) -> Iterator[int]:
    port, log, config = free_port(), folder / "xrouter.log", folder / "settings.toml"
    config.write_text(
        f'[router]\nmodels = ["{MODEL}"]\nin_flight = 1000\n'
        f'[router.deployments.{MODEL}]\nurl = "http://127.0.0.1:{upstream}/v1"\nmodel = "stub"\n'
    )
    command = [sys.executable, "-c", "from flows.cli import main; main()", "serve"]
    options = ["--pool", "live", "--policy", f"always:{MODEL}", "--port", str(port)]
    options += ["--out", str(folder / "out"), "--config", str(config), "--keys", str(keys)]
    with process([*command, *options], log, PYTHONPATH=str(ROOT)):
        wait_for(f"http://127.0.0.1:{port}/ready", log)
        yield port


@contextlib.contextmanager
def proxy(folder: Path, upstream: int, python: Path, key: str) -> Iterator[int]:
    port, log, config = free_port(), folder / "proxy.log", folder / "proxy.yaml"
    config.write_text(
        f"model_list:\n  - model_name: {MODEL}\n    litellm_params:\n      model: openai/stub\n"
        f"      api_base: http://127.0.0.1:{upstream}/v1\n      api_key: none\n"
        f"general_settings:\n  master_key: {key}\n"
    )
    command = [str(python.parent / "litellm"), "--config", str(config), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--num_workers", "1"]
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    with process(command, log, **quiet):
        wait_for(f"http://127.0.0.1:{port}/health/liveliness", log)
        yield port


def middle(rounds: list[Round]) -> Round:
    return Round(
        *(statistics.median(getattr(r, name) for r in rounds) for name in ("rate", "p50", "p99")),
        sum(r.failed for r in rounds),
    )


def episodes(folder: Path) -> int:
    import pyarrow.parquet as pq

    files = (folder / "out" / "spool").glob("episodes-*.parquet")
    return sum(pq.read_metadata(path).num_rows for path in files)


def measure(args: argparse.Namespace, folder: Path) -> dict[str, list[Round]]:
    found: dict[str, list[Round]] = {}
    # The proxy does not start without one, so both check a key.
    key = new_key(folder / "keys.toml", "benchmark", None, None)
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(provider(folder, args.delay))
        ports = {"provider alone": upstream, "xrouter serve": stack.enter_context(
            ours(folder, upstream, folder / "keys.toml")
        )}  # fmt: skip
        if args.proxy_python:
            ports["litellm proxy"] = stack.enter_context(
                proxy(folder, upstream, args.proxy_python.absolute(), key)
            )
        for number in range(args.rounds + 1):
            for name, port in ports.items():
                seconds = args.seconds if number else WARM_SECONDS
                got = asyncio.run(_load(port, key, args.concurrency, seconds))
                if number:
                    found.setdefault(name, []).append(got)
                print(f"{number} {name:16} {got}", file=sys.stderr, flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proxy-python", type=Path, help="interpreter with litellm[proxy]")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--delay", type=float, default=0.0, help="of the provider, in seconds")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = measure(args, Path(name))
        print(f"{episodes(Path(name)):,} episodes of ours are in the ledger")
    rows = {name: middle(rounds) for name, rounds in found.items()}
    alone = rows["provider alone"]
    print(f"concurrency {args.concurrency}, medians of {args.rounds} rounds of {args.seconds:g} s")
    for name, row in rows.items():
        added = f"added {row.p50 - alone.p50:8.1f} / {row.p99 - alone.p99:8.1f} ms"
        latency = f"p50 / p99 {row.p50:8.1f} / {row.p99:8.1f} ms"
        print(f"{name:16} {row.rate:8.0f} requests/s, {latency}, {added}, {row.failed} failed")
    if "litellm proxy" in rows:
        ratio = rows["xrouter serve"].rate / rows["litellm proxy"].rate
        print(f"xrouter serve / litellm proxy: {ratio:.1f} times the requests a second")


if __name__ == "__main__":
    main()
