r"""Where a text says its final answer: tags, `\boxed{}`, `#### x`, a line with a marker."""

import re

_BOX = re.compile(r"\\(?:boxed|fbox)\s*")
_HASHES = re.compile(r"####[ \t]*([^\n]*)")
_MARKER = re.compile(
    r"(?:^[ \t>*_#]*(?:A|Answer|Final Answer|The Final Answer|The Answer)[ \t*_]*[:：]"
    r"|\b(?:final[ \t]+)?answer[ \t]+is[ \t]*[:：]?|\banswer[ \t*_]*[:：])[ \t*_]*",
    re.IGNORECASE | re.MULTILINE,
)
_OPEN, _CLOSE = "<answer>", "</answer>"
_THOUGHT, _THOUGHT_END = "<think>", "</think>"
_FENCED = re.compile(r"```[A-Za-z]*[ \t]*\n(.*)\n[ \t]*```", re.DOTALL)
MAX_TEXT = 100_000
MAX_LINE = 5_000


def tail(text: str) -> str:
    """The part of a text that can hold its final answer, so that no text is too long."""
    return text[-MAX_TEXT:]


def after_thought(text: str) -> str | None:
    """What a reasoning model says once it has thought; None where its thought never ends."""
    _, mark, said = text.rpartition(_THOUGHT_END)
    if mark:
        return said
    return None if text.lstrip().startswith(_THOUGHT) else text


def tagged(text: str) -> str | None:
    """Content of the last `<answer>...</answer>`, without a code fence around it."""
    end = text.rfind(_CLOSE)
    start = text.rfind(_OPEN, 0, end) if end >= 0 else -1
    if start < 0:
        return None
    content = text[start + len(_OPEN) : end].strip()
    fenced = _FENCED.fullmatch(content)
    return (fenced[1] if fenced else content).strip() or None


def tagged_or_boxed(text: str) -> str | None:
    r"""The answer in tags, else the one in `\boxed{}`: no other place holds a structure."""
    text = tail(text)
    return tagged(text) or boxed(text)


def boxed(text: str) -> str | None:
    r"""Content of the last `\boxed{...}` with balanced braces, or of `\boxed x`; or None."""
    for match in reversed(list(_BOX.finditer(text))[-20:]):
        end = match.end()
        if end < len(text) and text[end] != "{":
            return text[end:].split("$")[0].split("\n")[0].strip() or None
        content = _braced(text, end)
        if content is not None:
            return content.strip()
    return None


def _braced(text: str, start: int) -> str | None:
    depth = 0
    for position in range(start, len(text)):
        if text[position] in "{}" and text[position - 1] != "\\":
            depth += 1 if text[position] == "{" else -1
            if depth == 0:
                return text[start + 1 : position]
    return None


def hashes(text: str) -> str | None:
    """What follows the last `####`."""
    found = _HASHES.findall(text)
    return found[-1].strip() or None if found else None


def marked(text: str) -> str | None:
    """What follows the last `A:`, `Answer:` or `answer is`: the rest of that line."""
    matches = list(_MARKER.finditer(text))
    if not matches:
        return None
    rest = text[matches[-1].end() :][:MAX_LINE].lstrip().split("\n", 1)[0]
    return clean_line(rest) or None


def clean_line(text: str) -> str:
    """Without the sentence's full stop and the emphasis around it."""
    text = text.strip(" \t\r\n*_`")
    bare = text.rstrip(".。 ")
    return bare.strip(" \t*_`") if bare else text


def declared(text: str) -> str | None:
    r"""The answer the text itself marks: `\boxed{}` before `####` before a marker, or None."""
    text = tail(text)
    for find in (boxed, hashes, marked):
        answer = find(text)
        if answer:
            return answer
    return None
