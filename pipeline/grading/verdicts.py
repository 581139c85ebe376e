"""What a grader gets and what it gives back. Knows no grader."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from pipeline.grading.answers import after_thought
from pipeline.settings import GradingSettings

CUT_OFF = "length"
FOR_NOW = "for now: "


class GradeRequest(NamedTuple):
    """One answer to grade.

    Attributes:
        grader: Name in the registry.
        text: What the model wrote.
        ground_truth: JSON text; its shape is the grader's.
        grader_args: JSON text, an object with the grader's options.
        finish_reason: `length` where the answer was cut off.
    """

    grader: str
    text: str
    ground_truth: str
    grader_args: str = "{}"
    finish_reason: str | None = None


class Grade(NamedTuple):
    """One graded answer.

    Attributes:
        verdict: One of `schemas.attempts.VERDICTS`.
        score: 0 to 1; None where ungraded.
        detail: Why the verdict is not `correct`.
        grader: Name in the registry.
        version: Of the grader.
    """

    verdict: str
    score: float | None
    detail: str | None
    grader: str
    version: str


class Outcome(NamedTuple):
    """A grade before the grader signs it."""

    verdict: str
    score: float | None
    detail: str | None = None


class Task(NamedTuple):
    """A request with its JSON read.

    Attributes:
        text: What the model wrote after its thoughts, never blank.
        truth: Any JSON value.
        args: The grader's options.
        cut_off: The answer was cut off by a token limit.
    """

    text: str
    truth: Any
    args: dict[str, Any]
    cut_off: bool = False


Quick = Callable[[Task, GradingSettings], Outcome | None]
Slow = Callable[[Task, GradingSettings], Outcome]


class Grader(NamedTuple):
    """One entry of the registry.

    Attributes:
        version: Changes whenever a verdict may change.
        quick: Cheap and safe on any text; None means that `slow` must decide.
        slow: May hang or crash: run in a process that can be killed.
        warm_up: Imports that `slow` needs; not on the answer's clock.
        bounded: `slow` ends by itself, however long it takes.
        waits: `slow` only waits for a network: many run at once, in threads.
    """

    version: str
    quick: Quick
    slow: Slow | None = None
    warm_up: Callable[[], None] | None = None
    bounded: bool = False
    waits: bool = False


CORRECT = Outcome("correct", 1.0)


def wrong(detail: str, score: float = 0.0) -> Outcome:
    """The model's answer is not the truth."""
    return Outcome("wrong", score, detail)


def unparsed(detail: str) -> Outcome:
    """The text holds no answer."""
    return Outcome("parse_failure", 0.0, detail)


def ungraded(detail: str) -> Outcome:
    """A fault of ours, or of the ground truth: says nothing about the model."""
    return Outcome("ungraded", None, detail)


def ungraded_for_now(detail: str) -> Outcome:
    """A fault that may pass, such as a verifier that is down: the answer is graded again later."""
    return ungraded(FOR_NOW + detail)


def read_task(request: GradeRequest) -> Task | Outcome:
    """The request with its JSON read, or the outcome that needs no grader."""
    try:
        truth = json.loads(request.ground_truth)
    except (ValueError, RecursionError):
        return ungraded(f"the ground truth is not JSON: {request.ground_truth[:80]!r}")
    try:
        args = json.loads(request.grader_args)
    except (ValueError, RecursionError):
        args = None
    if not isinstance(args, dict):
        return ungraded(f"the grader's options are not a JSON object: {request.grader_args[:80]!r}")
    text = after_thought(request.text)
    if text is None:
        return unparsed("the thought never ends")
    if not text.strip():
        return unparsed("the answer is empty")
    return Task(text, truth, args, request.finish_reason == CUT_OFF)
