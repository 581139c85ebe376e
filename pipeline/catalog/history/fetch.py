"""Where price lists come from: the installed package, a file or an address; bytes out.

What is read over the network is bounded in size and time. An address that says that nothing changed
since (304) is believed.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import InputError, MachineError
from pipeline.io import write_text
from pipeline.providers.price_map import bundled_map

BUNDLED = "bundled"
MARKS = ".addresses.json"
MEGABYTE = 1 << 20


class Bounds(NamedTuple):
    """What one address may take."""

    seconds: float = 30.0
    megabytes: float = 64.0


class Fetched(NamedTuple):
    """A document.

    Attributes:
        content: None where it is unchanged since it was read last.
        origin: What it is, for the record.
        marks: What to send along next time, so that only changes are sent back.
    """

    content: bytes | None
    origin: str
    marks: dict[str, str]


def fetch(where: str, bounds: Bounds, marks: Mapping[str, str] | None = None) -> Fetched:
    """Read `bundled` (LiteLLM's map as packaged), a file, or an http(s) address.

    Raises:
        InputError: There is no such file or address, or it is too large.
        MachineError: The address does not answer, or not in time.
    """
    if where == BUNDLED:
        known, release = bundled_map()
        return Fetched(json.dumps(known).encode(), f"LiteLLM {release}, bundled price map", {})
    if where.startswith(("http://", "https://")):
        return _fetch_address(where, bounds, marks or {})
    try:
        content = Path(where).read_bytes()
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({error}); name a file or an address") from error
    return Fetched(content, _origin(Path(where).name, content), {})


def _origin(name: str, content: bytes) -> str:
    return f"{name}, sha256 {hashlib.sha256(content).hexdigest()[:16]}"


def _fetch_address(where: str, bounds: Bounds, marks: Mapping[str, str]) -> Fetched:
    import httpx

    deadline = time.monotonic() + bounds.seconds
    try:
        with httpx.stream(
            "GET", where, headers=dict(marks), timeout=bounds.seconds, follow_redirects=True
        ) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED:
                return Fetched(None, f"{_bare(where)}, unchanged", dict(marks))
            _check_status(where, answer)
            content = _read(where, answer, bounds, deadline)
    except httpx.TimeoutException as error:
        raise MachineError(_late(where, bounds)) from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise MachineError(
            f"{_bare(where)}: cannot be reached ({type(error).__name__}: {error}); check address "
            "and network, or name a file"
        ) from error
    names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    found = {names[name]: answer.headers[name] for name in names if name in answer.headers}
    return Fetched(content, _origin(_bare(where), content), found)


def _check_status(where: str, answer: Any) -> None:
    status = answer.status_code
    if status == 200:
        return
    if status == 429 or status >= 500:
        after = answer.headers.get("retry-after")
        when = f"in {after} s" if after else "later"
        raise MachineError(f"{_bare(where)}: answers {status} for now; try again {when}")
    raise InputError(f"{_bare(where)}: answers {status}; correct the address")


def _read(where: str, answer: Any, bounds: Bounds, deadline: float) -> bytes:
    """Read bit by bit: a server that sends a byte a second ends at the deadline, too."""
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > bounds.megabytes * MEGABYTE:
            raise InputError(
                f"{_bare(where)}: larger than {bounds.megabytes:g} MB; that is no price list"
            )
        if time.monotonic() > deadline:
            raise MachineError(_late(where, bounds))
    return bytes(content)


def _late(where: str, bounds: Bounds) -> str:
    return (
        f"{_bare(where)}: no whole answer within {bounds.seconds:g} s; try again later, or allow "
        "more with --timeout"
    )


def _bare(where: str) -> str:
    """An address without what may be secret: user, password and query."""
    scheme, _, rest = where.partition("://")
    host, slash, path = rest.partition("?")[0].partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def read_marks(folder: Path) -> dict[str, dict[str, str]]:
    """What addresses gave to be sent along, by address; nothing where the note is unreadable."""
    try:
        marks = json.loads((folder / MARKS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return marks if isinstance(marks, dict) else {}


def write_marks(folder: Path, marks: Mapping[str, Mapping[str, str]]) -> None:
    """Keep them for the next refresh."""
    write_text(folder / MARKS, json.dumps(marks, sort_keys=True, indent=1) + "\n")
