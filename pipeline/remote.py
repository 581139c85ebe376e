"""Object storage: what lies under an address comes in, a finished directory goes out.

Everything is worked on in a local directory; this is the only module that talks to other storage,
through fsspec. Addresses are like `s3://bucket/prefix`, `gs://`, `https://`. Keys in an address
are never shown: credentials belong into the variables of the storage's own package.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from pipeline.errors import InputError, MachineError, SettingsError, XRouterError
from pipeline.io import atomic, sha256_file, write_text

_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_USER = re.compile(r"(?<=://)[^/@]*@")
_WEB = ("http://", "https://")
PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
}
MAPPING = "?mapping="
RECORD = "fetched.json"
PUSHED = "pushed"


class Pushed(NamedTuple):
    """What a push came to: files sent, and files that were there already."""

    sent: int
    kept: int


def is_remote(text: str) -> bool:
    """Whether a text is an address of other storage, and no path."""
    return _ADDRESS.match(text) is not None


def scheme_of(address: str) -> str:
    """The first part of an address, such as `s3`."""
    return address.partition("://")[0].lower()


def shown(address: str) -> str:
    """An address without keys: no user, no query."""
    plain, question, _ = address.partition("?")
    return _USER.sub("***@", plain) + ("?***" if question else "")


def fetch(address: str, folder: Path) -> Path:
    """Bring a file, or everything under a prefix, to this machine; what is here already is kept.

    Args:
        address: Of a file or of a prefix; over HTTP of one file.
        folder: Where copies of all addresses are kept, each in a directory of its own.

    Returns:
        The local file or directory, under its name there.

    Raises:
        InputError: There is nothing.
        MachineError: The storage cannot be reached, refuses, or needs a package that is not here.
        SettingsError: Nobody knows such addresses.
    """
    base = address.partition("?")[0].rstrip("/")
    place = folder / hashlib.sha256(base.encode()).hexdigest()[:16]
    target = place / PurePosixPath(base).name
    with _storage(address) as (files, root):
        there = _listing(files, root, address)
        known = _read(place / RECORD)
        for name, facts in there.items():
            here = target / name if name else target
            if known.get(name) != facts or not here.is_file():
                with atomic(here) as partial:
                    files.get_file(f"{root}/{name}" if name else root, str(partial))
    if target.is_dir():
        for path in [p for p in target.rglob("*") if p.is_file()]:
            if path.relative_to(target).as_posix() not in there:
                path.unlink()
    write_text(place / RECORD, json.dumps(there, indent=2, sort_keys=True) + "\n")
    return target


def push(root: Path, names: list[str], last: str, address: str) -> Pushed:
    """Copy files of a directory to other storage; one of them says that the others are whole.

    While files are missing or old there is no `last` at the address, so nothing looks finished that
    is not. A push that was killed goes on with the files that are not there yet.

    Args:
        root: The directory.
        names: Files to copy, relative to it.
        last: The file that is taken away before anything changes, and put there in the end.
        address: Prefix to copy to.

    Raises:
        InputError: The storage has no such bucket.
        MachineError: It cannot be reached, refuses, or needs a package that is not here.
        SettingsError: Nobody knows such addresses.
    """
    book = root / PUSHED / f"{hashlib.sha256(address.encode()).hexdigest()[:16]}.json"
    with _storage(address) as (files, prefix):
        known = _read(book)
        wanted = {name: sha256_file(root / name) for name in [*names, last]}

        def lies_there(name: str) -> bool:
            record = known.get(name)
            return record is not None and record == [
                wanted[name],
                _facts(files, f"{prefix}/{name}"),
            ]

        missing = [name for name in wanted if not lies_there(name)]
        if not missing:
            return Pushed(0, len(wanted))
        if files.exists(f"{prefix}/{last}"):
            files.rm_file(f"{prefix}/{last}")
        for name in [*(name for name in missing if name != last), last]:
            path = f"{prefix}/{name}"
            if scheme_of(address) not in PACKAGES:
                # Object storage has no folders, and would make a bucket out of a slip in its name.
                files.makedirs(path.rpartition("/")[0], exist_ok=True)
            files.put_file(str(root / name), path)
            known[name] = [wanted[name], _facts(files, path)]
            write_text(book, json.dumps(known, indent=2, sort_keys=True) + "\n")
    sent = len(set(missing) | {last})
    return Pushed(sent, len(wanted) - sent)


def _listing(files: Any, root: str, address: str) -> dict[str, str]:
    """Names under an address with what tells one content from another; `""` is a file itself."""
    if address.lower().startswith(_WEB) or files.isfile(root):
        return {"": _facts(files, root)}
    found = [str(path) for path in files.find(root)]
    names = [path[len(root) :].lstrip("/") for path in found]
    kept = {
        name: _facts(files, path)
        for name, path in zip(names, found, strict=True)
        if not any(part.startswith(".") for part in PurePosixPath(name).parts)
    }
    if not kept:
        raise InputError(f"{shown(address)}: nothing lies there, or there is no such bucket")
    return kept


def _facts(files: Any, path: str) -> str:
    """What the storage says of a file's content: its tag or time, and its size."""
    try:
        info = files.info(path)
    except FileNotFoundError:
        return ""
    tags = ("ETag", "etag", "md5Hash", "content_md5", "crc32c", "LastModified", "mtime", "created")
    return json.dumps([info.get("size"), *(str(info[tag]) for tag in tags if info.get(tag))])


def _read(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return document


@contextmanager
def _storage(address: str) -> Iterator[tuple[Any, str]]:
    """The storage of an address, and the path within it; its errors become ours."""
    import fsspec

    name = shown(address)
    scheme = scheme_of(address)
    try:
        files, root = fsspec.core.url_to_fs(address)
        yield files, str(root).rstrip("/")
    except XRouterError:
        raise
    except ImportError as error:
        package = PACKAGES.get(scheme, f"that fsspec names for {scheme}://")
        raise MachineError(f"{name}: needs the package {package}; pip install {package}") from error
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file or bucket") from error
    except PermissionError as error:
        raise MachineError(f"{name}: refused; see the credentials and what they allow") from error
    except Exception as error:  # noqa: BLE001 - each storage has errors of its own
        raise _failure(name, scheme, error) from None


def _failure(name: str, scheme: str, error: Exception) -> XRouterError:
    """By the name of the error alone: its text may hold the address with its keys."""
    kind = type(error).__name__
    if isinstance(error, ValueError) and "rotocol not known" in str(error):
        return SettingsError(f"{name}: no storage is known by {scheme}://")
    if "Credential" in kind or "Auth" in kind:
        return MachineError(f"{name}: no credentials ({kind}); set the variables of {scheme}://")
    return MachineError(f"{name}: the storage failed ({kind}); run the same command again")


def fetched_specs(specs: tuple[str, ...], folder: Path, before: str = "") -> tuple[str, ...]:
    """Specs with local copies in place of addresses.

    Args:
        specs: As the user wrote them; one may end with `?mapping=FILE`, which stays.
        folder: Where copies are kept.
        before: A form that a spec begins with, such as `recorded:`; others stay as they are.
    """
    return tuple(_fetched(spec, folder, before) for spec in specs)


def _fetched(spec: str, folder: Path, before: str) -> str:
    address, marker, mapping = spec.removeprefix(before).partition(MAPPING)
    if not spec.startswith(before) or not is_remote(address):
        return spec
    return f"{before}{fetch(address, folder)}{marker}{mapping}"
