"""Instructions about form: lists, sections, titles, JSON, how a text begins and ends."""

import json
import re

from pipeline.grading.instructions.arguments import Arguments, number, text

_OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_HIGHLIGHT = re.compile(r"\*[^\n*]*\*")
_STRONG = re.compile(r"\*\*[^\n*]*\*\*")
_FENCE = re.compile(r"^```(?:json)?|```$", re.IGNORECASE)
_POSTSCRIPTS = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}


def number_placeholders(answer: str, arguments: Arguments) -> bool:
    """At least so many placeholders like `[address]`."""
    found = sum(map(_bracketed, answer.splitlines()))
    return found >= number(arguments, "num_placeholders")


def _bracketed(line: str) -> int:
    count, position = 0, line.find("[")
    while position >= 0:
        end = line.find("]", position)
        if end < 0:
            break
        count, position = count + 1, line.find("[", end)
    return count


def postscript(answer: str, arguments: Arguments) -> bool:
    """A postscript with the wanted mark."""
    marker = text(arguments, "postscript_marker")
    pattern = _POSTSCRIPTS.get(marker, re.escape(marker.lower()))
    return re.search(pattern, answer.lower()) is not None


def number_bullet_lists(answer: str, arguments: Arguments) -> bool:
    """Exactly so many lines that begin with `*` or `-`."""
    lines = [line.lstrip() for line in answer.splitlines()]
    found = sum(
        line[:1] == "-" or (line[:1] == "*" and line[1:2] not in ("*", "")) for line in lines
    )
    return found == number(arguments, "num_bullets")


def constrained_response(answer: str, arguments: Arguments) -> bool:
    """One of the three fixed answers."""
    return any(option in answer for option in _OPTIONS)


def number_highlighted_sections(answer: str, arguments: Arguments) -> bool:
    """At least so many parts in `*emphasis*` or `**strong emphasis**`."""
    parts = _HIGHLIGHT.findall(answer) + _STRONG.findall(answer)
    return sum(bool(part.strip("*").strip()) for part in parts) >= number(
        arguments, "num_highlights"
    )


def multiple_sections(answer: str, arguments: Arguments) -> bool:
    """At least so many sections marked with the word and a number."""
    mark = re.escape(text(arguments, "section_spliter"))
    return len(re.findall(rf"{mark}\s?\d+", answer)) >= number(arguments, "num_sections")


def json_format(answer: str, arguments: Arguments) -> bool:
    """The whole text is JSON, with or without a fence."""
    try:
        json.loads(_FENCE.sub("", answer.strip()).strip())
    except (ValueError, RecursionError):
        return False
    return True


def title(answer: str, arguments: Arguments) -> bool:
    """A title in double angular brackets."""
    return any(_titled(line) for line in answer.splitlines())


def _titled(line: str) -> bool:
    start, end = line.find("<<"), line.rfind(">>")
    return 0 <= start < end and bool(line[start:end].lstrip("<").rstrip(">").strip())


def two_responses(answer: str, arguments: Arguments) -> bool:
    """Two different answers with six asterisks between them."""
    parts = [part.strip() for part in answer.split("******")]
    filled = [part for part in parts if part]
    return all(parts[1:-1]) and len(filled) == 2 and filled[0] != filled[1]


def repeat_prompt(answer: str, arguments: Arguments) -> bool:
    """The request comes first, word for word."""
    return answer.strip().lower().startswith(text(arguments, "prompt_to_repeat").lower())


def end_checker(answer: str, arguments: Arguments) -> bool:
    """The text ends with the phrase."""
    return answer.strip().strip('"').lower().endswith(text(arguments, "end_phrase").lower())


def quotation(answer: str, arguments: Arguments) -> bool:
    """The whole text stands in double quotation marks."""
    answer = answer.strip()
    return len(answer) > 1 and answer[0] == answer[-1] == '"'
