"""The directory of an export: owned by one run at a time, never mixed with anybody else's files.

Each table takes its name when it is whole; what a killed run left under temporary names is deleted
by the next one.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from warehouse.errors import StoreBusyError, StoreError, is_full
from warehouse.export.manifest import NAME, Format, Manifest, Table, read_manifest

LOCK = ".export.lock"
PARTIAL_SUFFIX = ".partial"
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


class Target:
    """An export that is being written; `manifest` says what it holds already."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        self.root, self.manifest = root, manifest

    def partial(self, name: str) -> Path:
        """Where something grows that will be called `name`; nothing is there yet."""
        path = self.root / f".{name}{PARTIAL_SUFFIX}"
        delete(path)
        return path

    def begin(self, names: Sequence[str]) -> None:
        """Write down which tables this run is about to make."""
        ours = {*self.manifest.tables, *self.manifest.writing}
        for name in names:
            for path in (self.root / name, self.root / f"{name}.csv"):
                if path.exists() and name not in ours:
                    raise StoreError(
                        f"{path}: stands in the way, and is not of an export; move it elsewhere"
                    )
        self.manifest.writing = sorted({*self.manifest.writing, *names})
        self.save()

    def finish(self, name: str, table: Table) -> None:
        """Write a table down that has taken its name."""
        self.manifest.tables[name] = table
        self.manifest.writing = [other for other in self.manifest.writing if other != name]
        self.save()

    def save(self) -> None:
        """Write the manifest, whole."""
        self.manifest.tables = dict(sorted(self.manifest.tables.items()))
        self.write_text(NAME, self.manifest.model_dump_json(indent=1) + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Write a small file, whole."""
        partial = self.partial(name)
        partial.write_text(text, encoding="utf-8")
        sync(partial)
        partial.replace(self.root / name)


@contextlib.contextmanager
def open_target(root: Path, form: Format) -> Iterator[Target]:
    """Own the directory of an export, a new one or one of ours, for the length of a run.

    Raises:
        StoreError: It holds something else, or an export of another format.
        StoreBusyError: Another export writes there.
    """
    if root.exists() and not root.is_dir():
        raise StoreError(f"{root}: a file; name a directory to export to")
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if is_full(error):
            raise
        raise StoreError(f"{root}: cannot be made ({error}); name another directory") from error
    _refuse_foreign(root)
    with _lock(root):
        manifest = _refuse_foreign(root) or Manifest(format=form)
        if manifest.format != form:
            raise StoreError(
                f"{root}: holds an export as {manifest.format}; name another directory, or "
                f"--format {manifest.format}"
            )
        _sweep(root)
        try:
            yield Target(root, manifest)
        finally:
            _sweep(root)


def _sweep(root: Path) -> None:
    """Delete what a run left unfinished."""
    for left in root.glob(f".*{PARTIAL_SUFFIX}"):
        delete(left)


def _refuse_foreign(root: Path) -> Manifest | None:
    manifest = read_manifest(root)
    ours = {LOCK, f".{NAME}{PARTIAL_SUFFIX}"}
    found = sorted(path.name for path in root.iterdir() if path.name not in ours)
    if manifest is None and found:
        raise StoreError(
            f"{root}: holds {found[0]!r}, but no export ({NAME} is missing); name a new or an "
            "empty directory"
        )
    return manifest


@contextlib.contextmanager
def _lock(root: Path) -> Iterator[None]:
    """The kernel frees it when the process dies."""
    with (root / LOCK).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreBusyError(
                f"{root}: another export is writing there; wait for it, or name another directory"
            ) from error
        yield


def replace(new: Path, old: Path) -> None:
    """Give `new` the name of `old`, which is there at every moment, and delete what had it."""
    if not old.exists() or not old.is_dir():
        new.replace(old)
    elif not _exchange(new, old):
        aside = new.with_name(f".old-{new.name}")
        delete(aside)
        old.rename(aside)
        new.rename(old)
        delete(aside)
    delete(new)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two directories in one step; False where the system or the file system cannot."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is None:
        return False
    names = [os.fsencode(one), os.fsencode(other)]
    done: int = renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE)
    return done == 0


def sync(path: Path) -> None:
    """Have a file on the disk before it takes its name."""
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def delete(path: Path) -> None:
    """Delete a file or a directory, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
