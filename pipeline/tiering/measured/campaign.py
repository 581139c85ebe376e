"""The sampling loop: problems come in, the ledger fills until every one of them is settled.

Problems stream by; only those on their way are held. What the ledger has already is used first, so
a run that was killed, or a newer grader, pays for nothing twice.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.providers.completion import Completion
from pipeline.providers.faults import ProviderError
from pipeline.settings import Settings
from pipeline.tiering.measured.folding import UNGRADED, fold, wanted
from pipeline.tiering.measured.grader import BackgroundGrader
from pipeline.tiering.measured.ledger import (
    Identity,
    Ledger,
    Sample,
    request_key,
    verdicts_of,
)
from pipeline.tiering.measured.meter import Meter
from pipeline.tiering.measured.replica import Replica
from pipeline.tiering.measured.replicas import ReplicaPool
from pipeline.tiering.measured.samples import judge_of, request_body, sample_of
from pipeline.tiering.measured.stopping import StopRule
from pipeline.tiering.questions import Question

# Answers that wait for a verdict, at most, before no new problem is begun.
MAX_GRADING = 4096
# Samples beyond the next decision, per problem, while places would otherwise stand empty.
MAX_SPARE = 4
# Problems begun in one go: answers must be heard while a ledger full of settled ones is read.
MAX_BEGUN = 256
TICK_SECONDS = 0.5

Rules = Callable[[Question], StopRule]


class Plan(NamedTuple):
    """What a campaign samples.

    Attributes:
        identity: Model and sampling.
        engine: `vllm`, `endpoint` or `litellm`, as the table names it.
        rules: The stop rule of each problem.
        spare: Whether idle places may be filled with samples that may turn out unneeded.
    """

    identity: Identity
    engine: str
    rules: Rules
    spare: bool = False


class Problem:
    """A problem that is on its way.

    Attributes:
        known: Numbers of the samples that are there or on their way.
        verdicts: Of those that are graded.
        open: Whether it may want more samples.
        asked: Whether a sample of it was asked for.
    """

    def __init__(self, question: Question, request: bytes, judge: bytes, rule: StopRule) -> None:
        self.question, self.request, self.judge, self.rule = question, request, judge, rule
        self.known: set[int] = set()
        self.verdicts: dict[int, str] = {}
        self.open = True
        self.asked = False


class Ask:
    """One sample of one problem; a task of the replica pool."""

    def __init__(self, problem: Problem, sample: int, identity: Identity) -> None:
        self.problem, self.sample = problem, sample
        self.tries = 0
        self._identity = identity

    @property
    def wanted(self) -> bool:
        """Whether its problem still is."""
        return self.problem.open

    def body(self) -> dict[str, Any]:
        """Body of the request."""
        return request_body(self.problem.question, self._identity)


class Campaign:
    """Samples problems until their rules stop.

    Attributes:
        missing: Problems that need samples which are not there, of a campaign without replicas.
        given_up: Samples whose grading failed; a campaign that goes on from another takes over
            its set, and tries none of them again.
    """

    def __init__(self, plan: Plan, ledger: Ledger, settings: Settings, meter: Meter) -> None:
        self.plan, self.ledger, self.meter = plan, ledger, meter
        self.missing = 0
        self.given_up: set[tuple[bytes, int]] = set()
        self._settings = settings
        self._open: dict[bytes, Problem] = {}
        self._pool: ReplicaPool | None = None
        self._grader = BackgroundGrader(settings.grading, settings.workers, self._graded)
        self._changed = asyncio.Event()

    async def run(self, questions: Iterator[Question], pool: ReplicaPool | None) -> None:
        """Settle the questions.

        Args:
            questions: Read as places become free.
            pool: Where to sample; None: grade what is there, and count in `missing` the problems
                that need more.

        Raises:
            XRouterError: The run cannot go on; what arrived is in the ledger.
        """
        self._pool = pool
        with self._grader:
            helpers = [asyncio.create_task(self._grader.failure())]
            if pool is not None:
                helpers.append(asyncio.create_task(pool.serve()))
            try:
                await self._until_settled(questions, helpers)
            finally:
                for helper in helpers:
                    helper.cancel()
                await asyncio.gather(*helpers, return_exceptions=True)

    async def _until_settled(
        self, questions: Iterator[Question], helpers: list["asyncio.Task[None]"]
    ) -> None:
        more = True
        while True:
            self._changed.clear()
            more = more and self._fill(questions)
            if not more and self.plan.spare:
                self._use_idle_places()
            self._show()
            if not more and not self._open:
                return
            await self._next_change(helpers)

    async def _next_change(self, helpers: list["asyncio.Task[None]"]) -> None:
        await asyncio.sleep(0)  # waiting for what has happened already would let nobody else run
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), TICK_SECONDS)
        for helper in helpers:
            if helper.done():
                helper.result()

    def _fill(self, questions: Iterator[Question]) -> bool:
        """Begin problems while there is room; False where none is left."""
        for _ in range(MAX_BEGUN):
            if not self._has_room():
                return True
            question = next(questions, None)
            if question is None:
                return False
            self._begin(question)
        self._changed.set()
        return True

    def _has_room(self) -> bool:
        if self._grader.waiting > MAX_GRADING:
            return False
        return self._pool is None or self._pool.waiting < self._pool.capacity

    def _begin(self, question: Question) -> None:
        identity = self.plan.identity
        request = request_key(question.problem_id, identity)
        judge = judge_of(question, self._settings.grading)
        problem = Problem(question, request, judge, self.plan.rules(question))
        self.ledger.register(request, question.problem_id, identity)
        self._open[request] = problem
        entries = self.ledger.entries(request, judge)
        known = all(entry.verdict is not None for entry in entries)
        if known and fold(verdicts_of(entries), problem.rule).settled:
            self._close(problem, settled=True)  # if beside a fault, then that one stays
            return
        for entry in entries:
            if not entry.kept:  # it could not be had in another run: here it is asked for again
                continue
            problem.known.add(entry.sample)
            if entry.verdict is not None:
                problem.verdicts[entry.sample] = entry.verdict
            elif (request, entry.sample) in self.given_up:
                problem.verdicts[entry.sample] = UNGRADED
            else:
                self._judge(problem, entry.sample, self.ledger.sample(request, entry.sample))
        self._advance(problem)

    def _advance(self, problem: Problem) -> None:
        """Ask for what is wanted next, or let go of a problem that is done."""
        at = fold(problem.verdicts, problem.rule)
        if not at.open:
            self._close(problem, settled=at.settled)
            return
        lacking = [s for s in range(wanted(at, problem.rule)) if s not in problem.known]
        if self._pool is None:
            # Decided once all that is there has a verdict.
            if lacking and len(problem.verdicts) == len(problem.known):
                self.missing += 1
                self._close(problem, settled=False)
            return
        for sample in lacking:
            self._ask(problem, sample)

    def _ask(self, problem: Problem, sample: int) -> None:
        assert self._pool is not None
        problem.known.add(sample)
        problem.asked = True
        self._pool.put(Ask(problem, sample, self.plan.identity))

    def _use_idle_places(self) -> None:
        """Near the end there are fewer problems than places: ask some of them for more at once."""
        pool = self._pool
        if pool is None or pool.waiting:
            return
        free = pool.capacity - pool.in_flight
        for problem in list(self._open.values()):
            if free <= 0:
                return
            at = fold(problem.verdicts, problem.rule)
            most = min(wanted(at, problem.rule) + MAX_SPARE, problem.rule.n_max + at.ungraded)
            sample = next((s for s in range(most) if s not in problem.known), None)
            if sample is not None:
                self._ask(problem, sample)
                free -= 1

    def answered(self, ask: Ask, done: Completion, replica: Replica) -> None:
        """Write down a sample and have it graded; a handler of the replica pool."""
        problem = ask.problem
        answer = sample_of(done, self.plan.engine, replica.version)
        self.meter.sampled(answer)
        if not self.ledger.add(problem.request, ask.sample, answer):
            # Another process was faster: the verdict must be that of the text that is kept.
            answer = self.ledger.sample(problem.request, ask.sample)
        if problem.request in self._open:
            self._judge(problem, ask.sample, answer)

    def failed(self, ask: Ask, fault: ProviderError) -> None:
        """Write down that a sample could not be had; a handler of the replica pool."""
        problem = ask.problem
        self.ledger.add_fault(problem.request, ask.sample, fault.kind, str(fault))
        problem.verdicts[ask.sample] = UNGRADED
        self._move_on(problem)

    def _judge(self, problem: Problem, sample: int, answer: Sample) -> None:
        question = problem.question
        request = GradeRequest(
            question.grader,
            answer.text,
            question.ground_truth,
            question.grader_args,
            answer.finish_reason,
        )
        self._grader.put((problem, sample), request)

    def _graded(self, ticket: tuple[Problem, int], grade: Grade) -> None:
        problem, sample = ticket
        if grade.verdict == UNGRADED:
            self.given_up.add((problem.request, sample))
        self.ledger.add_verdict(problem.request, sample, problem.judge, grade)
        problem.verdicts[sample] = grade.verdict
        self._move_on(problem)

    def _move_on(self, problem: Problem) -> None:
        if problem.request in self._open:
            self._advance(problem)
        self._changed.set()

    def _close(self, problem: Problem, settled: bool) -> None:
        problem.open = False
        del self._open[problem.request]
        self.meter.finished(settled, problem.asked)
        self._changed.set()

    def _show(self) -> None:
        in_flight = self._pool.in_flight if self._pool else 0
        faults = self._pool.faults if self._pool else {}
        self.meter.show(in_flight, faults)
