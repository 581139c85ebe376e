r"""Multiple choice: the letter the text declares. Ambiguous is `parse_failure`, never a guess.

The truth is a letter. The option `choices` maps letters to texts; with it, an answer that is
exactly one choice's text counts as that letter.
"""

import re
from typing import Any

from pipeline.grading.answers import boxed, clean_line, marked, tail
from pipeline.grading.short_answer import normal
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.settings import GradingSettings

VERSION = "2"

_TEXT = re.compile(r"\\(?:text|textbf|mathrm|mathbf)\{([^{}]*)\}")
_LETTER = re.compile(
    r"\s*(?:option|choice)?\s*[(\[]?\s*([A-Za-z])\s*[)\]]?\s*"
    r"(?:\s*[.:)\-,]\s*\S.*|\s*[.:)]?)?",
    re.IGNORECASE | re.DOTALL,
)
_BRACKETED = re.compile(r"\(([A-Z])\)")
_SECOND = re.compile(
    r"\b(?:or|and)\s+\(?[A-Z]\)?(?![\w'])|^\W*\(?[A-Z]\)?\s*[,/&]\s*\(?[A-Z]\)?(?![\w'])"
)


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Compare the declared letter with the truth's."""
    choices = _choices(task.args.get("choices"))
    truth = _truth(task.truth, choices)
    if truth is None:
        return ungraded(f"the truth is no letter of a choice: {str(task.truth)[:80]!r}")
    letter = extract(task.text, choices)
    if letter is None:
        return unparsed("no single choice declared")
    if letter == truth:
        return CORRECT
    return wrong(f"chose {letter}")


def _choices(value: Any) -> dict[str, str]:
    if isinstance(value, list):
        value = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", value, strict=False))
    if not isinstance(value, dict):
        return {}
    return {str(letter).strip().upper(): str(text) for letter, text in value.items()}


def _truth(value: Any, choices: dict[str, str]) -> str | None:
    if not isinstance(value, str):
        return None
    letter = value.strip().strip("().").upper()
    valid = letter in choices if choices else bool(re.fullmatch("[A-Z]", letter))
    return letter if valid else None


def extract(text: str, choices: dict[str, str]) -> str | None:
    """The one letter that a text declares, or None."""
    text = tail(text).strip()
    for declared in (boxed(text), marked(text)):
        if declared:
            return _letter(declared, choices)
    if len(text) < 200 and (letter := _letter(text, choices)):
        return letter
    found = {letter for letter in _BRACKETED.findall(text) if not choices or letter in choices}
    return found.pop() if len(found) == 1 else None


def _letter(declared: str, choices: dict[str, str]) -> str | None:
    declared = clean_line(_TEXT.sub(r"\1", declared)).strip("$ ")
    equal = [key for key, text in choices.items() if normal(text) == normal(declared)]
    if len(equal) == 1:
        return equal[0]
    match = _LETTER.fullmatch(declared[:500])
    if not match or _SECOND.search(declared):
        return None
    letter = match[1].upper()
    return letter if not choices or letter in choices else None
