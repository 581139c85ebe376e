"""Measures one reference from end to end: what the ledger lacks is sampled, then it is replayed.

The model is only started, and its servers only asked, where a sample is missing.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from pipeline.accounting import Progress
from pipeline.grading.registry import names
from pipeline.layout import Layout
from pipeline.settings import MeasureSettings, Settings
from pipeline.tiering.measured.campaign import Campaign, Plan
from pipeline.tiering.measured.folding import fold
from pipeline.tiering.measured.ledger import Identity, Ledger, request_key, verdicts_of
from pipeline.tiering.measured.meter import Meter
from pipeline.tiering.measured.places import Place, place_of
from pipeline.tiering.measured.replay import LedgerReplay
from pipeline.tiering.measured.replicas import Handlers, Limits, ReplicaPool
from pipeline.tiering.measured.rulebook import Counted, RuleBook, choose_pilot, rate_classes
from pipeline.tiering.measured.samples import judge_of
from pipeline.tiering.measured.stopping import StopRule
from pipeline.tiering.questions import Question, read_shards
from pipeline.tiering.specs import Sampled

READ_AHEAD = 256
BEYOND_OPENAI = frozenset({"top_k", "min_p", "extra"})

Only = frozenset[str] | None
Rules = Callable[[Question], StopRule]


class Measurement:
    """One reference of one build: what to sample, where, and under which rules."""

    def __init__(
        self, spec: Sampled, settings: Settings, layout: Layout, progress: Progress
    ) -> None:
        self.spec, self.settings, self.layout = spec, settings, layout
        self.place: Place = place_of(spec, settings)
        self.source = spec.model or settings.tiering.measure.model
        self.identity = identity_of(spec.engine, self.source, settings, self.place)
        self.ledger_path = settings.tiering.measure.ledger or layout.ledger
        self.meter: Meter | None = None
        self.spent_usd = 0.0
        self._progress = progress
        self.ids = [question.problem_id for question in self.questions()]
        pilot = choose_pilot(settings.tiering, settings.seed, self.ids)
        self.book = RuleBook(settings.tiering, pilot, rate_classes(settings.tiering, layout))

    def questions(self, only: Only = None) -> Iterator[Question]:
        """Problems that can be graded at all: no sample is wasted on others."""
        for shard in read_shards(self.layout, READ_AHEAD):
            for question in shard:
                if question.grader in names() and (only is None or question.problem_id in only):
                    yield question

    def run(self) -> LedgerReplay:
        """Sample what is missing.

        Raises:
            XRouterError: The run cannot go on; what arrived is in the ledger.
        """
        with self.place.hold():
            self.run_pilot()
            self.settle()
        return self.replay()

    def settle(self, only: Only = None) -> None:
        """Sample problems until their rules stop.

        The pilot is left as it is: with another count of it the rules of all others would no longer
        be those that the ledger gives.

        Args:
            only: Ids of the problems; None: all.
        """
        self.meter = None
        rest = (frozenset(self.ids) if only is None else only) - self.book.pilot
        if rest:
            self.sample("sampling", lambda question: self.book.rule(question.problem_id), rest)

    def run_pilot(self) -> list[Counted]:
        """Sample the pilot to its end and learn the priors from it."""
        if not self.book.pilot:
            return []
        self.sample("pilot", lambda question: self.book.fixed, self.book.pilot)
        return self.learn()

    def learn(self) -> list[Counted]:
        """Learn the priors from what the ledger has of the pilot."""
        counts = self.counted(lambda question: self.book.fixed, self.book.pilot)
        self.book.learn(counts)
        return counts

    def counted(self, rules: Rules, only: Only) -> list[Counted]:
        """Counts of problems as the ledger has them; those without a verdict have none."""
        counts = []
        with Ledger(self.ledger_path) as ledger:
            for question in self.questions(only):
                request = request_key(question.problem_id, self.identity)
                entries = ledger.entries(request, judge_of(question, self.settings.grading))
                at = fold(verdicts_of(entries), rules(question))
                if at.n:
                    counts.append(Counted(question.problem_id, at.n, at.k))
        return counts

    def sample(self, label: str, rules: Rules, only: Only) -> None:
        """Run a campaign: first over the ledger alone, then, where that leaves gaps, for real."""
        measure = self.settings.tiering.measure
        plan = Plan(self.identity, self.spec.engine, rules, self.spec.engine != "litellm")
        count = len(self.ids) if only is None else len(only)
        with Ledger(self.ledger_path) as ledger:
            reading = self._campaign(plan, ledger, f"{label}: ledger", count)
            asyncio.run(reading.run(self.questions(only), None))
            if reading.missing:
                campaign = self._campaign(plan, ledger, label, count, reading.missing)
                campaign.given_up = reading.given_up
                try:
                    asyncio.run(self._sample(campaign, only, measure))
                finally:
                    self.spent_usd += campaign.meter.spent_usd()

    def _campaign(
        self, plan: Plan, ledger: Ledger, label: str, count: int, lacking: int | None = None
    ) -> Campaign:
        self.meter = Meter(self._progress, count, self.place.price, lacking)
        self.meter.begin(label)
        return Campaign(plan, ledger, self.settings, self.meter)

    async def _sample(self, campaign: Campaign, only: Only, measure: MeasureSettings) -> None:
        limits = Limits(
            measure.in_flight, measure.request_seconds, measure.tries, measure.patience_seconds
        )
        logs = self.layout.work("engine")
        async with self.place.replicas(self.source, self.identity.model, logs) as replicas:
            handlers = Handlers(campaign.answered, campaign.failed)
            proven = campaign.ledger.knows(self.identity)
            pool = ReplicaPool(replicas, limits, handlers, proven)
            await campaign.run(self.questions(only), pool)

    def replay(self) -> LedgerReplay:
        """The ledger as an engine of the tiering stage."""
        return LedgerReplay(
            self.ledger_path,
            self.identity,
            self.book,
            self.settings,
            self.spec.engine,
        )


def identity_of(engine: str, source: str, settings: Settings, place: Place) -> Identity:
    """Model and sampling, as the ledger knows them.

    The interface of most hosted providers lacks what the defaults for Qwen3 say beyond it, and
    they refuse it: there it is sent only where it was asked for.
    """
    measure = settings.tiering.measure
    sampling: dict[str, Any] = {
        "temperature": measure.temperature,
        "top_p": measure.top_p,
        "max_tokens": measure.max_tokens,
    }
    chosen = measure.model_fields_set if engine == "litellm" else BEYOND_OPENAI
    sampling |= {name: getattr(measure, name) for name in ("top_k", "min_p") if name in chosen}
    sampling |= measure.extra if "extra" in chosen else {}
    given = {name: value for name, value in sampling.items() if value is not None}
    model, revision = place.named(source, measure.revision)
    return Identity(model, revision, place.dtype, given)
