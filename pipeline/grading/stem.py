r"""STEM answers of any form: a model judges whether the answer means the truth.

The truth is a text, a number, or a list of them of which any will do; option `question` is what was
asked. The answer is in `\boxed{}` or after a marker. One that is spelt like the truth is correct.
All others go to the verifier, an OpenAI-compatible endpoint (`grading.verifier_url`).

Without a verifier only truths of two kinds are graded, whatever the answer: one number with an
optional unit (see `measures`), and the letter of a choice that the question offers. All others are
`ungraded`: to grade just the answers that are spelt like the truth would count only right ones.
"""

import re
from typing import Any

from pipeline.grading import choice, verifier
from pipeline.grading.answers import declared
from pipeline.grading.math import normal, truths
from pipeline.grading.measures import agree, measure
from pipeline.grading.verdicts import (
    CORRECT,
    Outcome,
    Task,
    ungraded,
    ungraded_for_now,
    unparsed,
    wrong,
)
from pipeline.settings import GradingSettings

VERSION = "1"
NO_VERIFIER = "no verifier is set (grading.verifier_url)"
MAX_ANSWER = 2_000

_OFFERED = re.compile(r"(?:^|\s)\(?([A-J])\s*[).:]\s", re.MULTILINE)


def quick(task: Task, settings: GradingSettings) -> Outcome | None:
    """Decide what needs no verifier."""
    accepted = truths(task.truth)
    if not accepted:
        return ungraded(f"the truth is no text or number: {str(task.truth)[:80]!r}")
    if settings.verifier_url is None:
        return _offline(task, accepted, settings)
    answer = declared(task.text)
    if answer is None:
        return unparsed("no boxed or marked answer")
    if len(answer) > MAX_ANSWER:
        return unparsed(f"an answer of {len(answer):,} characters, at most {MAX_ANSWER:,} are read")
    return CORRECT if any(_spelt_alike(answer, truth) for truth in accepted) else None


def _spelt_alike(answer: str, truth: str) -> bool:
    return normal(answer).casefold() == normal(truth).casefold()


def slow(task: Task, settings: GradingSettings) -> Outcome:
    """Ask the verifier; one that cannot be asked leaves the answer ungraded."""
    question = task.args.get("question")
    if not isinstance(question, str) or not question.strip():
        return ungraded("option question is missing: the verifier must know what was asked")
    answer = declared(task.text) or ""
    try:
        same = verifier.ask(question, truths(task.truth), answer, settings)
    except verifier.NoDecisionError as error:
        return ungraded_for_now(f"the verifier gave no decision: {error}")
    return CORRECT if same else wrong(f"answered {answer[:80]!r}, says the verifier")


def _offline(task: Task, accepted: list[str], settings: GradingSettings) -> Outcome:
    if len(accepted) == 1 and _is_choice(accepted[0], task.args.get("question")):
        return choice.quick(task._replace(args={}), settings)
    wanted = [measure(truth) for truth in accepted]
    if None in wanted:
        return ungraded(f"{NO_VERIFIER}, and the truth is no number: {accepted[0][:60]!r}")
    answer = declared(task.text)
    if answer is None:
        return unparsed("no boxed or marked answer")
    given = measure(answer)
    if given is None:
        return ungraded(f"{NO_VERIFIER}, and the answer is no number: {answer[:60]!r}")
    verdicts = [agree(given, one) for one in wanted if one]
    if True in verdicts:
        return CORRECT
    if None in verdicts:
        return ungraded(f"{NO_VERIFIER}, and the units differ: {answer[:60]!r}")
    return wrong(f"answered {answer[:80]!r}")


def _is_choice(truth: str, question: Any) -> bool:
    letter = truth.strip().strip("().").upper()
    if not isinstance(question, str) or not re.fullmatch("[A-J]", letter):
        return False
    offered = set(_OFFERED.findall(question))
    return {"A", "B", letter} <= offered
