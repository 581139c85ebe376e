"""Asks a model whether an answer means the truth: an OpenAI-compatible endpoint, over HTTP.

In: question, truths, answer. Out: yes or no, or `NoDecisionError`. A call that fails for a passing
reason is repeated until the time limit. While the endpoint is down for longer than that, each
answer costs one try, so that an outage ends soon; one success ends this state. The key comes from
the environment and stands in no message. Safe to call from many threads.
"""

import atexit
import os
import re
import threading
import time
from collections.abc import Sequence
from contextvars import ContextVar
from functools import cache
from importlib import resources
from typing import Any

from pipeline.grading.answers import after_thought
from pipeline.providers.completion import Completion, read_completion
from pipeline.providers.faults import ProviderError, fault_of, redacted
from pipeline.providers.retry import backoff
from pipeline.settings import GradingSettings

MAX_REPLY_BYTES = 1 << 20
MAX_TOKENS = 2_048
CONNECT_SECONDS = 10.0

_DECISION = re.compile(
    r"final\s+(?:decision|grade|verdict|answer)[\s*_`:\"]*(yes|no|correct|incorrect)\b"
    r"|\A[\s*_`\"]*(yes|no|correct|incorrect)[\s*_`\".]*\Z",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\{(question|truth|answer)\}")

stopped: ContextVar[threading.Event | None] = ContextVar("stopped", default=None)
"""Set where nobody waits for decisions any more."""


class NoDecisionError(Exception):
    """The endpoint gave no yes or no; the message says why."""


def ask(question: str, truths: Sequence[str], answer: str, settings: GradingSettings) -> bool:
    """Whether `answer` means any of `truths`.

    Raises:
        NoDecisionError: Nobody can say within the time limit.
    """
    texts = {
        "question": question.strip(),
        "truth": " (or) ".join(truths),
        # On one line, so that an answer cannot pose as a part of the prompt.
        "answer": " ".join(answer.split()).replace("###", ""),
    }
    prompt = _PLACE.sub(lambda match: texts[match[1]], _template(settings))
    return decision(reply(prompt, settings))


def reply(prompt: str, settings: GradingSettings) -> str:
    """What the endpoint answers to any prompt.

    Raises:
        NoDecisionError: It answers nothing within the time limit.
    """
    return completion(prompt, settings).text


def completion(prompt: str, settings: GradingSettings) -> Completion:
    """The same, with the tokens that it took.

    Raises:
        NoDecisionError: It answers nothing within the time limit; the cause is the last fault.
    """
    return _endpoint(settings.model_dump_json()).complete(prompt)


def _template(settings: GradingSettings) -> str:
    path = settings.verifier_prompt
    try:
        return _bundled() if path is None else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoDecisionError(f"grading.verifier_prompt cannot be read: {error}") from error


@cache
def _bundled() -> str:
    return resources.files("pipeline.grading").joinpath("verifier_prompt.txt").read_text("utf-8")


def decision(text: str) -> bool:
    """The last decision that a reply states.

    Raises:
        NoDecisionError: It states none.
    """
    found = _DECISION.findall(after_thought(text) or "")
    if not found:
        raise NoDecisionError(f"the reply states none: {text[-80:]!r}")
    return "".join(found[-1]).lower() in ("yes", "correct")


class Endpoint:
    """One verifier; keeps connections, and remembers since when it is down."""

    def __init__(self, settings: GradingSettings) -> None:
        import httpx

        limit = settings.verifier_in_flight
        self._settings = settings
        self._down_since: float | None = None
        self._client = httpx.Client(
            timeout=httpx.Timeout(settings.verifier_seconds, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=limit, max_keepalive_connections=limit),
        )

    def complete(self, prompt: str) -> Completion:
        """What the endpoint answers to a prompt.

        Raises:
            NoDecisionError: It answers nothing within the time limit.
        """
        start, tries = time.monotonic(), 0
        while True:
            tries += 1
            try:
                found = self._completion(prompt)
            except ProviderError as fault:
                self._rest(fault, tries, start)
            else:
                self._down_since = None
                return found

    def _rest(self, fault: ProviderError, tries: int, start: float) -> None:
        """Wait before the next try, or give up."""
        reason = f"{redacted(str(fault), _key(self._settings))}, after {tries} tries"
        if not fault.retryable:
            raise NoDecisionError(reason) from fault
        now = time.monotonic()
        down = self._down_since = self._down_since or now
        wait = backoff(tries, fault.retry_after)
        if now + wait - min(start, down) > self._settings.verifier_patience_seconds:
            raise NoDecisionError(reason) from fault
        event = stopped.get() or threading.Event()
        if event.wait(wait):
            raise NoDecisionError("nobody waits any more") from fault

    def _completion(self, prompt: str) -> Completion:
        body = {
            "model": self._settings.verifier_model,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
        }
        start = time.monotonic()
        text = self._post(body, start)
        return read_completion(text, time.monotonic() - start)

    def _post(self, body: dict[str, Any], start: float) -> str:
        import httpx

        try:
            with self._client.stream(
                "POST", _address(self._settings), json=body, headers=_headers(self._settings)
            ) as answer:
                text = self._read(answer.iter_bytes(), start).decode(errors="replace")
        except httpx.TimeoutException as error:
            raise ProviderError("timeout", "no answer in time") from error
        except (httpx.HTTPError, OSError, ValueError) as error:
            # No text of the error: it may hold the address or the header.
            raise ProviderError("connection", type(error).__name__) from error
        if answer.status_code != 200:
            raise fault_of(answer.status_code, "", answer.headers)
        return text

    def _read(self, chunks: Any, start: float) -> bytes:
        data = bytearray()
        for chunk in chunks:
            data += chunk
            if len(data) > MAX_REPLY_BYTES:
                raise ProviderError("garbage", f"a reply of over {MAX_REPLY_BYTES:,} bytes")
            # The client's limit is for each piece; a server that drips must end as well.
            if time.monotonic() - start > self._settings.verifier_seconds:
                raise ProviderError("timeout", "no whole answer in time")
        return bytes(data)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


@cache
def _endpoint(settings: str) -> Endpoint:
    endpoint = Endpoint(GradingSettings.model_validate_json(settings))
    atexit.register(endpoint.close)
    return endpoint


def _address(settings: GradingSettings) -> str:
    url = (settings.verifier_url or "").rstrip("/")
    return url if url.endswith("/chat/completions") else f"{url}/chat/completions"


def _key(settings: GradingSettings) -> str:
    return os.environ.get(settings.verifier_key_env, "").strip()


def _headers(settings: GradingSettings) -> dict[str, str]:
    key = _key(settings)
    if key and not (key.isascii() and key.isprintable()):
        raise ProviderError("auth", f"the key in {settings.verifier_key_env} is no ASCII text")
    return {"Authorization": f"Bearer {key}"} if key else {}
