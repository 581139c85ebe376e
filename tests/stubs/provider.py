"""An OpenAI-compatible provider on the loopback device, scripted by the test.

In a test: `with Provider(answer) as provider: ... provider.url`. As a process of its own, for
benchmarks: `python tests/stubs/provider.py --port 0 --delay 0.05` prints its URL.
"""

import argparse
import asyncio
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from aiohttp import web

MODEL = "stub"


class Reply(NamedTuple):
    """What the provider does with one request.

    Attributes:
        text: Content of the answer.
        status: HTTP status; with anything but 200 the text is the body of the error.
        delay: Seconds before it answers.
        headers: More of them.
        raw: Sent as it is instead of a completion.
        hang: Never answer.
        cut: Close the connection in the middle of the body.
        finish: Finish reason.
        reasoning: A reasoning block kept apart.
        tool_calls: Of the message.
        usage: Replaces the counted one.
    """

    text: str = "ok"
    status: int = 200
    delay: float = 0.0
    headers: Mapping[str, str] = MappingProxyType({})
    raw: str | None = None
    hang: bool = False
    cut: bool = False
    finish: str = "stop"
    reasoning: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    usage: dict[str, Any] | None = None


Answer = Callable[[dict[str, Any]], Reply]


class Provider:
    """A server in a thread of its own; counts what it was asked."""

    def __init__(self, answer: Answer, models: tuple[str, ...] = (MODEL,), port: int = 0) -> None:
        self.answer, self.models, self.port = answer, models, port
        self.requests: list[dict[str, Any]] = []
        self.keys: Counter[str] = Counter()
        # By model: requests, and tokens of the answers that were sent whole.
        self.asked: Counter[str] = Counter()
        self.tokens: dict[str, Counter[str]] = {}
        self.most_in_flight = self._in_flight = 0
        self.dropped = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Base URL of the API."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> "Provider":
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close every connection and stop."""
        if self._thread.is_alive() and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        runner = web.AppRunner(
            self.app(), access_log=None, shutdown_timeout=0.1, handler_cancellation=True
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, backlog=1024)
        await site.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    def app(self) -> web.Application:
        """The application."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/version", self._version)
        app.router.add_post("/v1/chat/completions", self._chat)
        return app

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": m} for m in self.models]})

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({"version": "0.0-stub"})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.keys[request.headers.get("Authorization", "")] += 1
        self.asked[body.get("model", MODEL)] += 1
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            return await self._reply(request, body, self.answer(body))
        except (asyncio.CancelledError, ConnectionResetError):
            self.dropped += 1
            raise
        finally:
            self._in_flight -= 1

    def _count(self, body: dict[str, Any], usage: dict[str, Any]) -> None:
        counted = self.tokens.setdefault(body.get("model", MODEL), Counter())
        read, written = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
        counted["input"] += usage.get("prompt_tokens") or 0
        counted["output"] += usage.get("completion_tokens") or 0
        counted["cached"] += (read or {}).get("cached_tokens", 0)
        counted["reasoning"] += (written or {}).get("reasoning_tokens", 0)

    async def _reply(
        self, request: web.Request, body: dict[str, Any], reply: Reply
    ) -> web.StreamResponse:
        if reply.hang:
            await asyncio.sleep(3600)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if reply.status != 200:
            error = {"error": {"message": reply.text, "type": "stub", "code": reply.status}}
            return web.json_response(error, status=reply.status, headers=reply.headers)
        if reply.raw is not None:
            return web.Response(text=reply.raw, content_type="application/json")
        whole = completion(body, reply)
        text = json.dumps(whole)
        if reply.cut:
            response = web.StreamResponse(headers={"Content-Length": str(len(text))})
            await response.prepare(request)
            await response.write(text[: len(text) // 2].encode())
            assert request.transport is not None
            request.transport.abort()
            return response
        self._count(body, whole["usage"])
        return web.Response(text=text, content_type="application/json", headers=reply.headers)


def completion(body: dict[str, Any], reply: Reply) -> dict[str, Any]:
    """The body of an answer."""
    prompt = sum(len(str(m.get("content") or "").split()) for m in body["messages"])
    written = len(reply.text.split())
    usage = {"prompt_tokens": prompt, "completion_tokens": written}
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.reasoning is not None:
        message["reasoning_content"] = reply.reasoning
    if reply.tool_calls is not None:
        message["tool_calls"] = reply.tool_calls
    counted = {**usage, "total_tokens": prompt + written}
    return {
        "id": "chatcmpl-stub",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", MODEL),
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
        "usage": counted if reply.usage is None else reply.usage,
    }


def tokens(read: int, written: int, cached: int = 0, reasoning: int = 0) -> dict[str, Any]:
    """A `usage` with all details."""
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def tool_call(name: str, arguments: Any, call_id: str = "") -> dict[str, Any]:
    """A tool call of a message; arguments that are no text are written as JSON."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    function = {"name": name, "arguments": text}
    return {"id": call_id or f"call_{name}", "type": "function", "function": function}


class Script:
    """Answers of each model in turn, the last one again and again; to be told to a provider."""

    def __init__(self, replies: Mapping[str, list[Reply] | Reply]) -> None:
        self.replies = {
            model: [given] if isinstance(given, Reply) else list(given)
            for model, given in replies.items()
        }

    def __call__(self, body: dict[str, Any]) -> Reply:
        left = self.replies[body["model"]]
        return left.pop(0) if len(left) > 1 else left[0]


def share_of(body: dict[str, Any]) -> float:
    """A number in [0, 1) that the last message decides, to play problems of many difficulties."""
    text = str(body["messages"][-1]["content"])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.05)
    parser.add_argument("--text", default="The answer is \\boxed{7}.")
    args = parser.parse_args()
    provider = Provider(lambda body: Reply(args.text, delay=args.delay), port=args.port)
    with provider:
        provider.requests = _Nothing()  # type: ignore[assignment]
        print(provider.url, flush=True)
        threading.Event().wait()


class _Nothing(list):  # type: ignore[type-arg]
    """Keeps no request, so that a million of them take no memory."""

    def append(self, _: Any) -> None:
        """Forget it."""


if __name__ == "__main__":
    main()
