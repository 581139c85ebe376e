"""Checks of single fields of a request: a value comes in, the same value or a refusal goes out."""

import hashlib
import math
from collections.abc import Callable
from typing import Any

from pipeline.providers.completion import MAX_TOKENS
from pipeline.serving.errors import refused
from schemas.episodes import TEXT_HASH_DIGITS

Check = Callable[[str, Any], Any]
MOST_STOPS = 4
LONGEST_NAME = 256


def shown(value: Any) -> str:
    """A value for a message: its beginning."""
    return repr(value)[:60]


def number(low: float, high: float) -> Check:
    """A number within bounds."""

    def check(name: str, value: Any) -> Any:
        sound = isinstance(value, int | float) and not isinstance(value, bool)
        if not sound or not math.isfinite(value) or not low <= value <= high:
            bounds = f"from {low:g} to {high:g}" if high < math.inf else f"of at least {low:g}"
            raise refused(f"{name}: got {shown(value)}; give a number {bounds}", name)
        return value

    return check


def whole(low: int, high: int) -> Check:
    """A whole number within bounds."""

    def check(name: str, value: Any) -> Any:
        sound = isinstance(value, int) and not isinstance(value, bool)
        if not sound or not low <= value <= high:
            raise refused(
                f"{name}: got {shown(value)}; give a whole number from {low} to {high}", name
            )
        return value

    return check


def flag(name: str, value: Any) -> Any:
    """True or false."""
    if not isinstance(value, bool):
        raise refused(f"{name}: got {shown(value)}; give true or false", name)
    return value


def text(name: str, value: Any) -> Any:
    """A text of some length."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        raise refused(f"{name}: got {shown(value)}; give 1 to {LONGEST_NAME} characters", name)
    return value


def hashed(name: str, value: Any) -> Any:
    """A text that goes no further than this server: its hash does."""
    return hashlib.sha256(text(name, value).encode()).hexdigest()[:TEXT_HASH_DIGITS]


def stops(name: str, value: Any) -> Any:
    """One to four texts at which an answer ends."""
    given = [value] if isinstance(value, str) else value
    sound = isinstance(given, list) and 1 <= len(given) <= MOST_STOPS
    if not sound or not all(isinstance(stop, str) and stop for stop in given):
        raise refused(
            f"{name}: got {shown(value)}; give one text, or a list of up to {MOST_STOPS}", name
        )
    return value


def names(name: str, value: Any) -> Any:
    """A list of different texts."""
    sound = isinstance(value, list) and value and all(isinstance(n, str) for n in value)
    if not sound or len(set(value)) < len(value):
        raise refused(f"{name}: got {shown(value)}; give a list of different names", name)
    return tuple(value)


# Sampling parameters that every call of the request gets, and the policy too.
SAMPLING: dict[str, Check] = {
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "presence_penalty": number(-2, 2),
    "frequency_penalty": number(-2, 2),
    "seed": whole(-(2**63), 2**63 - 1),
    "stop": stops,
}
LENGTH: dict[str, Check] = {
    "max_tokens": whole(1, MAX_TOKENS),
    "max_completion_tokens": whole(1, MAX_TOKENS),
}
# Ours: how this one request is to be routed.
WISHES: dict[str, Check] = {
    "max_cost_usd": number(0, math.inf),
    "max_calls": whole(0, 1000),
    "max_turns": whole(1, 1000),
    "max_seconds": number(0.1, 86_400),
    "models": names,
    "include_replies": flag,
}
# Fields of OpenAI's API that are taken only with the value that asks for nothing.
NOTHING: dict[str, Any] = {
    "n": 1,
    "logprobs": False,
    "store": False,
    "logit_bias": {},
    "modalities": ["text"],
    "response_format": {"type": "text"},
    "service_tier": "auto",
}
