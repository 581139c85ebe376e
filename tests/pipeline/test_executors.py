"""The same work in threads and on a real local Ray cluster: the same results, the same bytes."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock

import pytest

from pipeline.errors import MachineError
from pipeline.executors import Threads, open_executor
from pipeline.settings import Settings


def double(value: int) -> int:
    if value == 13:
        raise ValueError("thirteen")
    return 2 * value


def test_results_come_in_order_and_few_are_under_way() -> None:
    begun: list[int] = []

    def jobs() -> Iterator[int]:
        for job in range(10):
            begun.append(job)
            yield job

    with ThreadPoolExecutor(3) as pool:
        results = Threads(pool, 3).in_order(double, jobs(), 4)
        assert next(results) == 0
        assert len(begun) == 4
        assert list(results) == [2 * job for job in range(1, 10)]


def test_an_error_of_a_job_is_raised_at_its_place() -> None:
    with open_executor(Settings(), 2) as executor:
        results = executor.in_order(double, range(12, 15), 2)
        assert next(results) == 24
        with pytest.raises(ValueError, match="thirteen"):
            next(results)


def test_results_are_kept_one_at_a_time_in_the_order_of_the_jobs() -> None:
    kept: list[int] = []
    alone = Lock()

    def work(job: int) -> int:
        time.sleep(0.01 * (job % 3 == 0))  # later jobs are done before earlier ones
        return job

    def keep(result: int) -> int:
        assert alone.acquire(blocking=False), "two results are kept at one time"
        kept.append(result)
        alone.release()
        return 10 * result

    with open_executor(Settings(), 3) as executor:
        assert list(executor.in_turn(work, range(20), keep)) == list(range(0, 200, 10))
    assert kept == list(range(20))


@pytest.mark.parametrize("where", ["work", "keep", "jobs"])
def test_nothing_is_kept_after_an_error(where: str) -> None:
    kept: list[int] = []

    def fail(here: str, number: int) -> int:
        if here == where and number == 5:
            raise ValueError("five")
        return number

    def keep(number: int) -> None:
        kept.append(fail("keep", number))

    jobs = (fail("jobs", number) for number in range(50))
    with open_executor(Settings(), 3) as executor:
        with pytest.raises(ValueError, match="five"):
            list(executor.in_turn(partial(fail, "work"), jobs, keep))
        assert kept == list(range(5)), "kept while the error was raised, or after it"


def test_a_missing_cluster_is_named(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs the extra `ray`")
    settings = Settings(executor="ray", ray_address="127.0.0.1:1")
    with (
        pytest.raises(MachineError, match=r"no Ray cluster at '127.0.0.1:1'.*--executor local"),
        open_executor(settings, 1),
    ):
        pass


BUILD = """
import sys
from pathlib import Path

from pipeline.accounting import Silent
from pipeline.dataset.assemble import assemble_examples
from pipeline.io import read_parquet, write_parquet
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.sources.collect import collect_sources
from pipeline.tiering.stage import tier_problems

executor, out, address = sys.argv[1:]
settings = Settings(
    out=Path(out), executor=executor, ray_address=address, shard_size=40, tiering={"samples": 1}
)
layout = Layout(settings.out)
collect_sources(settings, layout, Silent())
write_parquet(read_parquet(layout.problems).gather_every(24), layout.problems)
for stage in (tier_problems, assemble_examples):
    print(stage(settings, layout, Silent()).rows_out)
"""


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A head node of this machine; another process connects to it as to any cluster."""
    pytest.importorskip("ray", reason="needs the extra `ray`")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    start = (
        "import ray, sys; c = ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, "
        "configure_logging=False); print(c.address_info['gcs_address'], flush=True); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", start],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as head:
        assert head.stdout is not None
        yield head.stdout.readline().strip()
        assert head.stdin is not None
        head.stdin.close()
        head.wait(60)


def content(executor: str, out: Path, address: str = "auto") -> str:
    run = subprocess.run(
        [sys.executable, "-c", BUILD, executor, str(out), address],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    files = sorted(p for p in out.rglob("*.parquet"))
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()
    return f"{run.stdout.split()} {digest}"


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes(cluster: str, tmp_path: Path) -> None:
    assert content("ray", tmp_path / "ray", cluster) == content("local", tmp_path / "local")
