"""What can go wrong with a call to a provider, by what the caller should do about it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

Kind = Literal[
    "auth", "forbidden", "bad_request", "not_found", "rate_limit", "unavailable", "timeout",
    "connection", "garbage", "circuit_open", "busy",
]  # fmt: skip

RETRYABLE: frozenset[Kind] = frozenset(
    {"rate_limit", "unavailable", "timeout", "connection", "garbage"}
)
DETAIL_CHARACTERS = 300
MAX_RETRY_AFTER = 600.0


class ProviderError(Exception):
    """A call that gave no completion.

    Attributes:
        kind: What went wrong; `circuit_open` and `busy`: it was not even sent, since the place
            has failed too often of late, or has no room.
        status: HTTP status, where there was an answer.
        retry_after: Seconds that the provider asked to wait.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        # Half a surrogate pair, which a provider may echo, can be stored nowhere.
        super().__init__(message.encode(errors="replace").decode())
        self.kind = kind
        self.status = status
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.kind in RETRYABLE


def kind_of(status: int) -> Kind:
    """Kind of an HTTP status that is no success."""
    known: dict[int, Kind] = {
        401: "auth",
        403: "forbidden",
        404: "not_found",
        408: "timeout",
        409: "unavailable",
        425: "unavailable",
        429: "rate_limit",
    }
    return known.get(status, "unavailable" if status >= 500 else "bad_request")


def fault_of(
    status: int, body: str, headers: Mapping[str, str], secret: str | None = None
) -> ProviderError:
    """The fault that an HTTP answer stands for.

    Args:
        status: Its status, 300 or more.
        body: Its text; only the beginning of it is kept, with keys taken out before it is cut.
        headers: Its headers, for Retry-After.
        secret: A key that must not show up in the message.
    """
    text = " ".join(redacted(body, secret).split())[:DETAIL_CHARACTERS]
    message = f"HTTP {status}: {text or 'no text'}"
    return ProviderError(kind_of(status), message, status, retry_after(headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a Retry-After header asks for, in either of its two forms (RFC 9110)."""
    value = headers.get("Retry-After") or headers.get("retry-after")
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        if moment.tzinfo is None:  # a zone of -0000
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER) if seconds == seconds else None


def redacted(text: str, secret: str | None) -> str:
    """The text without a key, whole or as providers echo it."""
    if secret:
        text = text.replace(secret, "[key]")
    return re.sub(r"\b(?:(?:sk|key|hf)[-_]|Bearer )[A-Za-z0-9*_.-]{8,}", "[key]", text)
