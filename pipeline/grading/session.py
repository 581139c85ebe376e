"""One running sandbox: takes answers one after the other, each without a trace of the one before.

Speaks the runner's protocol. A sandbox that does anything unexpected is killed, never used again.
"""

import contextlib
import marshal
import os
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.grading.bubblewrap import command
from pipeline.grading.inside.wire import MAX_FRAME
from pipeline.grading.reports import Exchange, Fate, messages, read_report

START_SECONDS = 60.0
END_SECONDS = 5.0
ERROR_BYTES = 500
MAX_END = 4096
ENDED = "ended"


class SandboxError(Exception):
    """The sandbox itself failed: a fault of ours."""


class Session:
    """A sandbox process.

    Attributes:
        served: Jobs it has done.
        reusable: It may be given another job.
        owner: Process that may use it.
    """

    def __init__(self) -> None:
        self.served = 0
        self.reusable = False
        self.owner = os.getpid()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the sandbox
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._process = _start(theirs.fileno(), self._errors.fileno())
        except OSError as error:
            self._control.close()
            self._errors.close()
            raise SandboxError(f"the sandbox did not start: {error}") from error
        finally:
            theirs.close()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._jobs, self._reports = self._process.stdin.fileno(), self._process.stdout.fileno()
        for fd in (self._jobs, self._reports):
            os.set_blocking(fd, False)
        self._until_end(b"", START_SECONDS, self._reports, lambda data: True)

    def run(self, payload: bytes, seconds: float) -> Exchange:
        """Do one job.

        Args:
            payload: Its frames.
            seconds: Wall clock after which the sandbox counts as broken.

        Raises:
            SandboxError: It ended, did not end in time, or said what makes no sense.
        """
        reports = bytearray()

        def keep(data: bytes) -> bool:
            reports.extend(data)
            return True

        self._order(b"job", ())
        fate = self._until_end(payload, seconds, self._reports, keep)
        try:
            return Exchange(list(map(read_report, messages(reports))), fate)
        except (TypeError, ValueError, AttributeError) as error:
            raise self._broken(f"said what makes no sense: {error}") from error

    def ask(
        self, payload: bytes, seconds: float, limit: float, take: Callable[[bytes], bool]
    ) -> Fate:
        """Do one job of which the program itself writes the answers.

        Args:
            payload: Its frame.
            seconds: Wall clock after which the sandbox counts as broken.
            limit: Processor time of the program.
            take: Gets answers as they come; says False where it wants no more.

        Raises:
            SandboxError: It ended, did not end in time, or said what makes no sense.
        """
        # A pipe of its own: flags of an open file are shared by all who have it.
        answers, theirs = os.pipe()
        os.set_blocking(answers, False)
        try:
            self._order(b"direct %r" % limit, (theirs,))
            os.close(theirs)
            return self._until_end(payload, seconds, answers, take)
        finally:
            os.close(answers)

    def _order(self, message: bytes, descriptors: Sequence[int]) -> None:
        self.served += 1
        self.reusable = False
        # Where the sandbox is gone, the wait for its end notices.
        with contextlib.suppress(OSError):
            socket.send_fds(self._control, [message], descriptors)

    def _until_end(
        self, payload: bytes, seconds: float, source: int, take: Callable[[bytes], bool]
    ) -> Fate:
        """Write the job and take what comes, until the runner says that it is over."""
        transfer = _Transfer(self._control, self._jobs, payload, source, take)
        try:
            (end,) = messages(transfer.run(time.monotonic() + seconds))
            self.reusable = end["again"] is True and transfer.written
            return Fate(int(end["code"]), str(end["why"]))
        except _BrokenError as error:
            raise self._broken(str(error)) from error
        except (TypeError, ValueError, KeyError) as error:
            raise self._broken(f"said what makes no sense: {error}") from error

    def _broken(self, what: str) -> SandboxError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS if what == ENDED else 0)
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - ERROR_BYTES))
        text = self._errors.read().decode(errors="replace").strip().replace("\n", " ")
        return SandboxError(f"the sandbox {what} (exit code {self.close()}): {text}")

    def close(self) -> int:
        """Kill it and all that runs in it; returns its exit code."""
        self.reusable = False
        self._process.kill()
        code = self._process.wait()
        if not self._errors.closed:
            for pipe in (self._process.stdin, self._process.stdout, self._errors):
                assert pipe is not None
                pipe.close()
            self._control.close()
        return code


class _BrokenError(Exception):
    """The runner did not say that a job is over."""


class _Transfer:
    """Writes a job, reads what comes of it."""

    def __init__(
        self,
        control: socket.socket,
        jobs: int,
        payload: bytes,
        source: int,
        take: Callable[[bytes], bool],
    ) -> None:
        self._control, self._jobs, self._source = control, jobs, source
        self._pending = memoryview(payload)
        self._take = take
        self._wanted = True

    @property
    def written(self) -> bool:
        """Whether all of the job went out."""
        return not self._pending

    def run(self, until: float) -> bytes:
        """Returns what the runner says at the end."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._source, select.POLLIN)
        if self._pending:
            poll.register(self._jobs, select.POLLOUT)
        while True:
            ready = dict(poll.poll(max(0.0, until - time.monotonic()) * 1000))
            if not ready:
                raise _BrokenError("did not end in time")
            if self._jobs in ready:
                self._write()
                if not self._pending:
                    poll.unregister(self._jobs)
            if self._source in ready and not self._read():
                poll.unregister(self._source)
            if self._control.fileno() in ready:
                end = self._end()
                # Nobody is left who could write more: what is there now is all there is.
                while self._read():
                    pass
                if not end:
                    raise _BrokenError(ENDED)
                return end

    def _end(self) -> bytes:
        try:
            return self._control.recv(MAX_END)
        except OSError:  # killed with orders unread
            return b""

    def _write(self) -> None:
        # Where the reader is gone, the control channel ends too, which is noticed there.
        with contextlib.suppress(BrokenPipeError, BlockingIOError):
            self._pending = self._pending[os.write(self._jobs, self._pending) :]

    def _read(self) -> bool:
        """Take what is there now; False where there is nothing more."""
        try:
            data = os.read(self._source, 1 << 16)
        except BlockingIOError:
            return False
        if data and self._wanted and not self._take(data):
            self._wanted = False
            with contextlib.suppress(OSError):
                self._control.send(b"stop")
        return bool(data)


def _start(control: int, errors: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*command(), str(control)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        pass_fds=(control,),
        cwd="/",
        bufsize=0,
    )


def frame(message: Any) -> bytes:
    """A part of a job.

    Raises:
        SandboxError: It is too large.
    """
    try:
        data = marshal.dumps(message)
    except ValueError as error:
        raise SandboxError(f"a test is no data: {error}") from error
    if len(data) > MAX_FRAME:
        raise SandboxError(f"a program or test of {len(data)} bytes is too large")
    return len(data).to_bytes(4, "big") + data
