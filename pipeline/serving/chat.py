"""`POST /v1/chat/completions` as a plain ASGI application: no layer between socket and engine."""

import asyncio
import logging
import time
import traceback
from collections.abc import Mapping
from typing import Any

from pipeline.router.record import Episode
from pipeline.serving.answers import Said, chunks, completion
from pipeline.serving.errors import ApiError, failure_of
from pipeline.serving.exchange import (
    Events,
    GoneError,
    Receive,
    Scope,
    Send,
    attended,
    header,
    read_body,
    refuse_foreign,
    refuse_no_json,
    send_json,
)
from pipeline.serving.protocol import read_ask
from pipeline.serving.service import Plan, Service

LEFT = 499  # as nginx counts clients that do not wait
_LOG = logging.getLogger("xrouter.serving")


class ChatDoor:
    """The endpoint."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await _Exchange(self._service, scope, receive, send).run()


class _Exchange:
    """One request and its answer."""

    def __init__(self, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
        self._service, self._receive, self._send = service, receive, send
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self._events = Events(send)
        self._began = time.perf_counter()
        self._status, self._key = 200, "-"
        self._episode: Episode | None = None
        self._why = "-"

    async def run(self) -> None:
        """Answer, whatever happens; say in the log what has happened, and never what was asked."""
        try:
            await self._answer()
        except ApiError as error:
            await self._refuse(error)
        except GoneError:
            self._status, self._why = LEFT, "client_gone"
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._service.draining or task is None or task.uncancel():
                raise
            message = "the server is stopping; the request was broken off"
            await self._refuse(ApiError(503, message, "server_error", "unavailable"))
        except Exception as error:  # noqa: BLE001 - the edge: a bug is an answer and a log line
            # Without its message, which may hold what the user wrote.
            where = "".join(traceback.format_tb(error.__traceback__))
            _LOG.error("bug: %s\n%s", type(error).__name__, where)
            message = "the server has failed; its log says more"
            await self._refuse(ApiError(500, message, "server_error", "internal_error"))
        finally:
            self._note()

    async def _answer(self) -> None:
        service, serve = self._service, self._service.settings.serve
        if service.keys is None:
            refuse_foreign(self._headers)
        key = service.key_of(header(self._headers, b"authorization"))
        self._key = key.id if key else "-"
        refuse_no_json(self._headers)
        service.admit(key)
        raw = await read_body(self._headers, self._receive, serve.body_bytes, serve.body_seconds)
        plan = service.plan(read_ask(raw), key)
        if plan.ask.stream:
            await self._stream(plan)
            return
        async with attended(self._receive):
            episode = await service.run(plan)
        said = self._said(plan)
        await send_json(self._send, 200, completion(self._sound(episode), said), _id(episode))

    async def _stream(self, plan: Plan) -> None:
        """Decide, then stream; who waits long is told that somebody is at work."""
        deciding = asyncio.create_task(self._service.run(plan))
        seconds = self._service.settings.serve.keep_alive_seconds
        try:
            async with attended(self._receive):
                while not (await asyncio.wait({deciding}, timeout=seconds))[0]:
                    await self._events.comment()
        finally:
            if not deciding.done():
                deciding.cancel()
                await asyncio.wait({deciding})
        episode = self._sound(deciding.result())
        await self._events.finish(*chunks(episode, self._said(plan)), headers=_id(episode))

    def _said(self, plan: Plan) -> Said:
        ask = plan.ask
        return Said(ask.model, ask.wishes.include_replies, ask.include_usage)

    def _sound(self, episode: Episode) -> Episode:
        self._episode = episode
        if episode.failed:
            raise failure_of(episode, self._service.secrets)
        return episode

    async def _refuse(self, error: ApiError) -> None:
        self._status, self._why = error.status, error.code or error.kind
        if self._events.begun:  # the status is out; clients read the error from the stream
            await self._events.finish(error.body())
            return
        headers = error.headers()
        if error.episode_id:
            headers["x-request-id"] = error.episode_id
        await send_json(self._send, error.status, error.body(), headers)

    def _note(self) -> None:
        seconds = time.perf_counter() - self._began
        self._service.books.metrics.request(self._status, seconds)
        failed = self._status >= 400
        if not failed and self._service.settings.serve.log == "problems":
            return
        row: Mapping[str, Any] = self._episode.row if self._episode else {}
        _LOG.log(
            logging.WARNING if failed else logging.INFO,
            "chat status=%d why=%s key=%s episode=%s mode=%s cost_usd=%.9f seconds=%.4f",
            self._status, self._why, self._key, row.get("episode_id", "-"), row.get("mode", "-"),
            row.get("total_cost_usd", 0.0), seconds,
        )  # fmt: skip


def _id(episode: Episode) -> dict[str, str]:
    return {"x-request-id": episode.row["episode_id"]}
