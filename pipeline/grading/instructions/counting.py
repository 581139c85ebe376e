"""Instructions about how many and which: words, sentences, letters, keywords, capitals."""

import re

from pipeline.grading.instructions.arguments import Arguments, enough, number, text, texts
from pipeline.grading.languages import other_language

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\w+(?:[-.]\w+)*")
_END = re.compile(r"[.!?]+[\"')\]”’*_]*\s+|[。！？]")
_NO_END = re.compile(
    r"(?:^|\n)\s*\d+\.$|(?:^|[\s(\"'“])"
    r"(?:[A-Z]|mrs?|ms|dr|prof|st|sr|jr|vs|etc|inc|ltd|fig|e\.g|i\.e|a\.m|p\.m|u\.s|ph\.d)\.$",
    re.IGNORECASE,
)


def existence(answer: str, arguments: Arguments) -> bool:
    """All keywords stand in the text."""
    folded = answer.casefold()
    return all(word.casefold() in folded for word in texts(arguments, "keywords"))


def frequency(answer: str, arguments: Arguments) -> bool:
    """The keyword stands often enough, inside longer words as well."""
    found = answer.casefold().count(text(arguments, "keyword").casefold())
    return enough(found, arguments, "frequency")


def forbidden_words(answer: str, arguments: Arguments) -> bool:
    """None of the words stands in the text as a whole word."""
    return not any(
        re.search(rf"(?<!\w){re.escape(word)}(?!\w)", answer, re.IGNORECASE)
        for word in texts(arguments, "forbidden_words")
    )


def letter_frequency(answer: str, arguments: Arguments) -> bool:
    """The letter stands often enough."""
    found = answer.lower().count(text(arguments, "letter").lower())
    return enough(found, arguments, "let_frequency", "let_relation")


def number_words(answer: str, arguments: Arguments) -> bool:
    """As many words as wanted."""
    return enough(len(_WORD.findall(answer)), arguments, "num_words")


def number_sentences(answer: str, arguments: Arguments) -> bool:
    """As many sentences as wanted."""
    return enough(sentences(answer), arguments, "num_sentences")


def sentences(answer: str) -> int:
    """Sentences of a text: not after an abbreviation, an initial or the number of a list's item."""
    count, start = 0, 0
    answer = answer.strip()
    for match in _END.finditer(answer):
        head, follows = answer[start : match.end()].rstrip(), answer[match.end() : match.end() + 1]
        if follows.islower() or _NO_END.search(head[-12:]):
            continue
        count, start = count + 1, match.end()
    return count + bool(answer[start:].strip())


def capital_word_frequency(answer: str, arguments: Arguments) -> bool:
    """As many words in capitals as wanted; words with hyphens count once."""
    found = sum(word.isupper() for word in _TOKEN.findall(answer))
    return enough(found, arguments, "capital_frequency", "capital_relation")


def english_capital(answer: str, arguments: Arguments) -> bool:
    """English, all in capitals."""
    return answer.isupper() and other_language(answer.lower(), "en") is None


def english_lowercase(answer: str, arguments: Arguments) -> bool:
    """English, without a capital."""
    return answer.islower() and other_language(answer, "en") is None


def response_language(answer: str, arguments: Arguments) -> bool:
    """Nothing speaks for sure against the wanted language."""
    return other_language(answer, text(arguments, "language").lower()[:2]) is None


def no_comma(answer: str, arguments: Arguments) -> bool:
    """No comma at all."""
    return "," not in answer


def number_paragraphs(answer: str, arguments: Arguments) -> bool:
    """Exactly so many paragraphs between dividers of three asterisks, none of them blank."""
    parts = [part.strip() for part in re.split(r"\s?\*\*\*\s?", answer)]
    inner = parts[1:-1]
    ends = [part for part in (parts[0], parts[-1])[: len(parts)] if part]
    return all(inner) and len(inner) + len(ends) == number(arguments, "num_paragraphs")


def nth_paragraph_first_word(answer: str, arguments: Arguments) -> bool:
    """Exactly so many paragraphs between blank lines, and the n-th begins with the word."""
    parts = answer.split("\n\n")
    filled, nth = [part for part in parts if part.strip()], number(arguments, "nth_paragraph")
    if len(filled) != number(arguments, "num_paragraphs") or not 0 < nth <= len(filled):
        return False
    words = parts[nth - 1].split()
    first = re.split(r"[.,?!'\"]", words[0].lstrip("'").lstrip('"'))[0] if words else ""
    return first.lower() == text(arguments, "first_word").lower()
