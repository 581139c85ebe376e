"""One small real build that several tests look at."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
SMALL = """
[tiering]
samples = 2
"""


class Run(NamedTuple):
    """What a command printed and returned."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, object]:
        document: dict[str, object] = json.loads(self.out)
        return document


def run_xrouter(*arguments: str | Path, cwd: Path, **environment: str) -> Run:
    """Run the command as a user would, in a process of its own."""
    command = [sys.executable, "-c", "from flows.cli import main; main()", *map(str, arguments)]
    run = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env=os.environ | {"COLUMNS": "160"} | environment,
    )
    return Run(run.returncode, run.stdout, run.stderr)


@pytest.fixture(scope="session")
def server() -> Iterator[None]:
    """A temporary Prefect server; starting it takes a while, so there is one for all tests."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.fixture(scope="session")
def xrouter() -> Callable[..., Run]:
    """The command, run in a process of its own."""
    return run_xrouter


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of `xrouter build --json` over the embedded sample, two samples a problem."""
    root = tmp_path_factory.mktemp("built")
    (root / "small.toml").write_text(SMALL)
    began = time.perf_counter()
    run = run_xrouter("build", "--config", "small.toml", "--json", cwd=root)
    assert run.code == 0, run.err
    (root / "seconds.txt").write_text(f"{time.perf_counter() - began}")
    (root / "stdout.json").write_text(run.out)
    return root
