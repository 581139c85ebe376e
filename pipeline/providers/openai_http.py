"""OpenAI-compatible servers (vLLM, SGLang, hosted ones) over aiohttp.

A completion here costs a fifth of a millisecond of processor time, a twentieth of what a provider
library needs. Knows nothing of retries.
"""

import json
import socket
import time
from collections.abc import Mapping
from typing import Any

import aiohttp

from pipeline.providers.completion import Completion, read_completion
from pipeline.providers.faults import Kind, ProviderError, fault_of, redacted

CONNECT_SECONDS = 10.0
PROBE_SECONDS = 5.0
# A server that has to load a kernel takes longer for its first token than for later ones.
ALIVE_SECONDS = 30.0
# Less than the 5 seconds after which uvicorn closes an idle connection: it must not be used then.
KEEP_SECONDS = 3.0
# A machine that lost its power never closes a connection, and an answer may take an hour: the
# kernel asks after 60 s, and gives up after four questions without a reply.
_KEEP_ALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))


def open_session() -> aiohttp.ClientSession:
    """A session without a limit of its own on connections; close it."""
    connector = aiohttp.TCPConnector(
        limit=0, ttl_dns_cache=300, keepalive_timeout=KEEP_SECONDS, socket_factory=_socket
    )
    return aiohttp.ClientSession(connector=connector, trust_env=False)


def _socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, *_ = address
    made = socket.socket(family=family, type=kind, proto=protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        if hasattr(socket, name):  # not every system has them
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made


class OpenAIEndpoint:
    """One server; see `ChatEndpoint`."""

    def __init__(
        self, base_url: str, session: aiohttp.ClientSession, api_key: str | None = None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = session
        self._key = api_key
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}

    async def complete(self, body: Mapping[str, Any], seconds: float) -> Completion:
        """Answer one request, see `ChatEndpoint.complete`."""
        start = time.perf_counter()
        text = await self._call("POST", "/chat/completions", seconds, dict(body))
        return read_completion(text, time.perf_counter() - start)

    async def models(self) -> list[str]:
        """Names the server serves.

        Raises:
            ProviderError: It cannot be asked.
        """
        text = await self._call("GET", "/models", PROBE_SECONDS)
        try:
            return [str(model["id"]) for model in json.loads(text)["data"]]
        except (ValueError, TypeError, LookupError) as error:
            raise ProviderError("garbage", f"not a list of models: {text[:200]}") from error

    async def version(self) -> str | None:
        """Version of the server, where it tells one as vLLM does."""
        root = self.base_url.removesuffix("/v1")
        try:
            text = await self._call("GET", f"{root}/version", PROBE_SECONDS)
            return str(json.loads(text)["version"])
        except (ProviderError, ValueError, TypeError, LookupError):
            return None

    async def alive(self, model: str) -> bool:
        """Whether the model writes: a server can list its models long after its engine has died."""
        ping = {"role": "user", "content": "ping"}
        body = {"model": model, "messages": [ping], "max_tokens": 1}
        try:
            await self.complete(body, ALIVE_SECONDS)
        except ProviderError as fault:
            return fault.kind in ("bad_request", "rate_limit")
        return True

    async def _call(
        self, method: str, path: str, seconds: float, body: dict[str, Any] | None = None
    ) -> str:
        url = path if path.startswith("http") else self.base_url + path
        limit = aiohttp.ClientTimeout(total=seconds, sock_connect=min(CONNECT_SECONDS, seconds))
        try:
            async with self._session.request(
                method, url, json=body, headers=self._headers, timeout=limit
            ) as answer:
                raw = await answer.read()
                text = raw.decode(errors="replace")
                if answer.status >= 300:
                    raise fault_of(answer.status, text, answer.headers, self._key)
                return text
        except aiohttp.ConnectionTimeoutError as error:
            raise ProviderError("connection", f"{url}: no connection") from error
        except TimeoutError as error:
            raise ProviderError("timeout", f"{url}: no answer within {seconds:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            reason = redacted(f"{type(error).__name__}: {error}", self._key)
            # A request that never left is another matter than one that may have felled the server.
            kind: Kind = (
                "connection" if isinstance(error, aiohttp.ClientConnectorError) else "unavailable"
            )
            raise ProviderError(kind, f"{url}: {reason}"[:300]) from error
