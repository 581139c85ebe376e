r"""Short factual answers: the truth is a text, a number, or a list of aliases of which any will do.

The answer is what `\boxed{}` or `Answer:` marks, else the whole text. It is correct if it equals
an alias after normalisation (case, accents, width, punctuation, articles), or as a number or a
date. A sentence is correct if it holds an alias as a whole phrase, asserts it (not `not Paris`,
not `Paris or Lyon`), and, for a number, holds no other number. An unmarked text of over
`MAX_WORDS` words holds no short answer.
"""

import re
import unicodedata
from typing import Any

from pipeline.grading.answers import boxed, marked, tail
from pipeline.grading.dates import as_date, covers
from pipeline.grading.quantities import quantity, same_quantity
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, unparsed, wrong
from pipeline.settings import GradingSettings

VERSION = "2"
MAX_WORDS = 150

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_NUMBERS = re.compile(r"-?\d+(?:[.,]\d+)*")
_DENIED = re.compile(r"\b(?:not|never|no|isn t|wasn t|or|nor|either|neither|than|unlike)(?: \w+)?$")
_HEDGED = re.compile(r"^(?:or|nor)\b")
# All but the sign of a number and the point inside one.
_PUNCTUATION = re.compile(r"(?!(?<=\d)\.(?=\d)|(?<!\w)-(?=\d))[^\w\s]|_")


def normal(text: str) -> str:
    """Text without case, width, Latin accents, punctuation, articles and extra spaces."""
    text = _without_accents(unicodedata.normalize("NFKC", text).replace("−", "-"))
    text = text.casefold()
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = " ".join(_PUNCTUATION.sub(" ", text).split())
    return " ".join(_ARTICLES.sub(" ", text).split()) or text


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        # Only Latin letters lose their marks: in other scripts a mark makes another letter.
        if unicodedata.category(char) != "Mn" or not (kept and kept[-1].isascii()):
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def aliases(truth: Any) -> list[str]:
    """Acceptable answers as texts; empty where the truth has another shape."""
    values = truth if isinstance(truth, list) else [truth]
    texts = [str(v) for v in values if isinstance(v, str | int | float) and not isinstance(v, bool)]
    return [text for text in texts if text.strip()] if len(texts) == len(values) else []


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Compare the answer with each alias."""
    accepted = aliases(task.truth)
    if not accepted:
        return ungraded(f"the truth is no text or list of texts: {str(task.truth)[:80]!r}")
    text = tail(task.text)
    answer = boxed(text) or marked(text)
    if answer is None:
        answer = text.strip()
        if len(answer.split()) > MAX_WORDS or len(answer) > 12 * MAX_WORDS:
            return unparsed("a long text without a marked answer")
    if any(same(answer, alias) or asserts(answer, alias) for alias in accepted):
        return CORRECT
    return wrong(f"answered {answer[:80]!r}")


def same(answer: str, alias: str) -> bool:
    """Whether the whole answer is this alias, as text, number or date."""
    if normal(answer) == normal(alias):
        return True
    wanted, given = quantity(alias), quantity(answer)
    if wanted and given and same_quantity(given, wanted):
        return True
    date = as_date(alias)
    if date is None:
        return False
    said = as_date(answer)
    return said is not None and covers(said, date)


def asserts(answer: str, alias: str) -> bool:
    """Whether a sentence states the alias, and does not deny it or offer it as one of several."""
    text, phrase = normal(answer), normal(alias)
    if not phrase:
        return False
    if _NUMBERS.fullmatch(phrase):
        return set(_NUMBERS.findall(text)) == {phrase} and _stated(text, phrase)
    return _stated(text, phrase)


def _stated(text: str, phrase: str) -> bool:
    before, after = ("", "") if _NO_SPACES.search(phrase) else (r"(?<!\w)", r"(?!\w)")
    found = list(re.finditer(f"{before}{re.escape(phrase)}{after}", text))
    return bool(found) and not any(
        _DENIED.search(text[max(0, match.start() - 40) : match.start()].strip())
        or _HEDGED.match(text[match.end() :].strip())
        for match in found
    )
