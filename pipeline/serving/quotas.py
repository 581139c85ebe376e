"""What a key may still do: requests of the last minute, and money of the day (UTC)."""

import json
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import InputError
from pipeline.io import write_text
from pipeline.serving.errors import ApiError
from pipeline.serving.keys import Key

MINUTE, DAY = 60.0, 86_400.0
RATE = "rate_limit_error"


class Quotas:
    """Counts by key; what was spent outlives a restart."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """Go on where the last server left off.

        Args:
            path: Of the day's spending.
            clock: Seconds since 1970.

        Raises:
            InputError: The file is no record of spending.
        """
        self._path, self._clock = path, clock
        self._asked: dict[str, deque[float]] = {}
        self._reserved: dict[str, float] = {}
        self._day, self._spent = self._read()
        self._saved = dict(self._spent)

    def _read(self) -> tuple[int, dict[str, float]]:
        today = self._today()
        if not self._path.exists():
            return today, {}
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            spent = {str(k): float(v) for k, v in found["spent_usd"].items()}
            return (today, spent) if found["day"] == _name(today) else (today, {})
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise InputError(
                f"{self._path}: no record of the day's spending ({error!r}); remove it to start "
                "the day anew"
            ) from error

    def _today(self) -> int:
        return int(self._clock() // DAY)

    def _turn_over(self) -> None:
        if self._today() != self._day:
            self._day, self._spent = self._today(), {}

    def enter(self, key: Key) -> None:
        """Count a request.

        Raises:
            ApiError: It is one too many.
        """
        if key.requests_per_minute is None:
            return
        asked = self._asked.setdefault(key.id, deque())
        now = self._clock()
        while asked and asked[0] <= now - MINUTE:
            asked.popleft()
        if len(asked) >= key.requests_per_minute:
            message = f"this key may ask {key.requests_per_minute} times a minute"
            wait = asked[0] + MINUTE - now
            raise ApiError(429, message, RATE, "rate_limit_exceeded", retry_after=wait)
        asked.append(now)

    def reserve(self, key: Key, most: float) -> float:
        """Set money aside for a request, and say how much it may spend.

        Args:
            key: Whose.
            most: That the request may cost by its own limit; infinite where there is none. Then
                nothing is set aside, and what is in flight may together overstep the limit.

        Raises:
            ApiError: Nothing is left of the day's money.
        """
        if key.usd_per_day is None:
            return most
        self._turn_over()
        gone = self._spent.get(key.id, 0.0) + self._reserved.get(key.id, 0.0)
        left = key.usd_per_day - gone
        if left <= 0:
            raise self.spent(key)
        if most < float("inf"):
            self._reserved[key.id] = self._reserved.get(key.id, 0.0) + min(most, left)
        return min(most, left)

    def spent(self, key: Key, episode_id: str | None = None) -> ApiError:
        """What to say when too little is left of the day's money."""
        message = f"this key may spend {key.usd_per_day:g} USD a day (UTC), and too little is left"
        wait = (self._day + 1) * DAY - self._clock()
        return ApiError(
            429, message, RATE, "spend_limit_exceeded", retry_after=wait, episode_id=episode_id
        )

    def settle(self, key: Key, most: float, allowed: float) -> None:
        """Give back what `reserve` has set aside."""
        if key.usd_per_day is not None and most < float("inf"):
            self._reserved[key.id] = max(0.0, self._reserved.get(key.id, 0.0) - allowed)

    def charge(self, key_id: str | None, usd: float) -> None:
        """Count what an episode has cost."""
        if key_id is not None and usd:
            self._turn_over()
            self._spent[key_id] = self._spent.get(key_id, 0.0) + usd

    def save(self) -> None:
        """Write down what was spent, if it is news.

        Raises:
            MachineError: It cannot be written.
        """
        if self._spent != self._saved:
            spent = dict(self._spent)
            text = json.dumps({"day": _name(self._day), "spent_usd": spent}, indent=1)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_text(self._path, text + "\n")
            self._saved = spent


def _name(day: int) -> str:
    return datetime.fromtimestamp(day * DAY, UTC).date().isoformat()
