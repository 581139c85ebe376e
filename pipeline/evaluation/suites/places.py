"""Where a suite's files are: on the Hub, in a local directory, or the file that was named.

In: a suite and a place. Out: files with their names, and a revision that says which they are.
"""

import hashlib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import InputError, XRouterError
from pipeline.evaluation.suites.registry import Suite
from pipeline.sources import hub
from pipeline.sources.files import SourceFile, portable

HASH_DIGITS = 16


class Part(NamedTuple):
    """Files of one dataset."""

    dataset: str
    files: Sequence[SourceFile]


class Place(NamedTuple):
    """Where a suite was found.

    Attributes:
        parts: Files with rows, by dataset.
        companions: Files that the reader needs besides; those that are not there are left out.
        revision: Commit of the Hub, or `sha256:` and 16 digits over the local files.
        licence: The suite's; of the Hub's card where the suite's is unknown.
    """

    parts: Sequence[Part]
    companions: Sequence[SourceFile]
    revision: str
    licence: str


def find(suite: Suite, where: Path | None) -> Place:
    """The files of a suite.

    Args:
        suite: Which.
        where: None for the Hub; else a directory, or the suite's file itself.

    Raises:
        InputError: It is not there, or the Hub refuses it.
        MachineError: The Hub could not be reached.
    """
    if where is None:
        return _on_hub(suite)
    where = where.expanduser()
    if where.is_file():
        return _local(suite, where.parent, [where])
    found = local_files(suite, where)
    if not found:
        raise InputError(
            f"{where}: no file of suite {suite.name}; it may be named {', '.join(suite.files)}, in "
            f"that directory or one below, or lie in {suite.name}/ as {suite.hub.dataset} has it"
        )
    return _local(suite, where, found)


def local_files(suite: Suite, where: Path) -> list[Path]:
    """Files of a suite in a directory: under its known names, there or one level down."""
    below = sorted(p for p in where.glob("*") if p.is_dir() and not p.name.startswith("."))
    for pattern in (*suite.files, *(f"{suite.name}/{name}" for name in suite.hub.files)):
        for base in (where, *below):
            found = sorted(path for path in base.glob(pattern) if path.is_file())
            if found:
                return found
    return []


def _local(suite: Suite, where: Path, files: Sequence[Path]) -> Place:
    folder = files[0].parent
    beside = [folder / name for name in suite.companions if (folder / name).is_file()]
    named = [SourceFile(path, portable(path.relative_to(where).as_posix())) for path in files]
    companions = [SourceFile(path, portable(path.name)) for path in beside]
    revision = f"sha256:{_hash([*files, *beside])}"
    return Place([Part(suite.hub.dataset, named)], companions, revision, suite.licence)


def _hash(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as handle:
            total.update(hashlib.file_digest(handle, "sha256").digest())
    return total.hexdigest()[:HASH_DIGITS]


def _on_hub(suite: Suite) -> Place:
    source = suite.hub
    first = _fetch(suite, source.dataset, source.revision)
    rest = [_fetch(suite, dataset, revision) for dataset, revision in source.also.items()]
    parts = [Part(s.repo, [f for f in s.files if _wanted(suite, f.name)]) for s in (first, *rest)]
    beside = [file for file in first.files if file.name in suite.companions]
    licence = first.licence if suite.licence == "unknown" else suite.licence
    commits = [snapshot.revision for snapshot in (first, *rest)]
    revision = commits[0] if len(commits) == 1 else _joined(commits)
    return Place(parts, beside, revision, licence)


def _joined(commits: Sequence[str]) -> str:
    """One name for commits of several datasets."""
    return "commits:" + hashlib.sha256("\n".join(commits).encode()).hexdigest()[:HASH_DIGITS]


def _fetch(suite: Suite, dataset: str, revision: str) -> hub.Snapshot:
    def wanted(name: str) -> bool:
        return _wanted(suite, name) or name in suite.companions

    try:
        return hub.fetch(f"{hub.PREFIX}{dataset}@{revision}", wanted)
    except XRouterError as error:
        needs = f"; suite {suite.name} needs {suite.needs}" if suite.needs else ""
        raise type(error)(f"{error}{needs}") from error


def _wanted(suite: Suite, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in suite.hub.files)
