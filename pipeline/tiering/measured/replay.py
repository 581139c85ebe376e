"""The ledger as an engine: what was sampled comes out as graded answers.

Each problem gives what was counted up to where it stopped. No sample is asked for here.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipeline.grading.registry import names
from pipeline.grading.verdicts import Grade
from pipeline.settings import Settings
from pipeline.tiering.answers import Answer
from pipeline.tiering.graded import grader_version
from pipeline.tiering.measured.folding import UNGRADED, fold
from pipeline.tiering.measured.ledger import (
    Entry,
    Identity,
    Ledger,
    Sample,
    request_key,
    verdicts_of,
)
from pipeline.tiering.measured.rulebook import RuleBook
from pipeline.tiering.measured.samples import judge_of
from pipeline.tiering.pass_rates import count_attempts, rated, with_estimates
from pipeline.tiering.questions import Question
from schemas.problems import to_json

NOT_DONE = "it was not sampled to its end"


class LedgerReplay:
    """An engine, see `pipeline.tiering.answers.Engine`, that also knows how to rate its counts.

    Attributes:
        unsettled: Ids of problems that a fault kept from being settled, among those that were
            counted; they have no rate.
    """

    def __init__(
        self, ledger: Path, identity: Identity, book: RuleBook, settings: Settings, engine: str
    ) -> None:
        self._path, self._reference, self._book = ledger, identity, book
        self._tiering, self._grading, self._engine = settings.tiering, settings.grading, engine
        self._sampling = to_json(identity.sampling)
        self.unsettled: set[str] = set()
        with Ledger(ledger) as opened:
            state = opened.state()
        rules = self._tiering.model_dump(mode="json")
        self.identity = to_json({"reference": identity.text(), "rules": rules, "ledger": state})

    def answer(self, shard: Sequence[Question]) -> list[Answer]:
        """The counted samples of these problems, with the verdicts they have."""
        with Ledger(self._path) as ledger:
            return [answer for question in shard for answer in self._answers(ledger, question)]

    def _answers(self, ledger: Ledger, question: Question) -> list[Answer]:
        if question.grader not in names():
            return [self._lost(question, 0, None)]
        request = request_key(question.problem_id, self._reference)
        judge = judge_of(question, self._grading)
        entries = ledger.entries(request, judge)
        at = fold(verdicts_of(entries), self._book.rule(question.problem_id))
        counted = [entry for entry in entries if entry.sample < at.end]
        if not counted:
            return [self._lost(question, 0, NOT_DONE)]
        return [self._counted(ledger, question, request, judge, entry) for entry in counted]

    def _counted(
        self, ledger: Ledger, question: Question, request: bytes, judge: bytes, entry: Entry
    ) -> Answer:
        if not entry.kept:
            return self._lost(question, entry.sample, ledger.last_fault(request, entry.sample))
        sample = ledger.sample(request, entry.sample)
        found = ledger.grade(request, entry.sample, judge)
        version = grader_version(question.grader)
        if found is not None:
            return self._answer(
                question, entry.sample, sample, Grade(*found, question.grader, version)
            )
        # Grading it again here could count what the rule did not see.
        fault = ledger.last_fault(request, entry.sample) or NOT_DONE
        grade = Grade(UNGRADED, None, fault, question.grader, version)
        return self._answer(question, entry.sample, sample, grade)

    def _answer(self, question: Question, number: int, sample: Sample, grade: Grade) -> Answer:
        return Answer(
            problem_id=question.problem_id,
            reference=self._reference.model,
            sample=number,
            engine=sample.engine,
            text=sample.text,
            sampling=self._sampling,
            engine_version=sample.engine_version,
            reference_revision=self._reference.revision,
            dtype=self._reference.dtype,
            prompt_tokens=sample.prompt_tokens,
            completion_tokens=sample.completion_tokens,
            finish_reason=sample.finish_reason,
            seconds=sample.seconds,
            cost_usd=sample.cost_usd,
            grade=grade,
        )

    def _lost(self, question: Question, number: int, fault: str | None) -> Answer:
        """A sample that is not there; it is graded as a fault of ours."""
        return Answer(
            problem_id=question.problem_id,
            reference=self._reference.model,
            sample=number,
            engine=self._engine,
            text=None,
            sampling=self._sampling,
            reference_revision=self._reference.revision,
            dtype=self._reference.dtype,
            detail=fault,
        )

    def counts(self, attempts: pl.DataFrame) -> pl.DataFrame:
        """Counts of the settled problems; a fault never becomes a rate."""
        seen: dict[str, dict[int, str]] = {}
        gradable = attempts.filter(pl.col("grader").is_in(list(names())))
        for name, sample, verdict in gradable.select("problem_id", "sample", "verdict").iter_rows():
            seen.setdefault(name, {})[sample] = verdict
        unsettled = {n for n, known in seen.items() if not fold(known, self._book.rule(n)).settled}
        self.unsettled |= unsettled
        return count_attempts(attempts.filter(~pl.col("problem_id").is_in(list(unsettled))))

    def rated(self, counts: pl.DataFrame) -> pl.DataFrame:
        """Table `pass_rates` of counts: shares where n was fixed, else posteriors."""
        if self._tiering.measure.stop == "fixed":
            return rated(counts, self._tiering)
        pairs = counts.select("problem_id", "n", "k").iter_rows()
        estimates = [self._book.estimator(name).of(n, k) for name, n, k in pairs]
        return with_estimates(counts, estimates)
