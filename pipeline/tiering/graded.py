"""Answers come in, attempts with verdicts go out. Verdicts come from `pipeline.grading` only."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from pipeline.accounting import Silent
from pipeline.grading.pool import grade_many
from pipeline.grading.registry import names, version
from pipeline.grading.verdicts import FOR_NOW, Grade, GradeRequest
from pipeline.settings import Settings
from pipeline.tiering.answers import Answer
from pipeline.tiering.questions import Question
from schemas.attempts import Attempts, Disagreements

KEY = ["problem_id", "reference", "sample"]
RECORDED = "recorded_correct"
NO_VERSION = "unknown"


def graded_schema() -> dict[str, pl.DataType]:
    """Columns of a graded shard: table `attempts` and the recorded verdict."""
    return {**Attempts.create_empty().schema, RECORDED: pl.Boolean()}


class Answered(NamedTuple):
    """Answers of one engine to the problems of one shard."""

    answers: Sequence[Answer]
    shard: Sequence[Question]


def grade_answers(answered: Sequence[Answered], settings: Settings) -> list[pl.DataFrame]:
    """Grade the answers to several shards in one go.

    Returns:
        One frame per item: one row per answer in the columns of `graded_schema`, sorted by key.
    """
    pairs = [_with_questions(item) for item in answered]
    known = [
        [answer.grade or _fault(answer, question) for answer, question in item] for item in pairs
    ]
    requests = [
        _request(*pair)
        for item, item_known in zip(pairs, known, strict=True)
        for pair, known in zip(item, item_known, strict=True)
        if known is None
    ]
    grades = iter(grade_many(requests, settings.grading, settings.workers, Silent()))
    frames = []
    for item, item_known in zip(pairs, known, strict=True):
        signed = zip(item, item_known, strict=True)
        rows = [_row(answer, grade or next(grades)) for (answer, _), grade in signed]
        frames.append(pl.DataFrame(rows, schema=graded_schema()))
    return frames


def _with_questions(item: Answered) -> list[tuple[Answer, Question]]:
    questions = {question.problem_id: question for question in item.shard}
    ordered = sorted(item.answers, key=lambda a: (a.problem_id, a.reference, a.sample))
    return [(answer, questions[answer.problem_id]) for answer in ordered]


def has_passing_faults(graded: pl.DataFrame) -> bool:
    """Whether an attempt is ungraded for a reason that may be gone next time."""
    passing = (pl.col("verdict") == "ungraded") & pl.col("detail").str.starts_with(FOR_NOW)
    return bool(graded.select(passing.any()).item())


def grader_version(grader: str) -> str:
    """Version of a grader, also of one that does not exist here."""
    return version(grader) if grader in names() else NO_VERSION


def disagreements(graded: pl.DataFrame, shard: Sequence[Question]) -> pl.DataFrame:
    """Recorded verdicts that ours contradict; an ungraded attempt contradicts nothing."""
    truths = pl.DataFrame(
        [(question.problem_id, question.ground_truth) for question in shard],
        schema={"problem_id": pl.String, "ground_truth": pl.String},
        orient="row",
    )
    judged = graded.filter(pl.col(RECORDED).is_not_null() & (pl.col("verdict") != "ungraded"))
    opposed = judged.filter(pl.col(RECORDED) != (pl.col("verdict") == "correct"))
    return opposed.join(truths, on="problem_id").select(Disagreements.column_names())


def _request(answer: Answer, question: Question) -> GradeRequest:
    assert answer.text is not None
    return GradeRequest(
        grader=question.grader,
        text=answer.text,
        ground_truth=question.ground_truth,
        grader_args=question.grader_args,
        finish_reason=answer.finish_reason,
    )


def _fault(answer: Answer, question: Question) -> Grade | None:
    """What keeps an answer from being graded: a fault of ours, never of the reference."""
    if question.grader not in names():
        detail = f"there is no grader {question.grader!r}; known are {', '.join(sorted(names()))}"
    elif answer.text is None:
        detail = answer.detail or "the engine gave no text"
    else:
        return None
    return Grade("ungraded", None, detail, question.grader, grader_version(question.grader))


def _row(answer: Answer, grade: Grade) -> dict[str, object]:
    given = answer._asdict()
    del given["grade"]
    return {
        **given,
        "verdict": grade.verdict,
        "score": grade.score,
        "detail": grade.detail,
        "grader": grade.grader,
        "grader_version": grade.version,
    }
