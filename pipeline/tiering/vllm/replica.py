"""One server on one port: started, asked whether it is well, ended with all that it started."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

from pipeline.errors import MachineError
from pipeline.settings import VllmSettings
from pipeline.tiering.vllm import diagnosis, health
from pipeline.tiering.vllm.command import Launch
from pipeline.tiering.vllm.ports import check_port

KEEPER = Path(__file__).with_name("keeper.py")
# The keeper needs time of its own after the server's: it kills, and waits for the kernel.
KEEPER_SECONDS = 40.0


class Replica:
    """A server in the care of a keeper process; may be started again after it ended."""

    def __init__(self, launch: Launch, settings: VllmSettings) -> None:
        self.launch = launch
        self.url = health.base_url(launch.port)
        self._settings = settings
        self._pinned: tuple[str, ...] = ()
        self._keeper: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """Process id of the keeper; None before the first start."""
        return self._keeper.pid if self._keeper else None

    def pin(self, revision: str) -> None:
        """Have later starts load this commit, however far the Hub has moved on."""
        self._pinned = ("--revision", revision)

    def start(self) -> None:
        """Start the server; it is not ready yet.

        Raises:
            MachineError: The port is taken, or the log cannot be written.
        """
        launch = self.launch
        check_port(launch.port)
        # vLLM starts from seed 0 by itself: replicas, and one before and after a restart, would
        # give the same random numbers, and samples would repeat each other.
        seed = str(int.from_bytes(os.urandom(4), "big") >> 1)
        command = [*launch.command, *self._pinned, "--seed", seed]
        keeper = [sys.executable, "-I", "-S", str(KEEPER), str(os.getpid())]
        try:
            with launch.log.open("ab") as log:
                log.write(f"\n== {shlex.join(command)}\n".encode())
                self._log_start = log.tell()
                self._keeper = subprocess.Popen(
                    [*keeper, str(self._settings.stop_seconds), *command],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=dict(launch.environment),
                    cwd=launch.log.parent,
                    start_new_session=True,
                )
        except OSError as error:
            raise MachineError(f"{launch.log}: {error.strerror}; choose another folder") from error
        self._began = time.monotonic()

    def exit_code(self) -> int | None:
        """How the server ended; None while it runs."""
        if self._keeper is None:
            return None
        code = self._keeper.poll()
        if code is not None and code < 0:
            # The keeper itself was killed, so the server's processes are in nobody's care.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._keeper.pid, signal.SIGKILL)
            return 128 - code
        return code

    def is_ready(self) -> bool:
        """Whether a started server answers by now.

        Raises:
            MachineError: It has ended, or takes too long.
        """
        code = self.exit_code()
        if code is not None:
            raise MachineError(self.fault(f"ended with {diagnosis.exit_text(code)}"))
        if health.is_healthy(self.launch.port):
            return True
        if time.monotonic() - self._began > self._settings.startup_seconds:
            raise MachineError(
                self.fault(
                    f"is not ready after {self._settings.startup_seconds:g} s (startup_seconds)"
                )
            )
        return False

    def fault(self, what: str) -> str:
        """What went wrong, why as far as is known, and the end of the log."""
        launch = self.launch
        secrets = diagnosis.secrets_of(launch.environment)
        said = diagnosis.read_end(launch.log, self._log_start, secrets)
        reason = diagnosis.explain(self.exit_code(), said)
        return (
            f"vLLM replica {launch.number} on port {launch.port} {what}: {reason}\n"
            f"end of {launch.log}:\n{diagnosis.last_lines(said)}"
        )

    def ask_to_stop(self) -> None:
        """Have the keeper end everything; does not wait."""
        if self._keeper is not None and self._keeper.poll() is None:
            self._keeper.terminate()

    def stop(self) -> None:
        """End the server and everything it started."""
        self.ask_to_stop()
        if self._keeper is None:
            return
        try:
            self._keeper.wait(self._settings.stop_seconds + KEEPER_SECONDS)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
        self.exit_code()
