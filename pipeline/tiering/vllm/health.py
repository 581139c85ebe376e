"""What a server on this machine says of itself, over plain HTTP and past every proxy."""

import http.client
import json
from typing import Any, NamedTuple

from pipeline.errors import MachineError
from pipeline.tiering.vllm.command import HOST

ANSWER_SECONDS = 10.0


class About(NamedTuple):
    """Version of the engine, and the names it serves."""

    version: str
    models: tuple[str, ...]


def base_url(port: int) -> str:
    """Where a replica answers, as OpenAI clients want it."""
    return f"http://{HOST}:{port}/v1"


def is_healthy(port: int) -> bool:
    """Whether the server answers and its engine lives."""
    try:
        return _get(port, "/health")[0] == http.client.OK
    except (OSError, http.client.HTTPException):
        return False


def about(port: int) -> About:
    """Ask a healthy server what it is.

    Raises:
        MachineError: It does not answer as a vLLM server does.
    """
    try:
        version = _json(port, "/version")["version"]
        models = tuple(model["id"] for model in _json(port, "/v1/models")["data"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise MachineError(
            f"port {port} answers, but not as a vLLM server ({error!r}); see what listens there, "
            "or choose another port"
        ) from error
    return About(version, models)


def _json(port: int, path: str) -> Any:
    status, body = _get(port, path)
    if status != http.client.OK:
        raise ValueError(f"{path} answers with status {status}")
    return json.loads(body)


def _get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
