"""Grades what the ledger holds and writes the bank: a newer grader asks no model again."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.accounting import Progress
from pipeline.bank.ledger import Answer, CollectLedger, Terms
from pipeline.bank.tables import write_bank
from pipeline.grading import registry
from pipeline.grading.pool import GradingPool
from pipeline.grading.verdicts import GradeRequest
from pipeline.settings import GradingSettings
from schemas.problems import to_json

UNGRADED = "ungraded"
JUDGE_BYTES = 16
CHUNK = 512
_IMPORT_ONLY = {"metric": None, "part": None}


class Grading:
    """Verdicts of the answers of one ledger on some terms."""

    def __init__(self, ledger: CollectLedger, terms: Terms, settings: GradingSettings) -> None:
        self._ledger, self._terms, self._settings = ledger, terms, settings
        self._problems = ledger.problems()
        self._judging = to_json(settings.judging())
        self._judges: dict[str, bytes] = {}

    def grade(self, workers: int, progress: Progress) -> int:
        """Grade every answer without a verdict of today's grader; returns how many had none."""
        progress.start("grading answers", self._ledger.size(self._terms))
        graded, chunk = 0, []
        with GradingPool(self._settings, workers) as pool:
            for answer in self._ledger.answers(self._terms):
                if self._verdict(answer) is None:
                    chunk.append(answer)
                else:
                    progress.advance()
                if len(chunk) == CHUNK:
                    graded += self._grade(pool, chunk, progress)
                    chunk = []
            graded += self._grade(pool, chunk, progress)
        return graded

    def _grade(self, pool: GradingPool, chunk: list[Answer], progress: Progress) -> int:
        for position, grade in pool.stream([self._request(answer) for answer in chunk]):
            answer = chunk[position]
            if grade.verdict != UNGRADED:  # a fault of ours: graded again next time
                judge = self._judge(answer.problem_id)
                self._ledger.add_verdict(answer.key, answer.sample, judge, grade)
            progress.advance()
        return len(chunk)

    def write(self, out: Path) -> tuple[int, int]:
        """Write the bank of everything that was asked on these terms.

        Returns:
            Outcomes, and how many of them no grader could judge.
        """
        outcomes = list(self._outcomes())
        asked = sorted({outcome["problem_id"] for outcome in outcomes})
        write_bank(out, outcomes, [self._problems[known] | _IMPORT_ONLY for known in asked])
        return len(outcomes), sum(outcome["verdict"] == UNGRADED for outcome in outcomes)

    def _outcomes(self) -> Iterator[dict[str, Any]]:
        for answer in self._ledger.answers(self._terms):
            verdict, score = self._verdict(answer) or (UNGRADED, None)
            row = answer._asdict()
            del row["key"], row["finish_reason"]
            yield row | {
                "verdict": verdict,
                "score": score,
                "data_source": self._problems[answer.problem_id]["data_source"],
                "collected_at": datetime.fromisoformat(answer.collected_at),
            }

    def _request(self, answer: Answer) -> GradeRequest:
        problem = self._problems[answer.problem_id]
        return GradeRequest(
            problem["grader"],
            answer.text,
            problem["ground_truth"],
            problem["grader_args"] or "{}",
            answer.finish_reason,
        )

    def _verdict(self, answer: Answer) -> tuple[str, float | None] | None:
        judge = self._judge(answer.problem_id)
        return self._ledger.verdict(answer.key, answer.sample, judge)

    def _judge(self, problem_id: str) -> bytes:
        """Key of everything that decides a verdict but the answer."""
        if problem_id not in self._judges:
            problem = self._problems[problem_id]
            grader = problem["grader"]
            parts = (grader, registry.version(grader), problem["ground_truth"])
            text = "\x1d".join((*parts, problem["grader_args"] or "{}", self._judging))
            self._judges[problem_id] = hashlib.sha256(text.encode()).digest()[:JUDGE_BYTES]
        return self._judges[problem_id]
