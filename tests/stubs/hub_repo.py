"""A Hub on the loopback device that takes uploads: repositories, branches, tags, LFS, commits.

Speaks what huggingface_hub needs to publish a dataset and to load it again. Tests set faults:
`fail` answers requests whose line holds a text with a status, or breaks the connection (0).
"""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_" + "abcdefghijklmnopqrstuvwxyzABCDEFGH"
LARGE = ".parquet"


@dataclass
class Repo:
    """Commits are maps from path to the hash of a blob; branches and tags are names of commits."""

    private: bool = False
    commits: dict[str, dict[str, str]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


class HubState:
    """What the server holds, and what it was asked."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.blobs: dict[str, bytes] = {}
        self.tokens = {TOKEN: True}  # whether it may write
        self.fail: dict[str, int] = {}
        self.once: set[str] = set()
        self.spoil: str | None = None
        self.asked: list[str] = []
        self.lock = threading.RLock()

    def create(self, name: str, private: bool = False) -> Repo:
        repo = self.repos[name] = Repo(private)
        repo.branches["main"] = self.commit(repo, {".gitattributes": self.keep(b"*.parquet lfs\n")})
        return repo

    def keep(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return digest

    def commit(self, repo: Repo, files: dict[str, str]) -> str:
        text = json.dumps([len(repo.commits), files], sort_keys=True)
        oid = hashlib.sha1(text.encode()).hexdigest()
        repo.commits[oid] = files
        return oid

    def wrote(self) -> list[str]:
        """Requests that changed something."""
        return [
            line
            for line in self.asked
            if line.startswith("PUT ") or any(f"/{w}/" in line for w in ("commit", "branch", "tag"))
        ]


class Handler(BaseHTTPRequestHandler):
    state: HubState
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self.handled()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

    def handled(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = self.chunks()
        else:
            body = self.rfile.read(size)
        path = unquote(urlsplit(self.path).path)
        line = f"{self.command} {path}"
        with self.state.lock:
            self.state.asked.append(line)
            for text, status in list(self.state.fail.items()):
                if text in line:
                    if text in self.state.once:
                        del self.state.fail[text]
                    return self.broken(status)
            self.route(path.strip("/").split("/"), body)

    def chunks(self) -> bytes:
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def broken(self, status: int) -> None:
        self.close_connection = not status
        if status:
            self.answer(status, {"error": f"set to {status}"}, **{"X-Error-Message": "by a test"})

    def route(self, parts: list[str], body: bytes) -> None:
        if parts[0] == "lfs":
            self.state.blobs[parts[1]] = body
            return self.answer(200, {})
        if parts[:2] == ["api", "validate-yaml"]:
            return self.answer(200, {"errors": [], "warnings": []})
        writes = self.command == "POST"
        if not self.allowed(writes):
            return None
        if parts[:3] == ["api", "repos", "create"]:
            return self.create(json.loads(body))
        if parts[0] == "api":
            return self.api("/".join(parts[2:4]), parts[4:], body)
        if parts[-4:] == ["info", "lfs", "objects", "batch"]:
            return self.batch(json.loads(body))
        return self.resolve("/".join(parts[1:3]), parts[4], "/".join(parts[5:]))

    def allowed(self, writes: bool) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token and not writes:
            return True
        if token not in self.state.tokens:
            said = "Invalid credentials in Authorization header"
            self.answer(401, {"error": said}, **{"X-Error-Message": said})
            return False
        if writes and not self.state.tokens[token]:
            self.answer(403, {"error": "no right to write"})
            return False
        return True

    def create(self, asked: dict[str, Any]) -> None:
        name = f"{asked['organization']}/{asked['name']}"
        url = f"{self.origin}/datasets/{name}"
        if name in self.state.repos:
            return self.answer(409, {"error": "already there", "url": url})
        private = asked.get("private") or asked.get("visibility") == "private"
        self.state.create(name, bool(private))
        return self.answer(200, {"url": url})

    def api(self, name: str, rest: list[str], body: bytes) -> None:
        repo = self.state.repos.get(name)
        if repo is None:
            return self.answer(404, {"error": "none"}, **{"X-Error-Code": "RepoNotFound"})
        verb = rest[0] if rest else "info"
        if verb in ("info", "revision"):
            return self.info(name, repo, rest[1] if rest[1:] else "main")
        return getattr(self, f"on_{verb}")(repo, "/".join(rest[1:]), body)  # type: ignore[no-any-return]

    def info(self, name: str, repo: Repo, revision: str) -> None:
        commit = self.at(repo, revision)
        if commit is None:
            return self.answer(404, {}, **{"X-Error-Code": "RevisionNotFound"})
        siblings = [{"rfilename": path} for path in repo.commits[commit]]
        document = {"id": name, "sha": commit, "siblings": siblings, "private": repo.private}
        flags = {"gated": False, "disabled": False, "downloads": 0, "likes": 0, "tags": []}
        return self.answer(200, document | flags)

    def at(self, repo: Repo, revision: str) -> str | None:
        known = repo.branches | repo.tags | {oid: oid for oid in repo.commits}
        return known.get(revision)

    def on_refs(self, repo: Repo, _rest: str, _body: bytes) -> None:
        def listed(kind: str, refs: dict[str, str]) -> list[dict[str, str]]:
            return [
                {"name": n, "ref": f"refs/{kind}/{n}", "targetCommit": c} for n, c in refs.items()
            ]

        document = {"branches": listed("heads", repo.branches), "converts": []}
        return self.answer(200, document | {"tags": listed("tags", repo.tags)})

    def on_branch(self, repo: Repo, name: str, _body: bytes) -> None:
        if name in repo.branches:
            return self.answer(409, {"error": "already there"})
        repo.branches[name] = repo.branches["main"]
        return self.answer(200, {})

    def on_tag(self, repo: Repo, revision: str, body: bytes) -> None:
        tag, commit = json.loads(body)["tag"], self.at(repo, revision)
        if tag in repo.tags:
            return self.answer(409, {"error": "already there"})
        assert commit is not None
        repo.tags[tag] = commit
        return self.answer(200, {})

    def on_preupload(self, repo: Repo, revision: str, body: bytes) -> None:
        commit = self.at(repo, revision)
        assert commit is not None
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["path"].endswith(LARGE) else "regular",
                "shouldIgnore": False,
                "oid": self.oid(file["path"], repo.commits[commit].get(file["path"])),
            }
            for file in json.loads(body)["files"]
        ]
        return self.answer(200, {"files": files})

    def oid(self, path: str, digest: str | None) -> str | None:
        if digest is None or path.endswith(LARGE):
            return digest
        data = self.state.blobs[digest]
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()

    def batch(self, asked: dict[str, Any]) -> None:
        objects = [
            wanted
            if wanted["oid"] in self.state.blobs
            else wanted | {"actions": {"upload": {"href": f"{self.origin}/lfs/{wanted['oid']}"}}}
            for wanted in asked["objects"]
        ]
        return self.answer(200, {"transfer": "basic", "objects": objects})

    def on_commit(self, repo: Repo, branch: str, body: bytes) -> None:
        lines = [json.loads(line) for line in body.decode().splitlines()]
        head, parent = repo.branches[branch], lines[0]["value"].get("parentCommit")
        if parent and parent != head:
            return self.answer(412, {"error": "A commit has happened since. Please refresh"})
        files = dict(repo.commits[head])
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = self.state.keep(base64.b64decode(value["content"]))
            elif line["key"] == "lfsFile":
                if value["oid"] not in self.state.blobs:
                    return self.answer(400, {"error": "an LFS object is missing"})
                files[value["path"]] = value["oid"]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        repo.branches[branch] = self.state.commit(repo, files)
        oid = repo.branches[branch]
        return self.answer(
            200, {"commitUrl": f"{self.origin}/datasets/org/name/commit/{oid}", "commitOid": oid}
        )

    def on_tree(self, repo: Repo, revision: str, _body: bytes) -> None:
        commit = self.at(repo, revision.split("/")[0])
        if commit is None:
            return self.answer(404, [], **{"X-Error-Code": "RevisionNotFound"})
        return self.answer(200, [self.entry(p, d) for p, d in repo.commits[commit].items()])

    def entry(self, path: str, digest: str) -> dict[str, Any]:
        size = len(self.state.blobs[digest])
        if path.endswith(LARGE):
            lfs = {"oid": digest, "size": size, "pointerSize": 130}
            return {"type": "file", "path": path, "oid": "0" * 40, "size": size, "lfs": lfs}
        return {"type": "file", "path": path, "oid": self.oid(path, digest), "size": size}

    def resolve(self, name: str, revision: str, path: str) -> None:
        repo = self.state.repos.get(name)
        commit = self.at(repo, revision) if repo else None
        if repo is None or commit is None or path not in repo.commits[commit]:
            return self.answer(404, {}, **{"X-Error-Code": "EntryNotFound"})
        data = self.state.blobs[repo.commits[commit][path]]
        if self.state.spoil == path:
            data = data[:-1] + b"!"
        tag = hashlib.sha256(data).hexdigest()
        return self.answer(200, data, ETag=f'"{tag}"', **{"X-Repo-Commit": commit})

    @property
    def origin(self) -> str:
        return f"http://{self.headers['Host']}"

    def answer(self, status: int, body: Any, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        known = {"Content-Length": str(len(data)), "Content-Type": "application/json"}
        for name, value in (known | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


@contextmanager
def serve() -> Iterator[tuple[HubState, str]]:
    """Runs the server; gives its state and its address."""
    state = HubState()
    handler = type("BoundHandler", (Handler,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        http.daemon_threads = True
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield state, f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()
