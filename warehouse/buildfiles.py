"""Which files a build consists of: paths and a manifest in, checked paths by table out.

Knows nothing of DuckDB but how it spells a path.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from schemas.manifests import Manifest
from warehouse.errors import StoreError

Files = Mapping[str, Path | Sequence[Path]]

# Table of the store, and the key of the files it is read from, in the order of loading.
FEEDS = (
    ("problems", "problems"),
    ("worked_solutions", "references"),
    ("attempts", "attempts"),
    ("pass_rates", "pass_rates"),
    ("disagreements", "disagreements"),
    ("models", "models"),
    ("prices", "prices"),
    ("catalogs", "catalogs"),
    ("catalog_entries", "catalogs"),
    ("examples", "examples"),
    ("rejects", "rejects"),
)
REQUIRED = ("problems", "models", "prices", "catalogs", "examples")


class Build(NamedTuple):
    """A build that is to be loaded: its id, the text of its manifest, its files by table."""

    build_id: str
    manifest: str
    files: dict[str, list[Path]]


def read_build(files: Files, manifest: Path) -> Build:
    """Read the manifest and check that every file is there and is the one it names."""
    try:
        text = manifest.read_text(encoding="utf-8")
        record = Manifest.model_validate_json(text)
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise StoreError(f"{manifest}: not a readable manifest ({error}); build again") from error
    listed = {key: [v] if isinstance(v, Path) else list(v) for key, v in files.items()}
    if unknown := sorted(set(listed) - {key for _, key in FEEDS}):
        raise StoreError(f"files for {unknown}: no such table; known are {[k for _, k in FEEDS]}")
    if missing := [key for key in REQUIRED if not listed.get(key)]:
        raise StoreError(f"{manifest}: the build has no file for {missing}; make it again")
    hashes = {(manifest.parent / file.path).resolve(): file.sha256 for file in record.files}
    for path in (path for paths in listed.values() for path in paths):
        _check_file(path, hashes.get(path.resolve()))
    return Build(record.content_hash, text, listed)


def _check_file(path: Path, sha256: str | None) -> None:
    """A file must exist and, where the manifest names it, have the hash given there."""
    if not path.is_file():
        raise StoreError(f"{path}: no such file; make the build again")
    if sha256 is None:
        return
    with path.open("rb") as handle:
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    if found != sha256:
        raise StoreError(
            f"{path}: its SHA-256 is {found[:16]}..., the manifest says {sha256[:16]}...; it "
            "changed after the build: make the build again"
        )


def glob_literal(path: Path) -> str:
    """A path as DuckDB reads it, with its own wildcards taken literally."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
