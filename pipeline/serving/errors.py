"""Errors of the API in OpenAI's shape, and which one a failed episode is."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pipeline.router.record import Episode

INVALID = "invalid_request_error"
Row = Mapping[str, Any]


class ApiError(Exception):
    """A request that gets no answer.

    Attributes:
        status: Of HTTP.
        message: For the client: never a key, an address or a text of somebody else.
        kind: OpenAI's `type`.
        code: Short name of the reason.
        param: Field of the request that is to blame.
        retry_after: Seconds after which to try again.
        episode_id: Of the log, where there is an episode.
    """

    def __init__(
        self,
        status: int,
        message: str,
        kind: str = INVALID,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
        episode_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.kind = status, message, kind
        self.code, self.param = code, param
        self.retry_after, self.episode_id = retry_after, episode_id

    def body(self) -> dict[str, Any]:
        """What the client gets."""
        error = {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }
        return {"error": error} | (
            {"xrouter": {"episode_id": self.episode_id}} if self.episode_id else {}
        )

    def headers(self) -> dict[str, str]:
        """More of the answer's headers."""
        found = {}
        if self.retry_after is not None:
            found["retry-after"] = str(max(1, math.ceil(self.retry_after)))
        if self.status == 401:
            found["www-authenticate"] = "Bearer"
        if self.status in (408, 413):  # the rest of the request is not read
            found["connection"] = "close"
        return found


def refused(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """A request that cannot be honoured as it stands."""
    return ApiError(400, message, code=code, param=param)


class _Failure(NamedTuple):
    """What a kind of failure is to the client."""

    status: int
    message: str
    retry_after: float | None = None


# Of `pipeline.providers.faults`, of a bank, of limits and of the engine.
_UNREACHED = _Failure(502, "the model's provider cannot be used")
_FAILURES: dict[str, _Failure] = {
    "timeout": _Failure(504, "the model's provider did not answer in time"),
    "time": _Failure(504, "the time for this request was up before there was an answer"),
    "rate_limit": _Failure(503, "the model's provider is over its rate limit", 5),
    "circuit_open": _Failure(503, "the model's provider has failed of late and is left alone", 15),
    "busy": _Failure(503, "the model's provider has no room for another call", 1),
    "unavailable": _Failure(502, "the model's provider failed"),
    "connection": _Failure(502, "the model's provider cannot be reached"),
    "garbage": _Failure(502, "the model's provider sent no proper answer"),
    "auth": _UNREACHED,
    "forbidden": _UNREACHED,
    "not_found": _Failure(502, "the model's provider does not know the model"),
    "no_record": _Failure(404, "the bank that this server answers from has no such answer"),
    "budget": _Failure(400, "no call fits the spend limit of this request"),
    "calls": _Failure(400, "this request may make no more calls"),
    "bad_request": _Failure(400, "the model's provider refused the request"),
    "turns": _Failure(502, "the policy came to no answer within its turns"),
}
_NO_ANSWER = _Failure(502, "the policy gave no answer")
# What a policy did wrong explains nothing to the client.
_POLICYS = frozenset({"unknown_tool", "bad_arguments", "unknown_call", "after_select"})


def failure_of(episode: Episode, secrets: Iterable[str] = ()) -> ApiError:
    """The error that a failed episode is.

    Args:
        episode: It has no answer.
        secrets: Keys that must not be shown, whatever a provider has echoed.
    """
    kind, call = _reason(episode)
    found = _FAILURES.get(kind, _NO_ANSWER)
    message = found.message
    # Of a refused request the client wants to know why, and it is his own that was refused.
    if call is not None and kind in ("bad_request", "budget", "calls", "no_record"):
        note = str(call.get("note") or "")
        for secret in secrets:
            note = note.replace(secret, "[key]")
        message = f"{message}: {note}" if note else message
    types = {400: INVALID, 404: INVALID}
    return ApiError(
        found.status,
        f"{message} (episode {episode.row['episode_id']})",
        types.get(found.status, "upstream_error"),
        kind,
        retry_after=found.retry_after,
        episode_id=episode.row["episode_id"],
    )


def refused_as(episode: Episode) -> str | None:
    """Kind of the failure of an episode; None where it has an answer."""
    return _reason(episode)[0] if episode.failed else None


def _reason(episode: Episode) -> tuple[str, Row | None]:
    """What made an episode fail, and the call that did, if it was one."""
    kind = str(episode.row["error"] or "").partition(":")[0]
    if kind.startswith("policy_"):
        policys = kind.removeprefix("policy_")
        # That the policy's server refused is no fault of the client.
        return ("unavailable" if policys in ("bad_request", "calls") else policys), None
    telling = [c for c in episode.calls if c["error_type"] and c["error_type"] not in _POLICYS]
    if kind in ("no_answer", "turns") and telling:
        return str(telling[-1]["error_type"]), telling[-1]
    return kind, None
