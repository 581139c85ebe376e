"""Plays the items of one run, many at once; what was played before is not played again.

Every finished episode goes to the ledger. A fault of a provider is no outcome: the next start meets
the item again. A later turn of a conversation is asked with the policy's own answers before it.
Knows nothing of grading and of files.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.accounting import Progress
from pipeline.errors import XRouterError
from pipeline.evaluation.asked import Asked, Item
from pipeline.evaluation.contenders import Contender
from pipeline.evaluation.ledger import FAULTED, PLAYED, Played
from pipeline.evaluation.outcomes import UNGRADED
from pipeline.evaluation.paying import Account, PaidPolicy, PaidSource
from pipeline.evaluation.pools import Pool
from pipeline.evaluation.purse import SpentError
from pipeline.router.assemble import LIVE
from pipeline.router.engine import Router
from pipeline.router.limits import Limits
from pipeline.router.record import Episode, Stamp
from pipeline.router.turns import CallSource, Policy, PolicyError, Turn, View

KIND = "evaluate"
FAULTS_IN_A_ROW = 20
FLUSH = 64


class Ending(NamedTuple):
    """How playing ended.

    Attributes:
        played: Episodes of this start.
        faults: Items without an answer for a fault, by kind.
        given_up: Why no more was asked, where faults came one after another.
    """

    played: int
    faults: dict[str, int]
    given_up: str | None


class _Silent:
    """Stands in for a policy where there is nothing that it could be asked."""

    instant = True

    def __init__(self, policy: Policy) -> None:
        self.name, self.revision = policy.name, policy.revision

    async def decide(self, view: View, seconds: float) -> Turn:
        raise PolicyError("not_asked", "a turn before this one has no answer")


class Player:
    """One run of one policy over one suite."""

    def __init__(
        self, asked: Asked, pool: Pool, contender: Contender, account: Account, limits: Limits
    ) -> None:
        """Play nothing yet.

        Args:
            asked: What to ask.
            pool: Where replies come from.
            contender: What decides.
            account: Who pays, and where all of it is written down.
            limits: Of each episode.
        """
        self._asked, self._pool, self._contender = asked, pool, contender
        self._account, self._limits = account, limits
        self._ledger = account.purse.ledger
        self._known: set[tuple[str, int]] = set()
        self._done: list[Played] = []
        self._played = self._in_a_row = 0
        self._faults: Counter[str] = Counter()
        self._given_up: str | None = None

    async def play(self, in_flight: int, progress: Progress) -> Ending:
        """Play until everything is played, nothing can be paid, or nothing is answered any more.

        Args:
            in_flight: Episodes at a time.
            progress: Where to say how far it is.
        """
        self._known = self._ledger.done(self._account.run_id)
        todo = [talk for talk in self._asked.conversations() if self._left(talk)]
        name = f"{self._asked.suite.name}: {self._contender.name}"
        progress.start(name, sum(self._left(talk) for talk in todo))
        talks = iter(todo)
        try:
            async with self._account.purse.open(), asyncio.TaskGroup() as group:
                for _ in range(min(in_flight, len(todo))):
                    group.create_task(self._work(talks, progress))
        except ExceptionGroup as errors:
            ours = errors.subgroup(XRouterError)
            raise _first(ours) if ours else errors from None
        finally:
            self._flush()
        return Ending(self._played, dict(self._faults), self._given_up)

    def _left(self, conversation: Sequence[Item]) -> int:
        return sum(item.key not in self._known for item in conversation)

    async def _work(self, conversations: Iterator[list[Item]], progress: Progress) -> None:
        for conversation in conversations:
            try:
                await self._converse(conversation, progress)
            except SpentError:
                return  # what it paid for is kept, and waits for a start with more money
            except ExceptionGroup as errors:  # of several calls at once
                if errors.split(SpentError)[1] is not None:
                    raise
                return
            if self._given_up is not None:
                return

    async def _converse(self, conversation: Sequence[Item], progress: Progress) -> None:
        """Ask turn after turn; one that has to be asked again holds up those behind it."""
        said: list[str] | None = []
        for item in conversation:
            if self._given_up is not None:
                return
            if item.key in self._known:
                answer = self._ledger.answer(self._account.run_id, *item.key)
            else:
                episode = await self._one(item, said)
                state = self._note(item, episode, said is not None)
                self._tell(progress)
                if state == FAULTED:
                    return
                answer = None if episode.failed else episode.answer
            # Nobody can go on from where nothing was said: what comes after is not asked.
            said = None if said is None or answer is None else [*said, answer]

    def _tell(self, progress: Progress) -> None:
        progress.advance()
        if self._pool.kind == LIVE:
            progress.say(f"{self._account.purse.spent:,.4f} USD")

    async def _one(self, item: Item, said: Sequence[str] | None) -> Episode:
        """Play one item.

        Args:
            item: What is asked.
            said: Answers to the turns before it; None where one of them has none.
        """
        source: CallSource = self._pool.source
        policy: Policy = self._contender.policy
        if self._pool.kind == LIVE:
            source = PaidSource(source, self._account)
        if said is None:
            policy = _Silent(policy)
        elif not getattr(policy, "instant", False):
            policy = PaidPolicy(self._contender, self._account)
        router = Router(policy, source, self._limits)
        stamp = Stamp(self._account.run_id, KIND)
        return await router.run(self._asked.query(item, said or ()), self._pool.menu, stamp)

    def _note(self, item: Item, episode: Episode, was_asked: bool) -> str:
        """Keep an episode under the names of the suite and of the policy; returns its state."""
        known_as = item.known_as if item.known_as != item.problem_id else None
        episode.row.update(
            policy=self._contender.name, problem_id=item.problem_id, bank_problem_id=known_as
        )
        fault, state = fault_of(episode) if was_asked else None, PLAYED
        if fault is not None:
            self._faults[fault] += 1
            if self._pool.kind == LIVE:  # a bank will not know more the next time
                state = FAULTED
                self._count_fault(fault, episode)
        if fault is not None or not was_asked or self._without_verdict(item, episode):
            episode.row.update(verdict=UNGRADED, quality=None)
        else:
            self._in_a_row = 0
        self._done.append(Played(*item.key, state, episode))
        self._played += 1
        if len(self._done) >= FLUSH:
            self._flush()
        return state

    def _count_fault(self, fault: str, episode: Episode) -> None:
        self._in_a_row += 1
        if self._in_a_row >= FAULTS_IN_A_ROW:
            notes = [str(call["note"]) for call in episode.calls if call.get("note")]
            why = notes[-1] if notes else str(episode.row["error"])
            self._given_up = f"{self._in_a_row} faults in a row, the last is {fault}: {why}"[:300]

    def _without_verdict(self, item: Item, episode: Episode) -> bool:
        """Whether the answer is a bank's that has neither a verdict nor a text to be graded."""
        return episode.row["verdict"] is None and self._pool.lost_text(item, episode)

    def _flush(self) -> None:
        if self._done:
            self._ledger.add(self._account.run_id, self._done)
            self._done = []


def _first(errors: BaseException) -> BaseException:
    while isinstance(errors, BaseExceptionGroup):
        errors = errors.exceptions[0]
    return errors


def fault_of(episode: Episode) -> str | None:
    """The fault of a provider or a bank that left an episode without an answer.

    A policy that writes none, or runs into a limit with every call answered, has itself to blame.
    """
    if not episode.failed:
        return None
    failed = [call["error_type"] for call in episode.calls if call["status"] == "error"]
    if failed:
        return str(failed[-1])
    kind = str(episode.row["error"] or "").partition(":")[0]
    return kind if kind.startswith("policy_") else None
