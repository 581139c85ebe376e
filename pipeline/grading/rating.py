r"""Open answers, rated from 1 to 10 by a judge: any OpenAI-compatible endpoint, over HTTP.

The truth is a reference answer, or an empty text where there is none. Option `question` is what was
asked; `category` says whether the reference is shown (mathematics, reasoning, coding: there judges
are wrong without one); `turns`, a list of {"question", "answer", "reference"}, is what was said
before, where the answer is a later turn. The score is a tenth of the rating, and only a 10 is
`correct`. Without a judge every answer is `ungraded`.
"""

import re
from functools import cache
from importlib import resources
from typing import Any

from pipeline.grading import verifier
from pipeline.grading.answers import after_thought
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

VERSION = "2"
BEST = 10
REFERENCED = ("math", "reasoning", "coding", "arena-hard-200")
MAX_ANSWER = 100_000
NO_JUDGE = (
    "no judge is set: give grading.judge_url (XROUTER_GRADING__JUDGE_URL), an OpenAI-compatible "
    "endpoint, and grading.judge_model"
)

_RATING = re.compile(r"\[\[\s*(\d+(?:\.\d+)?)\s*\]\]")
_PLACE = re.compile(r"\{(conversation|reference|guidance)\}")
_GUIDANCE = (
    "Compare the answer with the reference answer, name its mistakes, and rate it lower for them."
)
_LATER = "Earlier turns are context: rate only how well the last answer does what was asked last."


def quick(task: Task, settings: GradingSettings) -> Outcome | None:
    """Say what cannot be judged."""
    if settings.judge_url is None:
        return ungraded(NO_JUDGE)
    if not isinstance(task.truth, str):
        return ungraded(f"the reference answer is no text: {str(task.truth)[:80]!r}")
    question = task.args.get("question")
    if not isinstance(question, str) or not question.strip():
        return ungraded("option question is missing: the judge must know what was asked")
    if len(task.text) > MAX_ANSWER:
        return unparsed(f"an answer of {len(task.text):,} characters, at most {MAX_ANSWER:,} count")
    return None


def slow(task: Task, settings: GradingSettings) -> Outcome:
    """Ask the judge; one that cannot be asked, or gives no rating, leaves the answer ungraded."""
    try:
        rated = rating(verifier.reply(prompt(task), judge(settings)))
    except verifier.NoDecisionError as error:
        return ungraded_for_now(f"the judge gave no rating: {error}")
    return outcome(rated, settings)


def outcome(rated: float, settings: GradingSettings) -> Outcome:
    """What a rating makes of an answer."""
    if rated == BEST:
        return CORRECT
    return wrong(f"rated {rated:g} of {BEST} by {settings.judge_model}", rated / BEST)


def judge(settings: GradingSettings) -> GradingSettings:
    """Settings under which the verifier's client speaks to the judge."""
    return settings.model_copy(
        update={
            "verifier_url": settings.judge_url,
            "verifier_model": settings.judge_model,
            "verifier_key_env": settings.judge_key_env,
        }
    )


def prompt(task: Task) -> str:
    """What the judge is asked."""
    earlier = [turn for turn in task.args.get("turns", []) if isinstance(turn, dict)]
    last = {"question": task.args["question"], "answer": task.text, "reference": task.truth}
    turns = [*earlier, last]
    shown = task.args.get("category") in REFERENCED and any(_said(t, "reference") for t in turns)
    texts = {
        "conversation": "\n\n".join(_turn(n, turn) for n, turn in enumerate(turns, 1)),
        "reference": "\n\n".join(_reference(n, t) for n, t in enumerate(turns, 1)) if shown else "",
        "guidance": " ".join([_LATER] * (len(turns) > 1) + [_GUIDANCE] * shown),
    }
    return _PLACE.sub(lambda match: texts[match[1]], _template())


def _said(turn: dict[str, Any], name: str) -> str:
    return str(turn.get(name) or "").strip()


def _turn(number: int, turn: dict[str, Any]) -> str:
    said = after_thought(_said(turn, "answer")) or ""
    question, answer = _said(turn, "question"), _unmarked(said.strip())
    return _part("user", number, question) + "\n" + _part("answer", number, answer)


def _part(name: str, number: int, text: str) -> str:
    return f"<{name} {number}>\n{text}\n</{name} {number}>"


def _reference(number: int, turn: dict[str, Any]) -> str:
    return _part("reference", number, _said(turn, "reference"))


def _unmarked(answer: str) -> str:
    """An answer that cannot pose as another part of the prompt, or as a rating."""
    return re.sub(r"</?(?:answer|user|reference) \d+>|\[\[[\s\d.]*\]\]", "", answer)


@cache
def _template() -> str:
    return resources.files("pipeline.grading").joinpath("rating_prompt.txt").read_text("utf-8")


def rating(reply: str) -> float:
    """The last rating that a reply states.

    Raises:
        NoDecisionError: It states none from 1 to 10.
    """
    found = _RATING.findall(after_thought(reply) or "")
    if not found or not 1 <= float(found[-1]) <= BEST:
        raise verifier.NoDecisionError(f"the reply states none from 1 to 10: {reply[-80:]!r}")
    return float(found[-1])
