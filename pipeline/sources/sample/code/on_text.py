"""Reference functions on strings; docstrings are the problem texts, `name` is a parameter."""


def count_letter(text: str, letter: str) -> int:
    """Return how often the letter `letter` occurs in text, in lower or upper case."""
    return text.lower().count(letter)


def long_words(text: str, k: int) -> list[str]:
    """Return the space-separated words of text with at least `k` characters, in order."""
    return [word for word in text.split() if len(word) >= k]


def mask_middle(text: str, keep: int) -> str:
    """Return text with all characters replaced by "*" except the first `keep` and the last `keep`.

    A text of at most 2 * `keep` characters is returned unchanged.
    """
    if len(text) <= 2 * keep:
        return text
    return text[:keep] + "*" * (len(text) - 2 * keep) + text[-keep:]


def swap_vowels(text: str, letter: str) -> str:
    """Return text with every lower-case vowel (a, e, i, o, u) replaced by `letter`."""
    return "".join(letter if c in "aeiou" else c for c in text)


def initials(text: str) -> str:
    """Return the upper-case first letters of the words of text, joined by dots, such as "A.B.C"."""
    return ".".join(word[0].upper() for word in text.split())


def caesar(text: str, shift: int) -> str:
    """Return text with each lower-case letter a-z moved `shift` places on.

    After z comes a again. All other characters stay as they are.
    """
    moved = [chr((ord(c) - 97 + shift) % 26 + 97) if "a" <= c <= "z" else c for c in text]
    return "".join(moved)


def is_palindrome_ignoring(text: str, letter: str) -> bool:
    """Return whether text is a palindrome after spaces and all letters `letter` are removed.

    Lower and upper case count as equal.
    """
    kept = [c for c in text.lower() if c not in (" ", letter)]
    return kept == kept[::-1]


def run_lengths(text: str) -> list[list[object]]:
    """Return the runs of equal characters of text as a list of [character, length] lists."""
    runs: list[list[object]] = []
    start = 0
    for i in range(1, len(text) + 1):
        if i == len(text) or text[i] != text[start]:
            runs.append([text[start], i - start])
            start = i
    return runs


def word_counts(text: str, least: int) -> dict[str, int]:
    """Return a dictionary from each word to its count, for words occurring at least `least` times.

    Words are separated by spaces and compared in lower case.
    """
    words = text.lower().split()
    return {word: words.count(word) for word in words if words.count(word) >= least}


def sort_by_length(text: str) -> list[str]:
    """Return the words of text sorted by length, and words of equal length alphabetically."""
    return sorted(text.split(), key=lambda word: (len(word), word))


def zigzag(text: str, rows: int) -> str:
    """Return text read row by row after writing it as a zigzag over `rows` rows (rail fence).

    The characters go down from row 1 to row `rows`, then up again to row 1, and so on.
    """
    rails: list[list[str]] = [[] for _ in range(rows)]
    period = 2 * rows - 2
    for i, c in enumerate(text):
        place = i % period
        rails[min(place, period - place)].append(c)
    return "".join(c for rail in rails for c in rail)


def longest_with_distinct(text: str, k: int) -> int:
    """Return the length of the longest substring of text with at most `k` different characters."""
    best = start = 0
    for end in range(len(text)):
        while len(set(text[start : end + 1])) > k:
            start += 1
        best = max(best, end - start + 1)
    return best


def balanced_depth(text: str) -> int:
    """Return the greatest nesting depth of the round brackets in text, or -1 if they do not match.

    Characters other than ( and ) are ignored; a text without brackets has depth 0.
    """
    depth = best = 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if depth < 0:
            return -1
        best = max(best, depth)
    return best if depth == 0 else -1


def distinct_substrings(text: str, length: int) -> int:
    """Return how many different substrings of length `length` text has."""
    return len({text[i : i + length] for i in range(len(text) - length + 1)})


def edit_distance(first: str, second: str, cost: int) -> int:
    """Return the least total cost of turning first into second.

    Inserting or deleting a character costs 1, replacing one costs `cost`.
    """
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        above, row = row, [i]
        for j, b in enumerate(second, start=1):
            change = above[j - 1] + (0 if a == b else cost)
            row.append(min(change, above[j] + 1, row[-1] + 1))
    return row[-1]


def common_subsequence(first: str, second: str) -> int:
    """Return the length of the longest common subsequence of first and second."""
    row = [0] * (len(second) + 1)
    for a in first:
        above, row = row, [0]
        for j, b in enumerate(second):
            row.append(above[j] + 1 if a == b else max(above[j + 1], row[-1]))
    return row[-1]


def least_palindrome_cuts(text: str) -> int:
    """Return the least number of cuts that divide text into palindromes (0 for an empty text)."""
    cuts = [-1]
    for end in range(1, len(text) + 1):
        pieces = (text[start:end] for start in range(end))
        cuts.append(1 + min(cuts[i] for i, piece in enumerate(pieces) if piece == piece[::-1]))
    return max(cuts[-1], 0)


def expand(text: str) -> str:
    """Return text with every group such as 3[ab] written out as ababab; groups may be nested.

    A count is one or more digits and stands directly before its bracket. Text outside groups
    consists of lower-case letters.
    """
    stack: list[tuple[str, int]] = []
    current, count = "", 0
    for c in text:
        if c.isdigit():
            count = 10 * count + int(c)
        elif c == "[":
            stack.append((current, count))
            current, count = "", 0
        elif c == "]":
            before, times = stack.pop()
            current = before + times * current
        else:
            current += c
    return current
