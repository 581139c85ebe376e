"""Requests of the chat API: bytes come in, a checked request goes out, or a refusal that says why.

By hand and not by a model of pydantic: a request costs a few microseconds, an unknown field is
refused by name, and no message repeats what the user wrote.
"""

from typing import Any, NamedTuple

import orjson

from pipeline.router.turns import Message
from pipeline.serving.errors import refused
from pipeline.serving.fields import LENGTH, NOTHING, SAMPLING, WISHES, flag, hashed, shown, text

ROLES = ("system", "developer", "user", "assistant")
STREAM_FIELDS = ("include_usage", "include_obfuscation")
KNOWN = frozenset(
    {"model", "messages", "stream", "stream_options", "user", "xrouter"}
    | SAMPLING.keys()
    | LENGTH.keys()
    | NOTHING.keys()
)


class Wishes(NamedTuple):
    """How one request is to be routed; None: as the server does.

    Attributes:
        max_cost_usd: On all calls together.
        max_calls: Of models.
        max_turns: Of the policy.
        max_seconds: Wall clock.
        models: That may be called.
        include_replies: Give the reply of every call, too.
    """

    max_cost_usd: float | None = None
    max_calls: int | None = None
    max_turns: int | None = None
    max_seconds: float | None = None
    models: tuple[str, ...] | None = None
    include_replies: bool = False


class Ask(NamedTuple):
    """A checked request.

    Attributes:
        model: `xrouter`, or a model of the menu.
        messages: As given, without fields that say nothing.
        options: Parameters that the calls get.
        stream: Whether the answer is streamed.
        include_usage: Whether the stream ends with the usage.
        wishes: How it is to be routed.
    """

    model: str
    messages: list[Message]
    options: dict[str, Any]
    stream: bool
    include_usage: bool
    wishes: Wishes


def read_ask(raw: bytes) -> Ask:
    """Check a request.

    Raises:
        ApiError: It cannot be honoured.
    """
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise refused(f"the request is not JSON: {error.msg}", code="invalid_json") from None
    if not isinstance(body, dict):
        raise refused("the request is no JSON object")
    # A null asks for nothing, and clients send them.
    body = {name: value for name, value in body.items() if value is not None}
    _refuse_unknown(body)
    stream = "stream" in body and flag("stream", body["stream"])
    return Ask(
        text("model", _needed(body, "model")),
        _messages(_needed(body, "messages")),
        _options(body),
        stream,
        _include_usage(body, stream),
        _wishes(body.get("xrouter", {})),
    )


def _needed(body: dict[str, Any], name: str) -> Any:
    if name not in body:
        raise refused(f"{name} is missing", name)
    return body[name]


def _refuse_unknown(body: dict[str, Any]) -> None:
    if not body.keys() <= KNOWN:
        name = min(body.keys() - KNOWN)
        raise refused(
            f"{shown(name)} is not supported by this server, and is not ignored; take it out",
            name[:64],
            "unsupported_parameter",
        )
    for name in body.keys() & NOTHING.keys():
        nothing = NOTHING[name]
        if body[name] != nothing or type(body[name]) is not type(nothing):
            raise refused(
                f"{name}: got {shown(body[name])}; only {nothing!r} is supported",
                name,
                "unsupported_value",
            )


def _options(body: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for checks in (SAMPLING, LENGTH):
        for name, check in checks.items():
            if name in body:
                found[name] = check(name, body[name])
    if LENGTH.keys() <= body.keys():
        raise refused("give max_tokens or max_completion_tokens, not both", "max_tokens")
    if "user" in body:
        found["user"] = hashed("user", body["user"])
    return found


def _include_usage(body: dict[str, Any], stream: bool) -> bool:
    options = body.get("stream_options")
    if options is None:
        return False
    if not stream:
        raise refused("stream_options: only with stream = true", "stream_options")
    if not isinstance(options, dict) or not options.keys() <= set(STREAM_FIELDS):
        raise refused(f"stream_options: got {shown(options)}; give include_usage", "stream_options")
    values = {k: flag(f"stream_options.{k}", v) for k, v in options.items() if v is not None}
    if values.get("include_obfuscation"):
        raise refused("stream_options.include_obfuscation: only false", "stream_options")
    return bool(values.get("include_usage", False))


def _wishes(given: Any) -> Wishes:
    if not isinstance(given, dict):
        raise refused(f"xrouter: got {shown(given)}; give an object", "xrouter")
    found = {}
    for name, value in given.items():
        if name not in WISHES:
            known = ", ".join(WISHES)
            raise refused(f"xrouter: no such field {shown(name)}; there are {known}", "xrouter")
        if value is not None:
            found[name] = WISHES[name](f"xrouter.{name}", value)
    return Wishes(**found)


def _messages(given: Any) -> list[Message]:
    if not isinstance(given, list) or not given:
        raise refused("messages: give a list of at least one message", "messages")
    return [_message(f"messages[{number}]", message) for number, message in enumerate(given)]


def _message(where: str, given: Any) -> Message:
    if not isinstance(given, dict):
        raise refused(f"{where}: give an object", "messages")
    role = given.get("role")
    if role not in ROLES:
        raise refused(
            f"{where}.role: got {shown(role)}; there are {', '.join(ROLES)}: tools of the user are "
            "not supported",
            "messages",
        )
    found: Message = {"role": role, "content": _content(where, given.get("content"))}
    for name, value in given.items():
        # An answer that is sent back has empty lists and nulls for all that it does not have.
        if name in found or value is None or value == []:
            continue
        if name != "name":
            raise refused(f"{where}: {shown(name)} is not supported", "messages")
        found["name"] = text(f"{where}.name", value)
    return found


def _content(where: str, content: Any) -> Any:
    if isinstance(content, str):
        return content
    sound = isinstance(content, list) and content and all(map(_is_text, content))
    if not sound:
        raise refused(
            f"{where}.content: give a text, or parts of type text; images, sound and files are not "
            "supported",
            "messages",
        )
    return content


def _is_text(part: Any) -> bool:
    return (
        isinstance(part, dict)
        and part.keys() == {"type", "text"}
        and part["type"] == "text"
        and isinstance(part["text"], str)
    )
