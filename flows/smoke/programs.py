"""A Prefect server and worker of our own: started, waited for, ended with all they started."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import MachineError
from pipeline.tiering.vllm import keeper

HOST = "127.0.0.1"
CHECKOUT = Path(__file__).parents[2]
POOL = "xrouter"
START_SECONDS = 180.0
COMMAND_SECONDS = 240.0
STOP_SECONDS = 10.0
LOG_LINES = 20


class Place(NamedTuple):
    """Where a smoke run lives.

    Attributes:
        root: Folder of everything.
        port: Of the server.
    """

    root: Path
    port: int

    @property
    def home(self) -> Path:
        """What flows see as XROUTER_HOME."""
        return self.root / "home"

    @property
    def api(self) -> str:
        """Address of the server's API."""
        return f"http://{HOST}:{self.port}/api"

    def environment(self) -> dict[str, str]:
        """Variables of every program of this run; nothing of a Prefect set up here comes in."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
        return inherited | {
            "PREFECT_HOME": str(self.root / "prefect"),
            "PREFECT_API_URL": self.api,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "XROUTER_HOME": str(self.home),
            # Small, but the real job: one answer a problem.
            "XROUTER_TIERING__SAMPLES": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "COLUMNS": "160",
        }


def free_port() -> int:
    """A port of the loopback device that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def program(place: Place, name: str, *command: str) -> Iterator[Path]:
    """Run a program for the length of the block; yields its log.

    Whatever happens to us, a keeper ends it and everything below it.
    """
    log = place.root / f"{name}.log"
    kept = [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid()), str(STOP_SECONDS)]
    with log.open("wb") as file:
        child = subprocess.Popen(
            [*kept, *command],
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
            env=place.environment(), cwd=place.root, start_new_session=True,
        )  # fmt: skip
    try:
        yield log
    finally:
        child.terminate()
        child.wait()


@contextlib.contextmanager
def server(place: Place) -> Iterator[None]:
    """A server that answers.

    Raises:
        MachineError: It does not, in time.
    """
    command = ("prefect", "server", "start", "--host", HOST, "--port", str(place.port))
    with program(place, "server", *command) as log:
        until = time.monotonic() + START_SECONDS
        while not _answers(f"{place.api}/health"):
            if time.monotonic() > until:
                raise MachineError(f"no Prefect server in {START_SECONDS:g} s:\n{tail(log)}")
            time.sleep(0.25)
        yield


def _answers(url: str) -> bool:
    with (
        contextlib.suppress(urllib.error.URLError, OSError),
        urllib.request.urlopen(url, timeout=5) as reply,
    ):
        return bool(reply.status == 200)
    return False


def tail(log: Path) -> str:
    """The end of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])


def command(place: Place, *words: str, cwd: Path = CHECKOUT) -> str:
    """Run a command to its end; returns what it printed.

    Raises:
        MachineError: It failed.
    """
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
        env=place.environment(),
        cwd=cwd,
    )
    if done.returncode:
        raise MachineError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
