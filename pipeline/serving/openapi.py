"""The OpenAPI document, written from the same tables that requests are checked with."""

import math
from functools import cache
from typing import Any

from pipeline.providers.completion import MAX_TOKENS
from pipeline.serving.fields import LONGEST_NAME, NOTHING
from pipeline.serving.protocol import ROLES

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
BOOL: Schema = {"type": ["boolean", "null"]}
BEARER: list[Schema] = [{"bearer": []}, {}]


def _number(low: float, high: float = math.inf) -> Schema:
    bounds = {"minimum": low} | ({"maximum": high} if high < math.inf else {})
    return {"type": ["number", "null"]} | bounds


def _whole(low: int, high: int) -> Schema:
    return {"type": ["integer", "null"], "minimum": low, "maximum": high}


def _object(properties: Schema, *required: str, more: bool = False) -> Schema:
    found = {"type": "object", "properties": properties, "additionalProperties": more}
    return found | ({"required": list(required)} if required else {})


def _request() -> Schema:
    parts = {"type": "array", "minItems": 1, "items": _object(
        {"type": {"const": "text"}, "text": TEXT}, "type", "text"
    )}  # fmt: skip
    message = _object(
        {"role": {"enum": list(ROLES)}, "content": {"anyOf": [TEXT, parts]}}, "role", "content"
    )
    one_stop = {"type": "string", "minLength": 1}
    some_stops = {"type": "array", "minItems": 1, "maxItems": 4, "items": one_stop}
    wishes = _object(
        {
            "max_cost_usd": _number(0),
            "max_calls": _whole(0, 1000),
            "max_turns": _whole(1, 1000),
            "max_seconds": _number(0.1, 86_400),
            "models": {"type": ["array", "null"], "minItems": 1, "items": TEXT},
            "include_replies": BOOL,
        }
    )
    return _object(
        {
            "model": {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME},
            "messages": {"type": "array", "minItems": 1, "items": message},
            "temperature": _number(0, 2),
            "top_p": _number(0, 1),
            "presence_penalty": _number(-2, 2),
            "frequency_penalty": _number(-2, 2),
            "seed": _whole(-(2**63), 2**63 - 1),
            "stop": {"anyOf": [one_stop, some_stops, {"type": "null"}]},
            "max_tokens": _whole(1, MAX_TOKENS),
            "max_completion_tokens": _whole(1, MAX_TOKENS),
            "user": {"type": ["string", "null"], "minLength": 1, "maxLength": LONGEST_NAME},
            "stream": BOOL,
            "stream_options": {
                "anyOf": [_object({"include_usage": BOOL}), {"type": "null"}],
                "description": "only with stream = true",
            },
            "xrouter": {"anyOf": [wishes, {"type": "null"}]},
        }
        | {name: {"enum": [value, None]} for name, value in NOTHING.items()},
        "model",
        "messages",
    )


def _completion() -> Schema:
    message = _object({"role": TEXT, "content": TEXT}, "role", "content", more=True)
    choice = _object({"index": {"type": "integer"}, "message": message}, "message", more=True)
    return _object(
        {
            "id": TEXT,
            "object": {"const": "chat.completion"},
            "created": {"type": "integer"},
            "model": TEXT,
            "choices": {"type": "array", "items": choice},
            "usage": {"type": "object"},
            "xrouter": {"type": "object"},
        },
        "id", "object", "choices", "usage", "xrouter",
        more=True,
    )  # fmt: skip


def _error() -> Schema:
    maybe = {"type": ["string", "null"]}
    error = _object(
        {"message": TEXT, "type": TEXT, "param": maybe, "code": maybe}, "message", "type"
    )
    return _object({"error": error, "xrouter": {"type": "object"}}, "error")


def _answer(description: str, schema: Schema | None = None, kind: str = "application/json") -> Any:
    return {"description": description, "content": {kind: {"schema": schema or {}}}}


def _page(summary: str, answers: dict[str, Any], **more: Any) -> Schema:
    return {"get": {"summary": summary, "responses": answers} | more}


@cache
def document() -> Schema:
    """The document; it is the same for every server."""
    error = {"$ref": "#/components/schemas/Error"}
    fails = {"default": _answer("an error in OpenAI's shape", error)}
    keyed: Any = {"security": BEARER}
    chat = {
        "summary": "Answer a conversation; the answer may be streamed",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}},
        },
        "responses": {
            "200": {
                "description": "the answer",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Completion"}},
                    "text/event-stream": {"schema": TEXT},
                },
            }
        }
        | fails,
        "security": BEARER,
    }
    model_id = {"name": "model_id", "in": "path", "required": True, "schema": TEXT}
    listed, plain = {"type": "object"}, "text/plain"
    return {
        "openapi": "3.1.0",
        "info": {"title": "xRouter", "version": "1", "description": "OpenAI-compatible router"},
        "paths": {
            "/v1/chat/completions": {"post": chat},
            "/v1/models": _page("List models", {"200": _answer("all", listed)} | fails, **keyed),
            "/v1/models/{model_id}": _page(
                "One model", {"200": _answer("it", listed)} | fails, parameters=[model_id], **keyed
            ),
            "/health": _page("Whether the process runs", {"200": _answer("yes")}),
            "/ready": _page(
                "Whether it takes requests", {"200": _answer("yes"), "503": _answer("not now")}
            ),
            "/metrics": _page(
                "Counts for Prometheus", {"200": _answer("all", TEXT, plain)} | fails, **keyed
            ),
        },
        "components": {
            "schemas": {"Request": _request(), "Completion": _completion(), "Error": _error()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }
