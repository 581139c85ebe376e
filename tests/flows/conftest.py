"""One small real build that several tests look at."""

import contextlib
import io
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
samples = 1
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
    """Run the command as its console script does, in this process: imports are paid for once."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.chdir(cwd)
        patch.setattr(sys, "argv", ["xrouter", *map(str, arguments)])
        for name, value in ({"COLUMNS": "160"} | environment).items():
            patch.setenv(name, value)
        code = _exit_code()
    return Run(code, _written(out), _written(err))


def _exit_code() -> int:
    from flows.cli import main

    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return 0


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


def run_in_a_process(*arguments: str | Path, cwd: Path, **environment: str) -> Run:
    """Run the command in a process of its own, as a user would."""
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
    """The command."""
    return run_xrouter


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of `xrouter build --json` over the embedded sample, one answer a problem."""
    root = tmp_path_factory.mktemp("built")
    (root / "small.toml").write_text(SMALL)
    began = time.perf_counter()
    run = run_in_a_process("build", "--config", "small.toml", "--json", cwd=root)
    assert run.code == 0, run.err
    (root / "seconds.txt").write_text(f"{time.perf_counter() - began}")
    (root / "stdout.json").write_text(run.out)
    return root
