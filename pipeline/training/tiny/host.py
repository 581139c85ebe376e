"""Serves a tiny router as an OpenAI-compatible chat endpoint: a folder comes in, HTTP goes out.

    python -m pipeline.training.tiny.host FOLDER --port 8100

For weights of a size that a CPU answers in milliseconds; real ones are for vLLM or SGLang. No
streaming, one choice, requests one after the other.
"""

import argparse
import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from aiohttp import web

from pipeline.training.hermes import read_turn
from pipeline.training.tiny.codec import Codec, open_codec
from pipeline.training.tiny.generate import generate
from pipeline.training.tiny.known_prices import at_known_prices
from pipeline.training.tiny.network import open_network

MOST_TOKENS = 256
LENGTHS = ("max_completion_tokens", "max_tokens")
JSON = "application/json"


class BadRequestError(Exception):
    """A body that cannot be answered; the message is for the client."""


class Asked(NamedTuple):
    """What a body asks for."""

    prompt: list[int]
    longest: int
    temperature: float
    top_p: float
    seed: int | None


class Host:
    """One network, and the thread in which it works."""

    def __init__(self, folder: Path, name: str | None = None) -> None:
        """Load the weights.

        Args:
            folder: In Hugging Face's format.
            name: As which they are served; None: that of the folder.
        """
        self.name = name or folder.resolve().name
        self._codec: Codec = open_codec(folder)
        self._network = open_network(folder)
        self._context = int(self._network.config.max_position_embeddings)
        self._thread = ThreadPoolExecutor(1)

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._complete)
        return app

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _models(self, _: web.Request) -> web.Response:
        model = {"id": self.name, "object": "model", "owned_by": "xrouter"}
        return web.json_response({"object": "list", "data": [model]})

    async def _complete(self, request: web.Request) -> web.Response:
        try:
            asked = self._asked(await _body(request))
        except BadRequestError as fault:
            error = {"message": str(fault), "type": "invalid_request_error"}
            return web.json_response({"error": error}, status=400)
        loop = asyncio.get_running_loop()
        written = await loop.run_in_executor(self._thread, self._write, asked)
        return web.json_response(self._answer(asked, written))

    def _asked(self, body: dict[str, Any]) -> Asked:
        if body.get("stream"):
            raise BadRequestError("stream: this host does not stream; leave it out")
        if body.get("n", 1) != 1:
            raise BadRequestError("n: this host gives one choice")
        prompt = self._prompt(body)
        room = self._context - len(prompt)
        if room < 1:
            raise BadRequestError(f"{len(prompt)} tokens; the context holds {self._context}")
        wanted = next((body[name] for name in LENGTHS if body.get(name) is not None), MOST_TOKENS)
        try:
            return Asked(
                prompt,
                min(room, max(1, int(wanted))),
                float(_or(body.get("temperature"), 1.0)),
                float(_or(body.get("top_p"), 1.0)),
                None if body.get("seed") is None else int(body["seed"]),
            )
        except (TypeError, ValueError) as error:
            raise BadRequestError(f"a parameter that is no number: {error}") from error

    def _prompt(self, body: dict[str, Any]) -> list[int]:
        tools = None if body.get("tool_choice") == "none" else body.get("tools")
        try:
            messages = [_plain(message) for message in body["messages"]]
            text = self._codec.tokenizer.apply_chat_template(
                messages, tools=tools, tokenize=False, add_generation_prompt=True
            )
        except Exception as error:  # a template fails in as many ways as it is fed
            raise BadRequestError(f"messages or tools: {type(error).__name__}: {error}") from error
        return self._codec.ids(text)

    def _write(self, asked: Asked) -> list[int]:
        return generate(
            self._network, asked.prompt, asked.longest, self._codec.end, asked.temperature,
            asked.top_p, asked.seed,
        )  # fmt: skip

    def _answer(self, asked: Asked, written: list[int]) -> dict[str, Any]:
        ended = written[-1:] == [self._codec.end]
        text, calls = read_turn(self._codec.tokenizer.decode(written[: -1 if ended else None]))
        message: dict[str, Any] = {"role": "assistant", "content": text or None}
        if calls:
            message["tool_calls"] = [
                {
                    "id": f"call_{uuid4().hex[:24]}",
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call in calls
            ]
        finish = "length" if not ended else "tool_calls" if calls else "stop"
        return {
            "id": f"chatcmpl-{uuid4().hex}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": self.name,
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {
                "prompt_tokens": len(asked.prompt),
                "completion_tokens": len(written),
                "total_tokens": len(asked.prompt) + len(written),
            },
        }


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text())
    except ValueError as error:
        raise BadRequestError(f"the body is no JSON: {error}") from error
    if not isinstance(body, dict) or not body.get("messages"):
        raise BadRequestError("the body needs messages")
    return body


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    """A message whose content is a text: parts are joined, none is empty, prices can be read."""
    content = message.get("content") or ""
    if not isinstance(content, str):
        content = "".join(str(part.get("text") or "") for part in content)
    if message.get("role") == "system":
        content = at_known_prices(content)
    return message | {"content": content}


def _or(value: Any, default: float) -> Any:
    return default if value is None else value


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="weights and tokenizer")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--name", help="as which they are served; default: the folder's name")
    given = parser.parse_args()
    import torch

    torch.set_num_threads(1)  # products of this size are not worth dividing
    web.run_app(Host(given.folder, given.name).app(), host=given.host, port=given.port)


if __name__ == "__main__":
    main()
