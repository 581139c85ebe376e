"""Compares what a program answered to the calls of a plan with what it should have answered."""

import json
from collections.abc import Sequence
from typing import Any

from pipeline.grading.inside.direct import ERROR, FAILED, LARGE, MAX_ANSWER, STARTED, VALUE
from pipeline.grading.inside.wire import WireError, decode
from pipeline.grading.plans import Check
from pipeline.grading.reports import Fate, TestReport, clean
from pipeline.grading.session import SandboxError

NO_MESSAGE = TestReport("failed", detail="the program broke off: not a message")


class Unknown:
    """An object that stayed with the program: equal to nothing."""

    def __bool__(self) -> bool:
        raise UnsureError


class UnsureError(Exception):
    """Only tests that run beside the program can tell."""


class Judge:
    """Takes answers as they come.

    Attributes:
        started: The program was about to run.
        unsure: Only tests that run beside the program can tell.
    """

    def __init__(self, checks: Sequence[Check]) -> None:
        self.started = False
        self.unsure = False
        self._checks = checks
        self._held = 0
        self._data = bytearray()
        self._failed: TestReport | None = None

    def take(self, data: bytes) -> bool:
        """Take what came; False where more of it would change nothing."""
        self._data += data
        while self._failed is None and not self.unsure and len(self._data) >= 4:
            size = int.from_bytes(self._data[:4], "big")
            if size > 2 * MAX_ANSWER:
                self._failed = NO_MESSAGE
            if len(self._data) < 4 + size:
                break
            self._failed = self._read(bytes(self._data[4 : 4 + size]))
            del self._data[: 4 + size]
        return self._failed is None and not self.unsure

    def _read(self, data: bytes) -> TestReport | None:
        """What one answer decides, if anything."""
        try:
            kind, *rest = json.loads(data)
        except (ValueError, TypeError, RecursionError):
            return NO_MESSAGE
        if not self.started:
            self.started = kind == STARTED
            return None if self.started else NO_MESSAGE
        if kind == VALUE and len(rest) == 1 and self._held < len(self._checks):
            return self._compared(rest[0])
        self.unsure = kind == LARGE
        if kind in (ERROR, FAILED) and len(rest) == 1 and isinstance(rest[0], str):
            return TestReport("failed", detail=clean(rest[0][:300]))
        return None if self.unsure else NO_MESSAGE

    def _compared(self, encoded: Any) -> TestReport | None:
        try:
            value = decode(encoded, lambda handle: Unknown())
            holds = self._checks[self._held].holds(value)
        except UnsureError:
            self.unsure = True
            return None
        except WireError:
            return NO_MESSAGE
        except Exception as error:  # noqa: BLE001 - any value may come, and comparing it may fail
            return TestReport("failed", detail=f"{type(error).__name__}: {error}"[:300])
        self._held += 1
        return None if holds else TestReport("failed", detail="AssertionError")

    def verdict(self, fate: Fate) -> TestReport | None:
        """What came out once the program ended; None where it is unsure.

        Raises:
            SandboxError: The program did not get to its start.
        """
        if not self.started:
            raise SandboxError(f"the program was not started (exit code {fate.code})")
        if self.unsure:
            return None
        if self._failed is not None:
            return self._failed
        if fate.why == "timeout":
            return TestReport("timeout")
        if self._held == len(self._checks):
            return TestReport("passed")
        return TestReport("failed", detail=f"the program broke off: {fate.text}")
