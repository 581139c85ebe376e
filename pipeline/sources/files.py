"""Finds the files behind a path the user gave, under names that hold on every machine.

In: a path to a file or directory. Out: files in the order of their names. Does not know what is in
them.
"""

import os
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import InputError
from pipeline.remote import is_remote, shown


class SourceFile(NamedTuple):
    """One file: where it is here, and its name inside its dataset."""

    path: Path
    name: str


def discover(spec: str) -> list[SourceFile]:
    """List the files of a path, directories recursively, sorted by name.

    Names that start with a dot are the business of tools (`.git`, `.cache`) and are left out.

    Raises:
        InputError: The path does not exist or holds no file.
    """
    if is_remote(spec):
        raise InputError(
            f"{shown(spec)}: lies elsewhere, and a dry run copies nothing; run it whole"
        )
    root = Path(spec).expanduser()
    if root.is_file():
        return [SourceFile(root, portable(root.name))]
    if not root.is_dir():
        raise InputError(
            f"{spec}: no such file or directory; give a path that exists, 'sample' for the "
            "embedded sample, or hub:ORG/NAME for a dataset on the Hugging Face Hub"
        )
    files = [
        SourceFile(path, portable(path.relative_to(root).as_posix()))
        for path in root.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(root).parts)
    ]
    if not files:
        raise InputError(f"{spec}: the directory holds no file; put the data files there")
    return sorted(files, key=lambda file: file.name)


def portable(name: str) -> str:
    """A file name as valid Unicode, whatever bytes the file system holds."""
    return os.fsencode(name).decode("utf-8", "replace")


def some(names: list[str], limit: int = 5) -> str:
    """A short list for a message."""
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")
