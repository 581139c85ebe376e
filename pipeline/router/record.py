"""What an episode leaves behind: one row, one row a call, and what the caller gets."""

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pipeline.router.menu import Menu
from pipeline.router.turns import Message
from schemas.episodes import TEXT_HASH_DIGITS

Row = dict[str, Any]
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class Stamp(NamedTuple):
    """Who made a run of episodes.

    Attributes:
        run_id: Server, evaluation or training run.
        kind: train, validate, evaluate or serve.
        store_text: Keep questions and answers, not their hashes alone.
        api_key_id: Who asked; None without keys.
    """

    run_id: str
    kind: str
    store_text: bool = False
    api_key_id: str | None = None


class Episode(NamedTuple):
    """One finished routing decision.

    Attributes:
        row: Of table `episodes`.
        calls: Rows of table `calls`.
        menu: What was on offer.
        answer: For the user; empty where it failed.
        finish_reason: Of the final answer.
        texts: Text of each successful call by call id.
    """

    row: Row
    calls: list[Row]
    menu: Menu
    answer: str
    finish_reason: str
    texts: dict[str, str]

    @property
    def failed(self) -> bool:
        """Whether there is no answer."""
        return bool(self.row["mode"] == "failed")


def new_id() -> str:
    """32 hex digits."""
    return os.urandom(16).hex()


def now() -> datetime:
    """In UTC."""
    return datetime.now(UTC)


def text_hash(text: str) -> str:
    """Of a text that is not kept."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:TEXT_HASH_DIGITS]


def messages_text(messages: Sequence[Message]) -> str:
    """Messages as JSON text, equal for equal messages."""
    return storable(_JSON.encode(list(messages)))


def storable(text: str) -> str:
    """A text that can be stored: half a surrogate pair, which JSON can hold, cannot."""
    return text if text.isascii() else text.encode(errors="replace").decode()
