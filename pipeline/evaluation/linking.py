"""Finds the same question in two sets that number and frame it otherwise.

Ids and texts of both come in, pairs of ids go out. A bank keeps the bare question, a training set
puts an instruction behind it, a suite another one: what stands around the question must then be the
same nearly everywhere, or the pair is none.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

# Shorter questions are found by their whole text alone.
LEAST = 24
_SPACE = re.compile(r"\s+")

Texts = Mapping[str, str]
# Texts of one set and of another in, pairs of those that belong together out.
Step = Callable[[Iterable[str], Iterable[str]], dict[str, str]]


def user_text(messages: Sequence[Mapping[str, Any]] | None) -> str:
    """What the user says in a conversation, as `link` compares it."""
    said = [str(m["content"]) for m in messages or () if m.get("role") == "user"]
    return plain("\n".join(said))


def plain(text: str) -> str:
    """A text in one form of Unicode, every run of whitespace a space."""
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()


def link(items: Texts, others: Texts, bare: Iterable[str] = ()) -> dict[str, str]:
    """Ids of the others by those of the items.

    Args:
        items: Texts by id, as `user_text` gives them.
        others: Likewise.
        bare: Texts of the questions without any frame, where they are known.

    Returns:
        A pair for every item that has its like: of the same id, else of the same text, else one
        inside the other, else both around the same bare question.
    """
    found = {item: item for item in items if item in others}
    by_text = _by_text(others)
    for item, text in items.items():
        if item not in found and text in by_text:
            found[item] = by_text[text]
    cores = [plain(text) for text in bare]
    steps: tuple[Step, ...] = (
        lambda mine, theirs: _inside(theirs, mine),
        lambda mine, theirs: {core: text for text, core in _inside(mine, theirs).items()},
        lambda mine, theirs: _around(cores, mine, theirs),
    )
    for step in steps:
        mine = {text: item for item, text in items.items() if item not in found}
        if not mine:
            break
        found |= {mine[text]: by_text[other] for text, other in step(mine, by_text).items()}
    return found


def _by_text(texts: Texts) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, text in sorted(texts.items()):
        found.setdefault(text, key)
    return found


def _around(bare: Sequence[str], mine: Iterable[str], theirs: Iterable[str]) -> dict[str, str]:
    """Texts of both sides around the same bare question."""
    outer = {core: text for text, core in _inside(bare, theirs).items()}
    return {text: outer[core] for text, core in _inside(bare, mine).items() if core in outer}


def _inside(cores: Iterable[str], texts: Iterable[str]) -> dict[str, str]:
    """For each text the longest core in it, where what is around it is what is around most."""
    heads: dict[str, list[str]] = {}
    for core in sorted(set(cores), key=lambda core: (-len(core), core)):
        if len(core) >= LEAST:
            heads.setdefault(core[:LEAST], []).append(core)
    found = {text: hit for text in texts if (hit := _longest(heads, text))}
    frames = {text: _frame(text, core, at) for text, (core, at) in found.items()}
    usual = Counter(sorted(frames.values())).most_common(1)
    kept = {text: core for text, (core, _) in found.items() if frames[text] == usual[0][0]}
    outer = Counter(kept.values())
    return {text: core for text, core in kept.items() if outer[core] == 1}


def _longest(heads: Mapping[str, list[str]], text: str) -> tuple[str, int] | None:
    best: tuple[str, int] | None = None
    for at in range(len(text) - LEAST + 1):
        for core in heads.get(text[at : at + LEAST], ()):
            if (best is None or len(core) > len(best[0])) and text.startswith(core, at):
                best = core, at
    return best


def _frame(text: str, core: str, at: int) -> tuple[str, str]:
    return text[:at], text[at + len(core) :]
