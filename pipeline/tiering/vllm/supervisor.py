"""Watches servers for days: one that dies or falls silent is started again on its port.

A thread each. What it decides is seen in `status`; that none is left is told by `check`.
"""

import logging
import threading
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import MachineError, SettingsError
from pipeline.settings import VllmSettings
from pipeline.tiering.vllm import health
from pipeline.tiering.vllm.diagnosis import exit_text
from pipeline.tiering.vllm.replica import Replica

LOOK_SECONDS = 0.5
# A replica that was well for so long has its failures forgiven.
STABLE_SECONDS = 600.0
LONGEST_PAUSE_SECONDS = 60.0

_log = logging.getLogger(__name__)


class State(StrEnum):
    """What a replica is doing."""

    STARTING = "starting"
    READY = "ready"
    GIVEN_UP = "given up"
    STOPPED = "stopped"


class Status(NamedTuple):
    """One replica as it is now."""

    url: str
    state: State
    restarts: int
    log: Path
    fault: str | None


class _Post:
    """A replica and what its thread knows of it."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self.state = State.STARTING
        self.restarts = 0
        self.failures = 0
        self.fault: str | None = None
        self.asked = threading.Event()


class Supervisor:
    """All replicas of a run."""

    def __init__(self, replicas: Sequence[Replica], settings: VllmSettings) -> None:
        self._posts = [_Post(replica) for replica in replicas]
        self._settings = settings
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start all servers and wait until every one is ready.

        Raises:
            MachineError: One cannot be started; `stop` ends the others.
        """
        for post in self._posts:
            post.replica.start()
        waiting = self._posts
        while waiting:
            waiting = [post for post in waiting if not post.replica.is_ready()]
            time.sleep(LOOK_SECONDS if waiting else 0)
        for post in self._posts:
            post.state = State.READY

    def watch(self) -> None:
        """Watch in the background from now on."""
        for post in self._posts:
            name = f"vllm-{post.replica.launch.number}"
            thread = threading.Thread(target=self._guard, args=(post,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End all servers, side by side."""
        self._stopping.set()
        for post in self._posts:
            post.replica.ask_to_stop()
        for thread in self._threads:
            thread.join()
        for post in self._posts:
            post.replica.stop()
            post.state = State.STOPPED

    def status(self) -> tuple[Status, ...]:
        """Every replica, in order of the ports."""
        return tuple(
            Status(p.replica.url, p.state, p.restarts, p.replica.launch.log, p.fault)
            for p in self._posts
        )

    def check(self) -> None:
        """See that there is a server left to wait for.

        Raises:
            MachineError: Every replica was given up.
        """
        if all(post.state is State.GIVEN_UP for post in self._posts):
            fault = self._posts[0].fault
            raise MachineError(
                f"all {len(self._posts)} vLLM replica(s) failed {self._settings.restarts + 1} "
                "times in a row and were given up; finished work is kept, so run the same command "
                f"again after repairing this: {fault}"
            )

    def restart(self, url: str) -> None:
        """Have a replica ended and started again, for a client that no longer trusts it.

        Raises:
            SettingsError: No replica has that URL.
        """
        for post in self._posts:
            if post.replica.url == url.rstrip("/"):
                post.asked.set()
                return
        raise SettingsError(
            f"no replica at {url}; there are {', '.join(p.replica.url for p in self._posts)}"
        )

    def _guard(self, post: _Post) -> None:
        """The thread of one replica."""
        while not self._stopping.is_set():
            fault = self._until_down(post)
            while fault is not None:
                post.fault = fault
                if not self._may_try_again(post):
                    return
                fault = self._bring_up(post)

    def _until_down(self, post: _Post) -> str | None:
        """Wait while a replica is well; say what is wrong with it, None where we are to stop."""
        began = well = time.monotonic()
        while not self._stopping.wait(LOOK_SECONDS):
            now = time.monotonic()
            wrong = self._wrong(post, now - well)
            if wrong:
                post.failures = 0 if now - began > STABLE_SECONDS else post.failures
                return wrong
            if health.is_healthy(post.replica.launch.port):
                well = now
        return None

    def _wrong(self, post: _Post, silent_seconds: float) -> str | None:
        replica = post.replica
        code = replica.exit_code()
        if code is not None:
            return replica.fault(f"ended with {exit_text(code)}")
        if post.asked.is_set():
            return replica.fault("was asked to restart")
        if silent_seconds > self._settings.health_seconds:
            return replica.fault(f"has been silent for {silent_seconds:.0f} s (health_seconds)")
        return None

    def _may_try_again(self, post: _Post) -> bool:
        """End what is left of a replica, and wait; False where it is given up."""
        post.state = State.STARTING
        post.replica.stop()
        post.failures += 1
        if post.failures > self._settings.restarts:
            post.state = State.GIVEN_UP
            _log.error("given up: %s", _first_line(post.fault))
            return False
        _log.warning("restart %d: %s", post.failures, _first_line(post.fault))
        pause = min(LONGEST_PAUSE_SECONDS, 0.5 * 2**post.failures)
        return not self._stopping.wait(pause)

    def _bring_up(self, post: _Post) -> str | None:
        """Start a replica and wait until it is ready; say why it is not, if it fails."""
        post.restarts += 1
        try:
            post.replica.start()
            while not post.replica.is_ready():
                if self._stopping.wait(LOOK_SECONDS):
                    return None
        except MachineError as error:
            return str(error)
        post.asked.clear()
        post.state = State.READY
        return None


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0]
