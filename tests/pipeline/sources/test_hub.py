"""The Hub is a small HTTP server on the loopback device, speaking what huggingface_hub needs."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import InputError, MachineError
from pipeline.settings import Settings
from pipeline.sources import hub, specs
from pipeline.sources.pins import pinned

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPO = "someone/problems"

Row = Callable[..., dict[str, Any]]


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


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return monkeypatch


@pytest.fixture
def server(environment: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    state = FakeHub()
    handler = type("BoundHandler", (Handler,), {"hub": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        environment.setenv("HF_ENDPOINT", f"http://127.0.0.1:{http.server_port}")
        yield state
        http.shutdown()
        thread.join()


def parquet(*rows: dict[str, Any]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(list(rows)), sink)
    return bytes(sink.getvalue())


def source(spec: str, group: str = "problems") -> specs.Source:
    settings = Settings(sources={"problems": [], "everyday": [], group: [spec]})  # type: ignore[arg-type]
    return specs.sources(settings)[0]


def read(spec: str, group: str = "problems") -> list[Any]:
    return list(specs.read(source(spec, group)))


def test_problems_with_commit_and_licence(server: FakeHub, row: Row) -> None:
    server.files[REPO] = {
        "README.md": b"x",
        "train/b [1].parquet": parquet(row(data_source="math__new", question="b")),
        "train/a.parquet": parquet(row(question="a"), row(truth=None)),
        "huge.bin": b"never fetched",
    }
    first, reject, second = read(f"hub:{REPO}")
    assert (first.file, second.file) == ("train/a.parquet", "train/b [1].parquet")
    assert (first.revision, second.revision) == (COMMIT, COMMIT)
    assert (first.dataset, first.licence) == ("openai/grade-school-math", "MIT")
    assert (second.dataset, second.licence) == (REPO, "cc-by-4.0")
    assert reject.key == "train/a.parquet#1"
    assert not [path for path in server.asked if "huge.bin" in path or "README" in path]


def test_second_reading_downloads_nothing(server: FakeHub, row: Row) -> None:
    server.files[REPO] = {"a.parquet": parquet(row())}
    once = read(f"hub:{REPO}")
    server.asked.clear()
    assert read(f"hub:{REPO}") == once
    assert not [path for path in server.asked if path.startswith("GET /datasets/")]


def test_revision_of_the_user(server: FakeHub, row: Row) -> None:
    server.files[REPO] = {"a.parquet": parquet(row())}
    assert read(f"hub:{REPO}@v1")[0].revision == "1" * 40
    with pytest.raises(InputError, match="no such revision"):
        read(f"hub:{REPO}@gone")


def test_guru_is_read_from_its_train_folder_and_must_be_whole(server: FakeHub, row: Row) -> None:
    repo = "LLM360/guru-RL-92k"
    data = [parquet(row(data_source="math__x", question=str(i))) for i in range(15)]
    server.files[repo] = {f"train/{i}.parquet": file for i, file in enumerate(data)}
    server.files[repo]["online_eval/z.parquet"] = data[0]
    rows = read(f"hub:{repo}")
    assert len(rows) == 15
    assert {(r.dataset, r.licence, r.revision) for r in rows} == {(repo, "MIT", COMMIT)}
    del server.files[repo]["train/7.parquet"]
    with pytest.raises(InputError, match=r"14 files instead of the 15 .*@COMMIT"):
        read(f"hub:{repo}")


def test_everyday_from_the_hub(server: FakeHub) -> None:
    repo = "google-research-datasets/nq_open"
    server.files[repo] = {
        "nq_open/validation-00000-of-00001.parquet": parquet(
            {"question": "q", "answer": ["a", "b"]}
        ),
        "nq_open/train-00000-of-00001.parquet": parquet({"question": "t", "answer": ["a"]}),
    }
    (row,) = read(f"hub:{repo}", "everyday")
    assert (row.domain, row.ground_truth, row.revision) == ("retrieval", ["a", "b"], COMMIT)
    with pytest.raises(InputError, match=r"none of its files applies.*\[\[sets\]\]"):
        server.files[REPO] = {"a.parquet": b""}
        read(f"hub:{REPO}", "everyday")


@pytest.mark.parametrize("card", [{}, {"license": []}, {"license": ["mit", "cc0-1.0"]}])
def test_licences_of_cards(server: FakeHub, row: Row, card: dict[str, Any]) -> None:
    server.card = card
    server.files[REPO] = {"a.parquet": parquet(row(data_source="math__x"))}
    wanted = " AND ".join(card.get("license", [])) or "unknown"
    assert read(f"hub:{REPO}")[0].licence == wanted


def test_unknown_and_gated_datasets(server: FakeHub) -> None:
    with pytest.raises(InputError, match="hub:no/where: no such dataset, or it is private"):
        read("hub:no/where")
    server.gated = True
    with pytest.raises(InputError, match="access is restricted"):
        read("hub:no/where")


def test_dataset_without_parquet(server: FakeHub) -> None:
    server.files[REPO] = {"data.arrow": b""}
    with pytest.raises(InputError, match=r"none of its files applies \(data\.arrow\)"):
        read(f"hub:{REPO}")


def test_broken_file_on_the_hub(server: FakeHub, row: Row) -> None:
    server.files[REPO] = {"a.parquet": parquet(row())[:-5]}
    with pytest.raises(InputError, match=r"a\.parquet: not a readable parquet file"):
        read(f"hub:{REPO}")


def test_hub_that_is_down(server: FakeHub) -> None:
    server.status = 500
    with pytest.raises(MachineError, match=r"could not be reached .*give their directory"):
        read(f"hub:{REPO}")


def test_no_network(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(MachineError, match=r"could not be reached .*'sample'"):
        read(f"hub:{REPO}")


def test_offline_switch_of_the_library(environment: pytest.MonkeyPatch) -> None:
    code = (
        "from pipeline.errors import MachineError\n"
        "from pipeline.sources import hub\n"
        "try:\n    hub.fetch('hub:a/b', lambda name: True)\n"
        "except MachineError as error:\n    assert 'OfflineModeIsEnabled' in str(error), error\n"
        "else:\n    raise SystemExit('reached the Hub')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "spec", ["hub:", "hub:name", "hub:a/b/c", "hub:a/b@", "hub:a/b c", "hub:../x y"]
)
def test_specs_of_another_form(spec: str) -> None:
    with pytest.raises(InputError, match="not of the form hub:ORG/NAME"):
        hub.parse(spec)


def test_spec_with_and_without_revision() -> None:
    assert hub.parse("hub:LLM360/guru-RL-92k") == ("LLM360/guru-RL-92k", None)
    assert hub.parse("hub:a/b.c@refs/pr/1") == ("a/b.c", "refs/pr/1")


def asking(*problems: str) -> Settings:
    return Settings(sources={"problems": problems, "everyday": ["sample"]})  # type: ignore[arg-type]


def test_a_build_keeps_the_commit_it_read_first(server: FakeHub, row: Row, tmp_path: Path) -> None:
    server.files[REPO] = {"a.parquet": parquet(row())}
    lock = tmp_path / "hub.lock"
    first = pinned(asking(f"hub:{REPO}", "sample"), lock)
    assert first.sources.problems == (f"hub:{REPO}@{COMMIT}", "sample")
    server.revisions["main"] = "2" * 40
    server.status = 503
    assert pinned(asking(f"hub:{REPO}", "sample"), lock) == first
    with pytest.raises(MachineError, match="could not be reached"):
        pinned(asking(f"hub:{REPO}@v1"), lock)
    server.status = None
    assert pinned(asking(f"hub:{REPO}@v1"), lock).sources.problems == (f"hub:{REPO}@{'1' * 40}",)
    lock.unlink()
    assert pinned(asking(f"hub:{REPO}"), lock).sources.problems == (f"hub:{REPO}@{'2' * 40}",)


def test_a_known_dataset_is_counted_before_it_is_pinned(server: FakeHub, tmp_path: Path) -> None:
    server.files["LLM360/guru-RL-92k"] = {"train/a.parquet": b""}
    with pytest.raises(InputError, match="1 files instead of the 15"):
        pinned(asking("hub:LLM360/guru-RL-92k"), tmp_path / "hub.lock")
    assert not (tmp_path / "hub.lock").exists()


def test_nothing_is_asked_without_a_hub_dataset(tmp_path: Path) -> None:
    settings = asking("sample")
    assert pinned(settings, tmp_path / "hub.lock") is settings


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}'])
def test_a_damaged_lock_is_named(tmp_path: Path, text: str) -> None:
    lock = tmp_path / "hub.lock"
    lock.write_text(text)
    with pytest.raises(InputError, match="delete it to pin anew"):
        pinned(asking(f"hub:{REPO}"), lock)
