"""Hosted providers through LiteLLM.

The only module that imports it, and on first use: the import takes seconds.
"""

import asyncio
import logging
import os
import time
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

from pipeline.providers.completion import BROKEN_OFF, Completion, read_completion
from pipeline.providers.faults import Kind, ProviderError, kind_of, redacted, retry_after

# LiteLLM's exceptions by name: importing their classes would import all of it.
_KINDS: dict[str, Kind] = {
    "AuthenticationError": "auth",
    "PermissionDeniedError": "forbidden",
    "NotFoundError": "not_found",
    "BadRequestError": "bad_request",
    "ContextWindowExceededError": "bad_request",
    "ContentPolicyViolationError": "bad_request",
    "UnsupportedParamsError": "bad_request",
    "UnprocessableEntityError": "bad_request",
    "RateLimitError": "rate_limit",
    "Timeout": "timeout",
    "APIConnectionError": "connection",
    "ServiceUnavailableError": "unavailable",
    "InternalServerError": "unavailable",
    "BadGatewayError": "unavailable",
    "JSONSchemaValidationError": "garbage",
    "APIResponseValidationError": "garbage",
}

_CONNECTING = ("ConnectError", "ConnectTimeout", "ClientConnectorError", "ConnectionTimeoutError")
_MOST_CAUSES = 16


@cache
def the_library() -> Any:
    """LiteLLM, quiet, and with the price map of its own package instead of the network's."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    # Of its own types; nothing a user could act on.
    warnings.filterwarnings("ignore", ".*`ReadOnly` qualifier", UserWarning)
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    logging.getLogger("LiteLLM").setLevel(logging.ERROR)
    return litellm


class LiteLLMEndpoint:
    """One model of a hosted provider; see `ChatEndpoint`."""

    def __init__(self, model: str, api_key: str | None = None, api_base: str | None = None) -> None:
        self.model = model
        self._key = api_key
        self._more = {
            name: value
            for name, value in (("api_key", api_key), ("api_base", api_base))
            if value is not None
        }

    async def complete(self, body: Mapping[str, Any], seconds: float) -> Completion:
        """Answer one request, see `ChatEndpoint.complete`; the body's `model` is ignored."""
        library = the_library()  # reading it is not on the request's clock
        start = time.perf_counter()
        options = {name: value for name, value in body.items() if name != "model"}
        try:
            async with asyncio.timeout(seconds):
                # Retries are the caller's: here they would hide faults and double the time limit.
                response = await library.acompletion(
                    model=self.model, num_retries=0, max_retries=0, **options, **self._more
                )
        except TimeoutError as error:
            raise ProviderError("timeout", f"{self.model}: no answer in {seconds:g} s") from error
        except Exception as error:
            raise _fault(error, self._key) from error
        done = read_completion(_as_sent(response.model_dump()), time.perf_counter() - start)
        return done._replace(cost_usd=_cost(response))


def _as_sent(body: dict[str, Any]) -> dict[str, Any]:
    """The answer with the finish reason of a server that broke off; LiteLLM calls that `stop`."""
    for choice in body.get("choices") or ():
        native = (choice.get("provider_specific_fields") or {}).get("native_finish_reason")
        if native in BROKEN_OFF:
            choice["finish_reason"] = native
    return body


def _cost(response: Any) -> float | None:
    hidden = getattr(response, "_hidden_params", None) or {}
    cost = hidden.get("response_cost")
    return float(cost) if isinstance(cost, int | float) else None


def _fault(error: Exception, key: str | None) -> ProviderError:
    status = getattr(error, "status_code", None)
    status = status if isinstance(status, int) else None
    kind = next((_KINDS[c.__name__] for c in type(error).__mro__ if c.__name__ in _KINDS), None)
    if kind is None:
        kind = kind_of(status) if status is not None else "unavailable"
    if _never_left(error):
        kind = "connection"
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    text = redacted(" ".join(f"{type(error).__name__}: {error}".split()), key)
    return ProviderError(kind, text[:300], status, retry_after(headers))


def _never_left(error: BaseException | None) -> bool:
    """Whether no connection could be made; LiteLLM calls that an error of the server."""
    for _ in range(_MOST_CAUSES):
        if error is None:
            return False
        if type(error).__name__ in _CONNECTING:
            return True
        error = error.__cause__ or error.__context__
    return False
