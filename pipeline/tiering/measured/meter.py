"""How far a campaign is: problems, speed, and what the rest will take."""

import time
from collections import deque
from typing import NamedTuple

from pipeline.accounting import Progress
from pipeline.tiering.measured.ledger import Sample

WINDOW_SECONDS = 120.0
SHOW_SECONDS = 1.0


class Price(NamedTuple):
    """What sampling costs.

    Attributes:
        hour_usd: Of all replicas together; 0 where a provider bills tokens.
        per_token: Whether the cost of each sample counts instead.
    """

    hour_usd: float
    per_token: bool = False


class Meter:
    """Counts samples and tells a progress bar."""

    def __init__(
        self, progress: Progress, problems: int, price: Price, lacking: int | None = None
    ) -> None:
        """Count nothing yet.

        Args:
            progress: Told of every problem.
            problems: In all.
            price: Of sampling.
            lacking: Of these, the ones that need samples; None: all.
        """
        self.samples = self.tokens = self.settled = self.parked = self._sampled = 0
        self._lacking = problems if lacking is None else lacking
        self.cost_usd = 0.0
        self._progress, self._problems, self._price = progress, problems, price
        self._start = time.monotonic()
        self._window: deque[tuple[float, int, int]] = deque([(self._start, 0, 0)])
        self._shown = 0.0

    def begin(self, label: str) -> None:
        """Start the bar."""
        self._progress.start(label, self._problems)

    def sampled(self, sample: Sample) -> None:
        """Count a sample that was just paid for."""
        self.samples += 1
        self.tokens += sample.completion_tokens or 0
        self.cost_usd += sample.cost_usd or 0.0

    def finished(self, settled: bool, sampled: bool) -> None:
        """Count a problem that is done with, and whether samples of it were asked for."""
        self._sampled += sampled
        self.settled += settled
        self.parked += not settled
        self._progress.advance()

    def show(self, in_flight: int, faults: dict[str, int]) -> None:
        """Tell where the campaign is, once a second at most."""
        now = time.monotonic()
        if now - self._shown < SHOW_SECONDS:
            return
        self._shown = now
        self._window.append((now, self.samples, self.tokens))
        while len(self._window) > 2 and now - self._window[0][0] > WINDOW_SECONDS:
            self._window.popleft()
        self._progress.say(self.line(in_flight, faults))

    def line(self, in_flight: int, faults: dict[str, int]) -> str:
        """One line for people."""
        samples, tokens = self.speed()
        parts = [f"{samples:,.0f} samples/s", f"{tokens:,.0f} tokens/s", f"{in_flight:,} in flight"]
        hours = self.remaining_hours()
        if hours is not None:
            parts.append(f"{hours:,.2f} h and {self.remaining_usd(hours):,.2f} USD to go")
        parts += [f"{count:,} {kind}" for kind, count in sorted(faults.items())]
        return ", ".join(parts)

    def speed(self) -> tuple[float, float]:
        """Samples and tokens per second over the last two minutes."""
        (begin, samples, tokens), (end, more, written) = self._window[0], self._window[-1]
        seconds = max(end - begin, 1e-9)
        return (more - samples) / seconds, (written - tokens) / seconds

    def remaining_hours(self) -> float | None:
        """Hours the rest will take at this speed; None while no sampled problem is done with.

        What the ledger had already took no samples, so it says nothing about the rest.
        """
        rate = self.speed()[0]
        if not self._sampled or not rate:
            return None
        return self._left() * (self.samples / self._sampled) / rate / 3600.0

    def _left(self) -> int:
        return max(0, self._lacking - self._sampled)

    def remaining_usd(self, hours: float) -> float:
        """What the rest will cost."""
        if self._price.per_token:
            return self.cost_usd / max(1, self._sampled) * self._left()
        return hours * self._price.hour_usd

    def spent_usd(self) -> float:
        """What this run has cost so far."""
        hours = (time.monotonic() - self._start) / 3600.0
        return self.cost_usd if self._price.per_token else hours * self._price.hour_usd
