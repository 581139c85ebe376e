"""Files of a spool: a folder in; which files can be loaded, which cannot, and where they go after.

A spool is where servers and runs put finished files (`episodes-*.parquet`, `menus-*.parquet`). What
was loaded moves to `loaded/` and is deleted there after some days; what is broken moves to
`rejected/` with its reason beside it, and stays. Knows nothing of DuckDB.
"""

import contextlib
import errno
import hashlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.episodes import CALLS, EPISODES, MENUS
from warehouse.errors import StoreError, StoreSpaceError, space_message

LOADED, REJECTED, PARTIAL = "loaded", "rejected", ".partial"
KEEP_DAYS = 7.0
DAY_SECONDS = 86_400.0
BATCH_ROWS, BATCH_BYTES = 1_000_000, 256 << 20  # what one transaction takes
CAREFUL_ROWS, CAREFUL_BYTES = 50_000, 64 << 20  # of what is looked at row by row

_IN_EPISODE = [field for field in CALLS if field.name != "episode_id"]
SCHEMAS: dict[str, pa.Schema] = {
    "menus": MENUS,
    "episodes": EPISODES.append(pa.field("calls", pa.list_(pa.struct(_IN_EPISODE)))),
}


class SpoolFile(NamedTuple):
    """A file that can be loaded.

    Attributes:
        path: Where it is.
        content: episodes or menus.
        rows: By its own metadata.
        size: Bytes.
        sha256: Of its bytes.
    """

    path: Path
    content: str
    rows: int
    size: int
    sha256: str


class Left(NamedTuple):
    """A file that was not loaded, and why."""

    path: Path
    reason: str


class Listing(NamedTuple):
    """Files of a spool.

    Attributes:
        files: To be loaded: menus first, then episodes, each in order of name.
        refused: Of another version or no name of ours: they stay where they are.
        broken: To be set aside.
    """

    files: list[SpoolFile]
    refused: list[Left]
    broken: list[Left]


def list_spool(spool: Path) -> Listing:
    """Look at every finished file of a spool; what is still being written is left alone.

    Raises:
        StoreError: There is no such folder.
    """
    if not spool.is_dir():
        raise StoreError(
            f"{spool}: no spool there; `xrouter serve --out DIR` writes one to DIR/spool: name it "
            "with --spool"
        )
    listing = Listing([], [], [])
    # Episodes are listed first: whoever wrote a file of them had written its menus before, so that
    # no menu of an episode is missed.
    episodes = sorted(spool.glob("episodes-*.parquet"))
    for path in [*sorted(spool.glob("menus-*.parquet")), *episodes]:
        _look(path, listing)
    known = ("menus-", "episodes-")
    for path in sorted(p for p in spool.glob("*.parquet") if not p.name.startswith(known)):
        listing.refused.append(Left(path, "no name of the spool: episodes-* or menus-*"))
    return listing


def _look(path: Path, listing: Listing) -> None:
    content = path.name.partition("-")[0]
    try:
        with path.open("rb") as handle, pq.ParquetFile(handle) as file:
            found, rows = file.schema_arrow, file.metadata.num_rows
        sha256 = file_hash(path)
    except pa.ArrowException as error:
        listing.broken.append(Left(path, f"not a whole parquet file: {_line(error)}"))
    except OSError as error:
        # Arrow reports a damaged footer so, too; what has a number came of the disk, and may pass.
        target = listing.broken if error.errno is None else listing.refused
        target.append(Left(path, f"cannot be read: {_line(error)}"))
    else:
        if difference := schema_difference(SCHEMAS[content], found):
            reason = f"written by another version of xrouter: {difference}; load it with that one"
            listing.refused.append(Left(path, reason))
        else:
            size = path.stat().st_size
            listing.files.append(SpoolFile(path, content, rows, size, sha256))


def schema_difference(wanted: pa.Schema, found: pa.Schema) -> str:
    """What a schema has otherwise, in words; empty where it is the one wanted."""
    missing = [name for name in wanted.names if name not in found.names]
    unknown = [name for name in found.names if name not in wanted.names]
    if missing or unknown:
        return "; ".join(
            f"{what} {', '.join(names)}"
            for what, names in (("it lacks", missing), ("it has the unknown", unknown))
            if names
        )
    for name in wanted.names:
        if not wanted.field(name).type.equals(found.field(name).type):
            parts, others = (_nested(schema.field(name).type) for schema in (wanted, found))
            if parts and others and (difference := schema_difference(parts, others)):
                return f"in {name}: {difference}"
            return f"{name} is {found.field(name).type}, not {wanted.field(name).type}"
    return ""


def _nested(kind: pa.DataType) -> pa.Schema | None:
    """Fields of a list of structs."""
    if not pa.types.is_list(kind) or not pa.types.is_struct(kind.value_type):
        return None
    return pa.schema(list(kind.value_type))


def file_hash(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def batches(
    files: Iterable[SpoolFile], most_rows: int | None = None, most_bytes: int = BATCH_BYTES
) -> Iterator[list[SpoolFile]]:
    """Files of one content and bounded rows and bytes together; a larger file stands alone."""
    most_rows = most_rows or BATCH_ROWS
    batch: list[SpoolFile] = []
    rows = size = 0
    for file in files:
        full = rows + file.rows > most_rows or size + file.size > most_bytes
        if batch and (full or file.content != batch[-1].content):
            yield batch
            batch, rows, size = [], 0, 0
        batch.append(file)
        rows, size = rows + file.rows, size + file.size
    if batch:
        yield batch


def put_away(spool: Path, paths: Iterable[Path]) -> None:
    """Move loaded files to `loaded/`, where their time begins to run."""
    with _on_disk(spool):
        (spool / LOADED).mkdir(exist_ok=True)
        for path in paths:
            path.touch()
            path.replace(spool / LOADED / path.name)


def set_aside(spool: Path, left: Iterable[Left]) -> None:
    """Move broken files to `rejected/`, each with a text file that says why."""
    with _on_disk(spool):
        for path, reason in left:
            (spool / REJECTED).mkdir(exist_ok=True)
            target = spool / REJECTED / path.name
            target.with_name(target.name + ".reason.txt").write_text(reason + "\n", "utf-8")
            path.replace(target)


def tidy(spool: Path, keep_days: float) -> int:
    """Delete what was loaded so many days ago, and half files that nobody writes any more.

    Returns:
        The number of files deleted.
    """
    now = time.time()
    with _on_disk(spool):
        old = [
            path
            for path in (spool / LOADED).glob("*.parquet")
            if now - path.stat().st_mtime >= keep_days * DAY_SECONDS
        ]
        # A writer takes seconds: what is a day old was left by one that was killed.
        old += [
            path for path in spool.glob("*" + PARTIAL) if now - path.stat().st_mtime >= DAY_SECONDS
        ]
        for path in old:
            path.unlink(missing_ok=True)
    return len(old)


@contextlib.contextmanager
def _on_disk(spool: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreSpaceError(space_message(spool)) from error
        raise StoreError(f"{spool}: loaded files cannot be moved ({error}); allow that") from error


def _line(error: Exception) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
