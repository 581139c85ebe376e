"""What an engine hands over for grading, and what an engine is. Knows no engine by name."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pipeline.grading.verdicts import Grade
from pipeline.tiering.questions import Question


class Answer(NamedTuple):
    """One answer of a reference before it is graded: see `schemas.attempts.Attempts`.

    Attributes:
        text: None where the engine failed; `detail` then says how.
        recorded_correct: Verdict that came with a recorded answer, for the table of disagreements.
        grade: Where this version of the grader has judged the answer already.
    """

    problem_id: str
    reference: str
    sample: int
    engine: str
    text: str | None
    sampling: str = "{}"
    engine_version: str | None = None
    reference_revision: str | None = None
    dtype: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: str | None = None
    seconds: float | None = None
    cost_usd: float | None = None
    recorded_correct: bool | None = None
    detail: str | None = None
    grade: Grade | None = None


class Engine(Protocol):
    """Something that answers problems."""

    @property
    def identity(self) -> str:
        """Everything that decides the answers, apart from the problems; no path of the machine."""

    def answer(self, shard: Sequence[Question]) -> list[Answer]:
        """Answers to a shard's problems, in any order; a problem without an answer has none."""
