"""Log lines of the server on stderr, written by a thread of their own.

A write costs as much as a fifth of a request, and one to a pipe that nobody reads never ends: the
server must not wait for it.
"""

import logging
import sys
import threading
from collections import deque

LINE = "%(asctime)s %(levelname)s %(message)s"
BATCH_SECONDS = 0.5
LAST_SECONDS = 2.0
# Kept while they cannot be written; the oldest are let go.
MOST_LINES = 10_000
LEVELS = {"xrouter.serving": logging.INFO, "uvicorn": logging.WARNING}


class Lines(logging.Handler):
    """Problems are written at once, everything else twice a second."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter(LINE))
        self._kept: deque[str] = deque(maxlen=MOST_LINES)
        self._wake, self._over = threading.Event(), False
        self._thread = threading.Thread(target=self._run, daemon=True, name="log lines")
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line for the thread."""
        self._kept.append(self.format(record) + "\n")
        if record.levelno >= logging.WARNING:
            self._wake.set()

    def _run(self) -> None:
        while not self._over:
            self._wake.wait(BATCH_SECONDS)
            self._wake.clear()
            self._write()

    def _write(self) -> None:
        lines = []
        while self._kept:
            lines.append(self._kept.popleft())
        if lines:
            sys.stderr.write("".join(lines))
            sys.stderr.flush()

    def close(self) -> None:
        """Write the last lines, if somebody takes them."""
        self._over = True
        self._wake.set()
        self._thread.join(LAST_SECONDS)
        super().close()


def log_to_stderr() -> None:
    """One line an event; the logging module closes the handler when the process ends."""
    handler = Lines()
    for name, level in LEVELS.items():
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
