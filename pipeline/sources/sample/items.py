r"""What a generator hands over: a question, its computed answer and a worked solution, per grader.

Each helper adds the sentence that says how to answer, so that a prompt and its grader always agree.
"""

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from pipeline.sources.sample.draw import Draw, latex, plain

_BOXED = (
    "Put the final answer in \\boxed{}.",
    "Give your final answer inside \\boxed{}.",
    "End with the final answer in \\boxed{}.",
    "Show your reasoning briefly and write the result in \\boxed{}.",
)
_LETTER = (
    "Answer with the letter of the correct option in \\boxed{}.",
    "Put the letter of the right choice in \\boxed{}.",
    "Give only one letter as the final answer, inside \\boxed{}.",
)
_LINE = (
    "Finish with a line of the form `Answer: ...`.",
    "End your reply with `Answer: ` followed by the answer alone.",
    "Write the result on the last line as `Answer: ...`.",
)
_JSON = (
    "Reply with the result as {shape} in a ```json block.",
    "Give the result as {shape} inside a ```json code block.",
    "Write {shape} in a ```json block as the final answer.",
)
_CELLS = (
    "Put the answer in \\boxed{}, with several values separated by |.",
    "Give the answer in \\boxed{}; separate several values by |.",
    "Answer in \\boxed{}. If there is more than one value, separate them by |.",
)


class Item(NamedTuple):
    """One generated problem.

    Attributes:
        prompt: The whole user message.
        truth: JSON value in the shape that `grader` expects.
        solution: Worked answer that ends in the format the prompt asks for.
        grader: Name in the grading registry.
        grader_args: The grader's options.
        how_to_answer: End of `prompt` that is about the format: no part of the question.
    """

    prompt: str
    truth: Any
    solution: str
    grader: str
    grader_args: dict[str, Any]
    how_to_answer: str = ""


Maker = Callable[[Draw], Item]


class Family(NamedTuple):
    """Problems of one kind, at five levels of difficulty.

    Attributes:
        name: Snake-case name, a part of the row's `file`.
        levels: One maker per level, from 1 (easiest) to 5.
        per_level: Distinct problems to make at each level.
    """

    name: str
    levels: tuple[Maker, ...]
    per_level: int = 10


def scaled(make: Callable[[Draw, int], Item]) -> tuple[Maker, ...]:
    """Five makers from one that takes the level as its second argument."""
    return tuple(partial(_at_level, make, level) for level in range(1, 6))


def _at_level(make: Callable[[Draw, int], Item], level: int, draw: Draw) -> Item:
    return make(draw, level)


def number(draw: Draw, question: str, value: int | Fraction, work: str) -> Item:
    """A question with one exact number as its answer (grader `math`)."""
    return measured(draw, question, plain(value), work, shown=latex(value))


def measured(draw: Draw, question: str, value: str, work: str, shown: str | None = None) -> Item:
    """A question whose answer is a decimal, already rounded as the question says."""
    how = draw.pick(_BOXED)
    solution = f"{work}\n\n\\boxed{{{shown or value}}}"
    return Item(f"{question}\n\n{how}", value, solution, "math", {}, how)


def choice(draw: Draw, question: str, right: str, wrong: Sequence[str], work: str) -> Item:
    """A multiple-choice question; `wrong` must not contain `right` or repeat itself."""
    options = draw.shuffled([right, *wrong])
    if len(set(options)) != len(options):
        raise ValueError(f"options of {question!r} are not distinct: {options}")
    letters = "ABCDEFGH"[: len(options)]
    choices = dict(zip(letters, options, strict=True))
    letter = letters[options.index(right)]
    listing = "\n".join(f"{key}. {text}" for key, text in choices.items())
    how = f"{listing}\n\n{draw.pick(_LETTER)}"
    solution = f"{work}\n\n\\boxed{{{letter}}}"
    return Item(f"{question}\n\n{how}", letter, solution, "choice", {"choices": choices}, how)


def short(draw: Draw, question: str, answer: str, work: str, answer_type: str = "text") -> Item:
    """A question answered by a word, a name or a number on a last line `Answer: ...`."""
    how, args = draw.pick(_LINE), {"answer_type": answer_type}
    solution = f"{work}\n\nAnswer: {answer}"
    return Item(f"{question}\n\n{how}", answer, solution, "short_answer", args, how)


def as_json(draw: Draw, question: str, value: Any, work: str, shape: str) -> Item:
    """A question answered by one JSON value; `shape` describes it in words."""
    how = draw.pick(_JSON).format(shape=shape)
    block = f"```json\n{json.dumps(value, ensure_ascii=False)}\n```"
    return Item(f"{question}\n\n{how}", value, f"{work}\n\n{block}", "json", {}, how)


def cells(draw: Draw, question: str, values: Sequence[str], work: str) -> Item:
    """A question about a table, answered by one or more cells or numbers."""
    answer, how = "|".join(values), draw.pick(_CELLS)
    solution = f"{work}\n\n\\boxed{{{answer}}}"
    return Item(f"{question}\n\n{how}", answer, solution, "table", {}, how)
