"""Parses QnA-maker files: intents with variants of a question and one reply.

In: the lines of a `.qna` file. Out: every wording of every question with its reply. Knows no
language.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_BULLETS = ("- ", "* ", "+ ")
_FENCE = re.compile(r"^(`{3,}|~{3,})")
_SECTION = re.compile(r"^\*\*.+:\*\*\s*$")


class Wording(NamedTuple):
    """One way to ask; `reply` is None where the file gives none or breaks off inside it."""

    question: str
    reply: str | None


def parse(lines: Iterable[str]) -> Iterator[Wording]:
    """Yield wordings in file order.

    List items under `**Filters:**` or any other bold heading are attributes, not wordings.
    """
    questions: list[str] = []
    reply: list[str] | None = None
    fence: str | None = None
    in_section = False
    for line in (raw.rstrip("\r\n") for raw in lines):
        if fence is not None and reply is not None:
            if line.strip() == fence:
                yield from (Wording(q, "\n".join(reply)) for q in questions)
                questions, fence, reply = [], None, None
            else:
                reply.append(line)
        elif line.startswith("# ?"):
            yield from (Wording(q, None) for q in questions)
            questions, in_section = [line[3:].strip()], False
        elif _SECTION.match(line):
            in_section = True
        elif match := _FENCE.match(line):
            fence, reply = match[1], []
        elif line.startswith(_BULLETS) and questions and not in_section:
            questions.append(line[2:].strip())
    yield from (Wording(q, None) for q in questions)
