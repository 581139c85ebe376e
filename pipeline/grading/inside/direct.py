"""A program that is asked for calls with plain arguments, all known before, and answers with data.

Nothing runs beside it: what the answers should be is known outside only.
"""

import json
import os
from typing import Any

from .limits import Limits
from .process import confine
from .program import CALLED, describe, execute
from .wire import encode, receive_job, send, write_frame

# Larger values are left to tests that run here, with limits of their own.
MAX_ANSWER = 64 << 10
STARTED, FAILED, VALUE, ERROR, LARGE = "started", "failed", "value", "error", "large"


def serve(jobs: int, answers: int) -> None:
    """Read a job, give up all rights, run the program and answer one call after the other."""
    null = os.open("/dev/null", os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    program, limits, calls = receive_job(jobs)
    confine((answers,), Limits(*limits))
    send(answers, [STARTED])
    try:
        names = execute(program, CALLED).__dict__
    except BaseException as error:  # noqa: BLE001 - whatever model code raises is its answer
        send(answers, [FAILED, describe(error)])
        return
    owners: dict[tuple[str, int], Any] = {}
    for call in calls:
        write_frame(answers, _answer(names, owners, call))


def _answer(
    names: dict[str, Any], owners: dict[tuple[str, int], Any], call: tuple[Any, ...]
) -> bytes:
    name, method, shared, args, kwargs = call
    try:
        if name not in names:
            raise NameError(f"name {name!r} is not defined")
        function = names[name]
        if method:
            owner = owners[name, shared] if (name, shared) in owners else function()
            if shared:
                owners[name, shared] = owner
            function = getattr(owner, method)
        data = json.dumps([VALUE, encode(function(*args, **kwargs), _no_data)]).encode()
        return data if len(data) <= MAX_ANSWER else json.dumps([LARGE]).encode()
    except BaseException as error:  # noqa: BLE001 - whatever model code raises is its answer
        return json.dumps([ERROR, describe(error)]).encode()


def _no_data(value: Any) -> list[Any]:
    return ["h", 0, type(value).__name__]
