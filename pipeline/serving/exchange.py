"""Plain ASGI: read a request within bounds, send an answer, notice a client that is gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import orjson

from pipeline.serving.errors import ApiError

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
JSON = b"application/json"
EVENTS = b"text/event-stream; charset=utf-8"
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", ""})


class GoneError(Exception):
    """The client does not wait for an answer any more."""


def header(headers: Mapping[bytes, bytes], name: bytes) -> str:
    """One header; empty where it is missing."""
    return headers.get(name, b"").decode("latin-1")


def refuse_foreign(headers: Mapping[bytes, bytes]) -> None:
    """Keep web pages away from a server that asks for no key.

    A page may make a browser send here: as plain text, or to a name that was turned this way.

    Raises:
        ApiError: The request names another host.
    """
    host = header(headers, b"host")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name.lower() not in LOCAL_NAMES:
        message = "a server without keys answers to localhost and 127.0.0.1 only"
        raise ApiError(403, message, "permission_error", "host_not_allowed")


def refuse_no_json(headers: Mapping[bytes, bytes]) -> None:
    """Take JSON that says it is.

    Raises:
        ApiError: It is something else.
    """
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != JSON:
        raise ApiError(415, "send the request with Content-Type: application/json")


async def read_body(
    headers: Mapping[bytes, bytes], receive: Receive, most: int, seconds: float
) -> bytes:
    """A request's body.

    Raises:
        ApiError: It is too long, or does not come in.
        GoneError: The client has broken off.
    """
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > most:
        raise _too_long(most)
    parts, length = [], 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise GoneError
                part = message.get("body", b"")
                length += len(part)
                if length > most:
                    raise _too_long(most)
                parts.append(part)
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        raise ApiError(408, f"the request has not come in within {seconds:g} s") from None


def _too_long(most: int) -> ApiError:
    return ApiError(413, f"the request is longer than {most} bytes", code="request_too_large")


@contextlib.asynccontextmanager
async def attended(receive: Receive) -> AsyncIterator[None]:
    """Cancels what is inside when the client goes away.

    Raises:
        GoneError: It has gone.
    """
    task = asyncio.current_task()
    assert task is not None
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        task.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        # A stopping server cancels, too; then there may still be somebody to tell.
        if gone and task.uncancel() == 0:
            raise GoneError from None
        raise
    finally:
        watcher.cancel()


async def send_json(
    send: Send, status: int, body: Any, headers: Mapping[str, str] | None = None
) -> None:
    """Send an answer whole."""
    raw = orjson.dumps(body)
    fields = [(b"content-type", JSON), (b"content-length", str(len(raw)).encode())]
    fields += [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": raw})


class Events:
    """A stream of server-sent events that begins with the first one.

    Attributes:
        begun: Whether the status is out.
    """

    def __init__(self, send: Send) -> None:
        self._send, self.begun = send, False

    async def comment(self) -> None:
        """Say that there is nothing yet."""
        await self._write(b": waiting\n\n", more=True)

    async def finish(self, *bodies: Any, headers: Mapping[str, str] | None = None) -> None:
        """Send the last events."""
        raw = b"".join(b"data: " + orjson.dumps(body) + b"\n\n" for body in bodies)
        await self._write(raw + b"data: [DONE]\n\n", more=False, headers=headers)

    async def _write(
        self, raw: bytes, more: bool, headers: Mapping[str, str] | None = None
    ) -> None:
        if not self.begun:
            self.begun = True
            fields = [(b"content-type", EVENTS), (b"cache-control", b"no-cache")]
            fields.append((b"x-accel-buffering", b"no"))  # or nginx keeps comments back
            fields += [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
            await self._send({"type": "http.response.start", "status": 200, "headers": fields})
        await self._send({"type": "http.response.body", "body": raw, "more_body": more})
