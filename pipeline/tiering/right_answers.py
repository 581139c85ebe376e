r"""The text of a right answer: a problem with its truth and worked solution comes in.

Knows the four places where graders look for an answer: `\boxed{}`, a line `Answer:`, a JSON block
and a Python block.
"""

import json
import re
from typing import Any, NamedTuple

from pipeline.tiering.questions import Question

CODE_GRADERS = ("code",)
# Their truths are conditions that an answer must meet, not an answer.
UNKNOWABLE = ("cruxeval", "ifeval")
# A list is the answer itself here, elsewhere it lists spellings of one answer.
WHOLE_LISTS = ("ordering", "grid")
_PLACES = {
    "python": re.compile(r"```(?:python|py)?[ \t]*\n.*?```", re.DOTALL),
    "json": re.compile(r"```json\s.*?```", re.DOTALL),
    "boxed": re.compile(r"\\boxed\{.*\}", re.DOTALL),
    "line": re.compile(r"^Answer:.*$", re.MULTILINE),
}
_BY_GRADER = {
    "json": ("json", "boxed"),
    "codeio": ("json", "boxed"),
    "short_answer": ("line", "boxed"),
    "zebra": ("boxed",),
    "ordering": ("boxed",),
    "grid": ("boxed",),
}


class RightAnswer(NamedTuple):
    """A right text in parts: `work + final`, where `final` stands in the place `place`."""

    work: str
    final: str
    place: str

    @property
    def text(self) -> str:
        """The whole text."""
        return self.work + self.final


def right_answer(question: Question) -> RightAnswer | None:
    """The worked solution, completed by the right answer where it does not already end in one.

    Returns:
        None where no right text can be known: a program without a reference solution, or a truth
            that only says what an answer must be like.
    """
    solution = question.solution or ""
    if question.grader in UNKNOWABLE:
        return None
    if question.grader in CODE_GRADERS:
        return _program(solution)
    places = _BY_GRADER.get(question.grader, ("boxed", "line", "json"))
    for place in places:
        matches = list(_PLACES[place].finditer(solution))
        if matches:
            return RightAnswer(solution[: matches[-1].start()], matches[-1].group(), place)
    truth = json.loads(question.ground_truth)
    value = truth if question.grader in WHOLE_LISTS else plain_truth(truth)
    final = render(places[0], value)
    return RightAnswer(f"{solution}\n\n" if solution else "", final, places[0])


def plain_truth(truth: Any) -> Any:
    """The one answer to give where a truth lists several spellings of it."""
    if isinstance(truth, dict):
        for key in ("value", "answer", "aliases", "ground_truth"):
            if key in truth:
                return plain_truth(truth[key])
    if isinstance(truth, list) and truth and all(isinstance(item, str) for item in truth):
        return truth[0]
    return truth


def render(place: str, value: Any) -> str:
    """Write a value into one of the places."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if place == "json":
        return f"```json\n{json.dumps(value, ensure_ascii=False)}\n```"
    if place == "python":
        return f"```python\n{text}\n```"
    return f"Answer: {text}" if place == "line" else f"\\boxed{{{text}}}"


def _program(solution: str) -> RightAnswer | None:
    match = _PLACES["python"].search(solution)
    if match:
        return RightAnswer(solution[: match.start()], match.group(), "python")
    return RightAnswer("", render("python", solution.strip("\n")), "python") if solution else None
