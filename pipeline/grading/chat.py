"""Small talk: a reply that is there, is not degenerate, and is in the right language.

Option `language`: an ISO 639-1 code; without it any language will do. There is no ground truth to
equal.
"""

import re
import unicodedata
import zlib
from collections import Counter

from pipeline.grading.languages import other_language
from pipeline.grading.verdicts import CORRECT, Outcome, Task, ungraded, wrong
from pipeline.settings import GradingSettings

VERSION = "2"
MAX_TEXT = 20_000
GRAM = 4
MIN_GRAMS = 24
MIN_DISTINCT = 0.35
MIN_COMPRESSED_BYTES = 400
MIN_COMPRESSION = 0.12

_TEMPLATE = re.compile(
    r"<\|[\w ]{1,40}\|>|\[/?INST\]|<</?SYS>>|^\s*#{2,}\s*(?:Instruction|Response|Input|System)\s*:"
    r"|</?s>|\{\{.{0,80}?\}\}|\{%.{0,80}?%\}|^\s*(?:User|Human|Assistant|System)\s*:",
    re.MULTILINE,
)
_RUN = re.compile(r"(\w)\1{29}|(\w{2,8}?)\2{14}")
_RULE = re.compile(r"([^\w\s])\1{2,}")


def quick(task: Task, settings: GradingSettings) -> Outcome:
    """Look for what makes a reply bad; a reply with none of it is correct."""
    language = task.args.get("language")
    if language is not None and not isinstance(language, str):
        return ungraded(f"the option language is no code: {language!r}")
    text = unicodedata.normalize("NFKC", task.text[:MAX_TEXT])
    fault = _degenerate(text) or (other_language(text, language.lower()[:2]) if language else None)
    return wrong(fault) if fault else CORRECT


def _degenerate(text: str) -> str | None:
    if not any(unicodedata.category(char)[0] in "LN" or char > "\u2190" for char in text):
        return "only punctuation"
    if _TEMPLATE.search(text) or "<think>" in text:
        return "prompt template left in the reply"
    if _RUN.search(text) or repeats(text):
        return "repetition loop"
    return None


def repeats(text: str) -> bool:
    """Whether a text says the same over and over: few distinct 4-grams, or little information."""
    text = _RULE.sub(r"\1\1", text)
    data = text.encode(errors="replace")
    if len(data) >= MIN_COMPRESSED_BYTES and len(zlib.compress(data)) / len(data) < MIN_COMPRESSION:
        return True
    words = text.split()
    # Scripts without spaces: characters stand for words.
    units = words if len(words) * 12 > len(text) else list(text.replace(" ", ""))
    grams = Counter(zip(*(units[start:] for start in range(GRAM)), strict=False))
    total = sum(grams.values())
    return total >= MIN_GRAMS and len(grams) / total < MIN_DISTINCT
