"""The money of a whole run, shared by all of its processes: a source of replies that it bounds.

A call's worst case is set aside before it is sent and what it cost is booked after it; a killed
process leaves what it had in flight booked with the worst case. One SQLite file.
"""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.catalog.tariff import Usage
from pipeline.errors import XRouterError
from pipeline.router.limits import prompt_tokens
from pipeline.router.turns import CallError, CallRequest, CallSource, Reply

BUSY_SECONDS = 60.0
# An answer that came late or broken may be billed all the same.
MAYBE_BILLED = frozenset({"timeout", "garbage", "cancelled"})


class SpentError(XRouterError):
    """The money of the run is gone. No call fails for it: the policy is not to learn from that."""

    exit_code = 3


class RunPurse:
    """What a run may still spend."""

    def __init__(self, path: Path, limit_usd: float) -> None:
        """Open the books, and go on with those of an earlier start.

        Args:
            path: Of the file.
            limit_usd: Of all starts of the run together.
        """
        self._path, self._limit = path, limit_usd
        self._empty = False
        with self._open() as db, db:
            db.execute("CREATE TABLE IF NOT EXISTS purse (id INTEGER PRIMARY KEY, usd REAL)")
            db.execute("INSERT OR IGNORE INTO purse VALUES (1, 0.0)")

    def _open(self) -> "closing[sqlite3.Connection]":
        return closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS))

    @property
    def spent(self) -> float:
        """USD, calls under way counted with their worst case."""
        with self._open() as db:
            return float(db.execute("SELECT usd FROM purse").fetchone()[0])

    def reserve(self, worst: float) -> None:
        """Set aside what a call may cost.

        Raises:
            SpentError: It does not fit, or something did not before.
        """
        if not self._empty:
            sql = "UPDATE purse SET usd = usd + ?1 WHERE usd + ?1 <= ?2"
            with self._open() as db, db:
                self._empty = db.execute(sql, (worst, self._limit)).rowcount == 0
        self.check()

    def check(self) -> None:
        """See that there is money left.

        Raises:
            SpentError: There is not.
        """
        if self._empty:
            raise SpentError(
                f"the run's {self._limit:g} USD are spent but for less than one call "
                "(training.spend_usd); raise it with --spend-usd and go on with --resume"
            )

    def settle(self, worst: float, cost: float) -> None:
        """A call is over."""
        with self._open() as db, db:
            db.execute("UPDATE purse SET usd = usd + ?", (cost - worst,))


class BoundedSource:
    """Another source, within the money of the run; see `CallSource`."""

    def __init__(self, source: CallSource, purse: RunPurse) -> None:
        self.name = source.name
        self._source, self._purse = source, purse

    async def call(self, request: CallRequest, seconds: float) -> Reply:
        """Answer one call.

        Raises:
            CallError: There is no reply.
            SpentError: There is no money for it.
        """
        # What a provider bills are list prices, whatever the menu shows.
        base = request.entry.base
        worst = base.cost(Usage(prompt_tokens(request.messages), 0, request.max_tokens))
        await asyncio.to_thread(self._purse.reserve, worst)
        cost = worst
        try:
            reply = await self._source.call(request, seconds)
            cost = reply.provider_cost_usd or reply.cost_usd or base.cost(reply.usage)
            return reply
        except CallError as error:
            if error.usage is not None:
                cost = base.cost(error.usage)
            elif error.kind not in MAYBE_BILLED:
                cost = 0.0
            raise
        finally:
            # Not awaited: a cancelled call is to be booked, too.
            self._purse.settle(worst, cost)
