"""Object storage, played by fsspec's memory and by a directory: in, out, killed, refused."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pipeline.errors import InputError, MachineError, SettingsError
from pipeline.remote import Pushed, fetch, fetched_specs, is_remote, push, shown
from pipeline.settings import Settings
from pipeline.sources.pins import pinned

NAMES = ["a.parquet", "examples/train.parquet"]
LAST = "manifest.json"


class Counting:
    """What was read from memory and written to it, and where writing dies."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moved: list[str] = []
        self.dies_at: str | None = None
        self.files = fsspec.filesystem("memory")
        get, put = MemoryFileSystem.get_file, MemoryFileSystem.put_file

        def counted_get(files: Any, rpath: str, lpath: Any, **options: Any) -> None:
            self.moved.append(f"get {rpath.lstrip('/')}")
            get(files, rpath, lpath, **options)

        def counted_put(files: Any, lpath: str, rpath: str, **options: Any) -> None:
            if self.dies_at and rpath.endswith(self.dies_at):
                raise KeyboardInterrupt
            self.moved.append(f"put {rpath.lstrip('/')}")
            put(files, lpath, rpath, **options)

        monkeypatch.setattr(MemoryFileSystem, "get_file", counted_get)
        monkeypatch.setattr(MemoryFileSystem, "put_file", counted_put)


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    MemoryFileSystem.store.clear()
    yield Counting(monkeypatch)
    MemoryFileSystem.store.clear()


@pytest.fixture
def built(tmp_path: Path) -> Path:
    root = tmp_path / "built"
    for name in [*NAMES, LAST]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"first {name}")
    return root


def test_what_is_an_address() -> None:
    assert is_remote("s3://b/x")
    assert is_remote("memory://x")
    assert not any(map(is_remote, ("sample", "hub:org/name", "dir/file", "recorded:x", "/a/b")))


def test_a_prefix_comes_in_and_only_changes_come_again(storage: Counting, tmp_path: Path) -> None:
    storage.files.pipe("/bucket/guru/a.jsonl", b"one")
    storage.files.pipe("/bucket/guru/deep/b.jsonl", b"two")
    storage.files.pipe("/bucket/guru/.git/c", b"no")
    here = fetch("memory://bucket/guru", tmp_path)
    assert (here.name, (here / "deep" / "b.jsonl").read_text()) == ("guru", "two")
    assert not (here / ".git").exists()
    assert len(storage.moved) == 2
    assert fetch("memory://bucket/guru/", tmp_path) == here
    assert len(storage.moved) == 2
    storage.files.pipe("/bucket/guru/a.jsonl", b"three")
    storage.files.rm("/bucket/guru/deep/b.jsonl")
    fetch("memory://bucket/guru", tmp_path)
    assert storage.moved[2:] == ["get bucket/guru/a.jsonl"]
    assert [path.name for path in here.rglob("*") if path.is_file()] == ["a.jsonl"]


def test_a_file_keeps_its_name_and_a_directory_works_as_well(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rows.parquet").write_bytes(b"PAR1")
    here = fetch(f"file://{tmp_path}/in/rows.parquet", tmp_path / "copies")
    assert (here.name, here.read_bytes()) == ("rows.parquet", b"PAR1")
    assert here.is_relative_to(tmp_path / "copies")


def test_settings_name_copies_and_everything_else_stays(storage: Counting, tmp_path: Path) -> None:
    storage.files.pipe("/b/p.parquet", b"p")
    storage.files.pipe("/b/answers.jsonl", b"a")
    settings = Settings(
        sources={"problems": ["memory://b/p.parquet", "sample"]},
        tiering={
            "references": ["recorded:memory://b/answers.jsonl?mapping=m.toml", "published:rate"]
        },
    )
    made = pinned(settings, tmp_path / "hub.lock")
    copy, sample = made.sources.problems
    assert Path(copy).read_bytes() == b"p"
    assert sample == "sample"
    recorded, published = made.tiering.references or ()
    path, _, mapping = recorded.removeprefix("recorded:").partition("?")
    assert (Path(path).read_bytes(), mapping) == (b"a", "mapping=m.toml")
    assert published == "published:rate"
    assert pinned(Settings(), tmp_path / "hub.lock") == Settings()


def test_a_push_ends_with_the_manifest_and_repeats_nothing(storage: Counting, built: Path) -> None:
    assert push(built, NAMES, LAST, "memory://b/out") == Pushed(3, 0)
    assert storage.moved == [f"put b/out/{name}" for name in [*NAMES, LAST]]
    assert push(built, NAMES, LAST, "memory://b/out") == Pushed(0, 3)
    (built / NAMES[0]).write_text("second")
    (built / LAST).write_text("second")
    assert push(built, NAMES, LAST, "memory://b/out") == Pushed(2, 1)
    assert storage.files.cat("/b/out/a.parquet") == b"second"
    storage.files.pipe("/b/out/a.parquet", b"somebody else's")
    assert push(built, NAMES, LAST, "memory://b/out") == Pushed(2, 1)
    assert storage.files.cat("/b/out/a.parquet") == b"second"


@pytest.mark.parametrize("name", [*NAMES, LAST])
def test_a_push_that_dies_never_looks_finished(storage: Counting, built: Path, name: str) -> None:
    push(built, NAMES, LAST, "memory://b/out")
    for each in [*NAMES, LAST]:
        (built / each).write_text(f"second {each}")
    storage.dies_at = name
    with pytest.raises(KeyboardInterrupt):
        push(built, NAMES, LAST, "memory://b/out")
    assert not storage.files.exists("/b/out/manifest.json")
    storage.dies_at, before = None, len(storage.moved)
    push(built, NAMES, LAST, "memory://b/out")
    assert storage.files.cat("/b/out/manifest.json") == b"second manifest.json"
    assert len(storage.moved) - before == len([*NAMES, LAST]) - [*NAMES, LAST].index(name)


@pytest.mark.parametrize(
    ("address", "kind", "words"),
    [
        ("s3://key:secret@bucket/x", MachineError, "s3://***@bucket/x: needs the package s3fs"),
        ("gs://bucket/x?token=secret", MachineError, "needs the package gcsfs"),
        ("nosuch://user:secret@x", SettingsError, "no storage is known by nosuch://"),
        ("memory://nothing/here", InputError, "nothing lies there"),
        ("http://127.0.0.1:9/secret.parquet?sig=secret", MachineError, "the storage failed"),
    ],
)
def test_errors_say_what_to_do_and_no_secret(
    address: str, kind: type[Exception], words: str, tmp_path: Path
) -> None:
    with pytest.raises(kind) as caught:
        fetch(address, tmp_path)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value).replace("/secret.parquet", "")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (FileNotFoundError("The specified bucket does not exist"), InputError, "no such file or b"),
        (PermissionError("Access Denied for secret"), MachineError, "refused; see the credentials"),
        (type("NoCredentialsError", (Exception,), {})("secret"), MachineError, "no credentials"),
    ],
)
def test_what_storage_says_is_told_apart(
    storage: Counting, error: Exception, kind: type[Exception], words: str,
    built: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(MemoryFileSystem, "put_file", fail)
    with pytest.raises(kind) as caught:
        push(built, NAMES, LAST, "memory://b/out")
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_what_is_shown_of_an_address() -> None:
    assert shown("s3://key:secret@bucket/a?sig=x") == "s3://***@bucket/a?***"
    assert shown("s3://bucket/a") == "s3://bucket/a"
    assert fetched_specs(("sample", "hub:a/b"), Path(os.devnull)) == ("sample", "hub:a/b")
