"""Whether a program printed what it should have."""

import re

TOLERANCE = 1e-6

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,4000}", re.ASCII)
_WORDS = ("yes", "no")


def same(printed: str, wanted: str) -> bool:
    """Equal line by line and word by word, apart from space around lines and between words.

    Numbers of which one has a fraction may differ by a millionth; integers are compared exactly.
    Upper and lower case of yes and no are equal.
    """
    if printed == wanted:
        return True
    left, right = _lines(printed), _lines(wanted)
    return left == right or (len(left) == len(right) and all(map(_same_line, left, right)))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace("\r\n", "\n").strip().split("\n")]


def _same_line(left: str, right: str) -> bool:
    if left == right:
        return True
    words, others = left.split(), right.split()
    return len(words) == len(others) and all(map(_same_word, words, others))


def _same_word(left: str, right: str) -> bool:
    if left == right:
        return True
    if left.lower() in _WORDS:
        return left.lower() == right.lower()
    if _INTEGER.fullmatch(left) and _INTEGER.fullmatch(right):
        return int(left) == int(right)
    if not _NUMBER.fullmatch(left) or not _NUMBER.fullmatch(right):
        return False
    return abs(float(left) - float(right)) <= TOLERANCE
