"""A circuit breaker: a place that fails again and again is left alone for a while.

Outcomes come in, and whether the next call may be sent goes out. Knows nothing of calls; for one
event loop.
"""

import time
from typing import Literal, NamedTuple

Outcome = Literal["well", "fault", "neither"]


class Admission(NamedTuple):
    """Leave to send one call; its outcome is told to `Breaker.settle`.

    Attributes:
        probe: It is the one that finds out whether the place is well again.
    """

    probe: bool


class Breaker:
    """Of one place: closed, open for a pause after faults in a row, then half open for one call."""

    def __init__(self, faults: int, pause_seconds: float) -> None:
        """Closed.

        Args:
            faults: In a row, after which it opens.
            pause_seconds: Until one call may find out whether the place is well again.
        """
        self._most, self._pause = faults, pause_seconds
        self._faults = 0
        self._until: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether a call would be turned away now."""
        return self._until is not None and (self._probing or time.monotonic() < self._until)

    def admit(self) -> Admission | None:
        """Ask to send a call; None: not now."""
        if self._until is None:
            return Admission(False)
        if self.is_open:
            return None
        self._probing = True
        return Admission(True)

    def settle(self, admission: Admission, outcome: Outcome) -> None:
        """Tell what came of a call.

        Args:
            admission: Of the call.
            outcome: `neither`: the place was reached but says nothing about itself, as with a bad
                request, or the call was broken off.
        """
        if admission.probe:
            self._probing = False
        if outcome == "well":
            self._faults, self._until = 0, None
        elif outcome == "fault":
            self._faults += 1
            # Calls that were under way when it opened say nothing new.
            if admission.probe or (self._until is None and self._faults >= self._most):
                self._until = time.monotonic() + self._pause
