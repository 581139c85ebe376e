"""Bounds of one episode, and the money that is reserved before a call is made."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.catalog.tariff import Tariff, Usage
from pipeline.router.menu import Entry
from pipeline.router.turns import Message

# Languages and code differ; three bytes a token is seldom undercut, and a limit wants the most.
BYTES_PER_TOKEN = 3
MESSAGE_TOKENS = 8


class Limits(NamedTuple):
    """Of one episode.

    Attributes:
        seconds: Wall clock.
        turns: Of the policy.
        calls: Of models, refused ones not counted.
        spend_usd: All calls together, at the menu's prices.
        call_tokens: Longest answer of a call that names no length of its own.
        closing: Share of the time that calls leave to the policy, so that it can still answer.
        salvage: At a limit, give the user the last reply instead of nothing.
    """

    seconds: float = 120.0
    turns: int = 4
    calls: int = 8
    spend_usd: float = float("inf")
    call_tokens: int = 8192
    closing: float = 0.1
    salvage: bool = False


def prompt_tokens(messages: Sequence[Message]) -> int:
    """Estimated tokens of a prompt, from above."""
    total = 0
    for message in messages:
        content = message.get("content")
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        total += MESSAGE_TOKENS - (-len(text.encode(errors="replace")) // BYTES_PER_TOKEN)
    return total


def answer_tokens(entry: Entry, asked: int | None, prompt: int, limits: Limits) -> int:
    """Longest answer of a call: what was asked for, within what the model and its context allow."""
    context = int(entry.row["context_window"])
    longest = int(entry.row["max_output_tokens"] or context)
    room = context - prompt
    return max(1, min(asked or limits.call_tokens, longest, room))


class Purse:
    """What an episode may still spend; calls under way count with the most they can cost."""

    def __init__(self, limit_usd: float) -> None:
        self._limit = limit_usd
        self._spent = 0.0
        self._reserved = 0.0

    def reserve(self, tariff: Tariff, prompt: int, answer: int) -> float | None:
        """Set aside the worst case of a call; None where it does not fit."""
        worst = tariff.cost(Usage(prompt, 0, answer))
        if self._spent + self._reserved + worst > self._limit:
            return None
        self._reserved += worst
        return worst

    def settle(self, reserved: float, spent: float) -> None:
        """A call is over."""
        self._reserved -= reserved
        self._spent += spent
