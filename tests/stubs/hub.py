"""A Hub on the loopback device, speaking what huggingface_hub needs."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub:
    """State of the server: files by repository, revisions that exist, and what was asked."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.card: dict[str, Any] = {"license": "cc-by-4.0"}
        self.revisions = {"main": COMMIT, COMMIT: COMMIT, "v1": "1" * 40, "1" * 40: "1" * 40}
        self.status: int | None = None
        self.asked: list[str] = []
        self.gated = False


class Handler(BaseHTTPRequestHandler):
    hub: FakeHub

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(f"{self.command} {path}")
        if self.hub.status is not None:
            return self.answer(self.hub.status, b"down")
        if path.startswith("/api/datasets/"):
            return self.api(path.removeprefix("/api/datasets/").split("/"))
        return self.resolve(path.removeprefix("/datasets/").split("/", 4))

    def api(self, parts: list[str]) -> None:
        repo, verb, revision = "/".join(parts[:2]), parts[2], parts[3]
        files = self.hub.files.get(repo)
        if self.hub.gated:
            return self.answer(403, b"{}", {"X-Error-Code": "GatedRepo"})
        if files is None:
            return self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        if revision not in self.hub.revisions:
            return self.answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        if verb == "tree":
            listing = [
                {"type": "file", "path": n, "size": len(b), "oid": hashlib.sha1(b).hexdigest()}
                for n, b in files.items()
            ]
            return self.answer(200, json.dumps(listing).encode())
        info = {
            "id": repo,
            "sha": self.hub.revisions[revision],
            "siblings": [{"rfilename": name} for name in files],
            "cardData": self.hub.card,
            "private": False,
            "gated": False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": [],
        }
        return self.answer(200, json.dumps(info).encode())

    def resolve(self, parts: list[str]) -> None:
        repo, commit, name = "/".join(parts[:2]), parts[3], parts[4]
        data = self.hub.files.get(repo, {}).get(name)
        if data is None:
            return self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        tag = hashlib.sha1(data).hexdigest()
        return self.answer(200, data, {"ETag": f'"{tag}"', "X-Repo-Commit": commit})

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@contextmanager
def serve() -> Iterator[tuple[FakeHub, str]]:
    """Runs the server; gives its state and its address."""
    state = FakeHub()
    handler = type("BoundHandler", (Handler,), {"hub": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield state, f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def parquet(*rows: dict[str, Any]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(list(rows)), sink)
    return bytes(sink.getvalue())
