"""Instruction following (IFEval): the score is the share of instructions that a text follows.

The truth is a list of {"id": "punctuation:no_comma", "kwargs": {...}} with IFEval's names; a
language before the name, as in `en:punctuation:no_comma`, is dropped. Correct is only a text that
follows all of them. An unknown instruction or a missing argument leaves the answer ungraded.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.grading.instructions import counting, shapes
from pipeline.grading.instructions.arguments import Arguments, BadArgumentsError
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, wrong
from pipeline.settings import GradingSettings

VERSION = "1"

CHECKS: dict[str, Callable[[str, Arguments], bool]] = {
    "change_case:capital_word_frequency": counting.capital_word_frequency,
    "change_case:english_capital": counting.english_capital,
    "change_case:english_lowercase": counting.english_lowercase,
    "combination:repeat_prompt": shapes.repeat_prompt,
    "combination:two_responses": shapes.two_responses,
    "detectable_content:number_placeholders": shapes.number_placeholders,
    "detectable_content:postscript": shapes.postscript,
    "detectable_format:constrained_response": shapes.constrained_response,
    "detectable_format:json_format": shapes.json_format,
    "detectable_format:multiple_sections": shapes.multiple_sections,
    "detectable_format:number_bullet_lists": shapes.number_bullet_lists,
    "detectable_format:number_highlighted_sections": shapes.number_highlighted_sections,
    "detectable_format:title": shapes.title,
    "keywords:existence": counting.existence,
    "keywords:forbidden_words": counting.forbidden_words,
    "keywords:frequency": counting.frequency,
    "keywords:letter_frequency": counting.letter_frequency,
    "language:response_language": counting.response_language,
    "length_constraints:nth_paragraph_first_word": counting.nth_paragraph_first_word,
    "length_constraints:number_paragraphs": counting.number_paragraphs,
    "length_constraints:number_sentences": counting.number_sentences,
    "length_constraints:number_words": counting.number_words,
    "punctuation:no_comma": counting.no_comma,
    "startend:end_checker": shapes.end_checker,
    "startend:quotation": shapes.quotation,
}


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Check every instruction."""
    truth = task.truth
    if not isinstance(truth, list) or not truth or not all(isinstance(i, dict) for i in truth):
        return ungraded(f"the truth is no list of instructions: {str(truth)[:80]!r}")
    try:
        kept = followed(task.text, truth)
    except BadArgumentsError as error:
        return ungraded(str(error))
    broken = [
        str(known_name(i["id"])) for i, is_kept in zip(truth, kept, strict=True) if not is_kept
    ]
    if not broken:
        return CORRECT
    return wrong(f"not followed: {', '.join(broken)}", 1 - len(broken) / len(truth))


def followed(
    answer: str, instructions: Sequence[Mapping[str, Any]], loose: bool = False
) -> list[bool]:
    """Which of its instructions an answer follows; an empty one follows none.

    Args:
        answer: Without thoughts.
        instructions: The truth.
        loose: Whether it is enough that any of `readings` does.

    Raises:
        BadArgumentsError: An instruction is unknown, or an argument is missing.
    """
    texts = [text for text in (readings(answer) if loose else [answer]) if text.strip()]
    found = []
    for instruction in instructions:
        name = known_name(instruction.get("id"))
        if name is None:
            raise BadArgumentsError(f"unknown instruction {instruction.get('id')!r}")
        arguments = _arguments(instruction.get("kwargs"))
        try:
            found.append(any(CHECKS[name](text, arguments) for text in texts))
        except BadArgumentsError as error:
            raise BadArgumentsError(f"{name}: {error}") from error
    return found


def readings(answer: str) -> list[str]:
    """The eight texts that IFEval's loose accuracy takes an answer for.

    A model is not blamed for an introduction in the first line, a farewell in the last one, and
    the asterisks of markdown.
    """
    lines = answer.split("\n")
    cut = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    whole = [answer, *cut]
    return whole + [text.replace("*", "") for text in whole]


def known_name(identifier: Any) -> str | None:
    """The name of an instruction without a language before it; None where it is unknown."""
    if not isinstance(identifier, str):
        return None
    name = ":".join(identifier.split(":")[-2:])
    return name if name in CHECKS else None


def _arguments(value: Any) -> dict[str, Any]:
    """Without the nulls that Arrow fills in where instructions of different kinds were merged."""
    if not isinstance(value, dict):
        return {}
    return {name: argument for name, argument in value.items() if argument is not None}
