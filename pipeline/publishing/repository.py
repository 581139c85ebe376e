"""Makes the dataset repository: what may go out is searched, written, counted and described.

A build and a bank come in; a directory goes out that a reader of the Hub takes as it is. The hash
file is written last; until then an empty file says that the directory is unfinished.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from pipeline.accounting import Progress
from pipeline.errors import InputError
from pipeline.io import sha256_file, sweep_partials, write_text
from pipeline.layout import Layout
from pipeline.publishing import croissant
from pipeline.publishing.build import checked_manifest
from pipeline.publishing.card import Story, write_card
from pipeline.publishing.facts import Facts, count
from pipeline.publishing.files import write_part
from pipeline.publishing.licences import Policy
from pipeline.publishing.parts import RL, Part, parts_of
from pipeline.publishing.rights import Left, Rights, rights_of
from pipeline.publishing.scan import Finding, scan_table, scan_text
from schemas.manifests import FileRecord, Manifest

PUBLICATION = "publication.json"
CARD = "README.md"
OURS = {CARD, croissant.NAME, PUBLICATION, "data"}
# There while files are written: what a publication that ended early left is ours to replace.
UNFINISHED = ".unfinished"
# What version control or a publication under way puts beside them.
BESIDE = {".git", ".gitattributes", ".gitignore", ".lock", ".cache", UNFINISHED}


class Request(NamedTuple):
    """What to publish.

    Attributes:
        built: The build.
        bank: Outcomes to go with it.
        policy: Which licences go out.
        accepted: Findings that somebody let pass.
        leave_out: Leave rows behind that may not go out, instead of stopping.
        repo: Name on the Hub.
        page: Its address there.
    """

    built: Layout
    bank: Path | None
    policy: Policy
    accepted: frozenset[Finding]
    leave_out: bool
    repo: str | None
    page: str | None


class Publication(NamedTuple):
    """A finished repository.

    Attributes:
        root: Where it is.
        content_hash: Over all of its files but the one that holds it.
        files: Every file with its hash.
        splits: Rows of each split of each configuration.
        left: Rows that stayed behind.
        licences: Of the rows that go out.
        simulated: What no model answered.
        validated: Whether mlcroissant was there to check its file.
    """

    root: Path
    content_hash: str
    files: dict[str, str]
    splits: dict[str, dict[str, int]]
    left: list[Left]
    licences: list[str]
    simulated: list[str]
    validated: bool


class Cleared(NamedTuple):
    """What may go out, and what a search of it found."""

    manifest: Manifest
    parts: list[Part]
    rights: Rights
    left: list[Left]
    rows: dict[str, int]
    findings: list[Finding]


def clear(request: Request, progress: Progress) -> Cleared:
    """Check the build, judge its rows, and search those that may go out.

    Raises:
        InputError: The build is not what its manifest says, has no rows, or has rows that may not
            go out and are not to be left behind.
    """
    manifest = checked_manifest(request.built)
    parts = parts_of(request.built, request.bank)
    rights = rights_of(request.built, request.bank, request.policy)
    by_part = {part.name: rights.left(part) for part in parts}
    left = [row for rows in by_part.values() for row in rows]
    if left and not request.leave_out:
        raise InputError(_refusal(left))
    rows: dict[str, int] = {}
    findings: list[Finding] = []
    progress.start("searching", len(parts))
    for part in parts:
        rows[part.name] = 0
        for table in part.batches():
            kept = rights.kept(part, table)
            rows[part.name] += kept.num_rows
            findings += scan_table(part, kept)
        progress.advance()
    if not sum(n for name, n in rows.items() if name.startswith(f"{RL}/")):
        raise InputError(
            f"{request.built.root}: no row of it may go out, so there is nothing to publish"
        )
    return Cleared(manifest, parts, rights, left, rows, findings)


def _refusal(left: list[Left]) -> str:
    lines = "; ".join(
        f"{row.data_source} ({row.licence}): {row.rows:,} rows of {row.config}, {row.why}"
        for row in left
    )
    return (
        f"these rows may not go out: {lines}; leave them behind with --leave-out, or name a "
        "licence that you know to allow it in a file for --licences"
    )


def write_repository(
    root: Path, request: Request, cleared: Cleared, progress: Progress
) -> Publication:
    """Write what was cleared.

    Raises:
        InputError: The directory holds something else.
        MachineError: The disk is full.
    """
    _make_room(root)
    files = []
    progress.start("writing", len(cleared.parts))
    for part in cleared.parts:
        files += write_part(root, part, cleared.rights, cleared.rows[part.name])
        progress.advance()
    records = [_record(root, path) for path in files]
    facts = count(root, cleared.parts, request.built, cleared.rights, request.policy)
    empty = [name for name, rows in cleared.rows.items() if not rows]
    story = Story(
        request.repo, cleared.manifest, facts, records, cleared.left, empty, len(cleared.findings)
    )
    _describe(root, story, cleared, request)
    validated = croissant.check(root / croissant.NAME)
    hashes = {name: sha256_file(root / name) for name in sorted(_names(root))}
    document = _publication(story, hashes, request)
    write_text(root / PUBLICATION, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    (root / UNFINISHED).unlink()
    licences = [row["licence"] for row in facts.licences]
    return Publication(
        root,
        document["content_hash"],
        hashes | {PUBLICATION: sha256_file(root / PUBLICATION)},
        facts.splits,
        cleared.left,
        licences,
        facts.simulated,
        validated,
    )


def _describe(root: Path, story: Story, cleared: Cleared, request: Request) -> None:
    written = {part.config: part for part in cleared.parts if cleared.rows[part.name]}
    texts = {
        CARD: write_card(story),
        croissant.NAME: croissant.write_croissant(
            story,
            {name: part.schema for name, part in written.items()},
            {name: part.key for name, part in written.items()},
            _newest(story.facts),
            request.page,
        ),
    }
    for name, text in texts.items():
        if found := [f for f in scan_text(name, text) if f.secret]:
            raise InputError(
                f"{name} would hold a {found[0].kind} in {found[0].row}: look at the settings"
            )
        write_text(root / name, text)


def _newest(facts: Facts) -> Any:
    """Newest date among the prices: a date that does not depend on when this runs."""
    return max(row["last"] for row in facts.prices)


def check_room(root: Path) -> None:
    """Refuse a directory that holds anything but a repository of ours; call before locking it.

    Raises:
        InputError: It does.
    """
    there = {path.name for path in root.iterdir()} if root.is_dir() else set()
    foreign = sorted(there - OURS - BESIDE)
    unmarked = there & OURS and not there & {PUBLICATION, UNFINISHED}
    if foreign or unmarked:
        named = ", ".join(foreign[:3]) or "files of another dataset"
        raise InputError(
            f"{root}: not a dataset repository of ours, it holds {named}; give an empty directory"
        )


def _make_room(root: Path) -> None:
    """Remove what an earlier publication left."""
    write_text(root / UNFINISHED, "")
    for name in OURS - {"data"}:
        (root / name).unlink(missing_ok=True)
    if (root / "data").exists():
        shutil.rmtree(root / "data")
    sweep_partials(root)


def _names(root: Path) -> Iterator[str]:
    for path in root.rglob("*"):
        name = path.relative_to(root)
        if path.is_file() and name.parts[0] in OURS:
            yield name.as_posix()


def _record(root: Path, path: Path) -> FileRecord:
    return FileRecord(
        path=path.relative_to(root).as_posix(),
        rows=pq.read_metadata(path).num_rows,
        bytes=path.stat().st_size,
        sha256=sha256_file(path),
    )


def _publication(story: Story, hashes: Mapping[str, str], request: Request) -> dict[str, Any]:
    lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(hashes.items()))
    manifest = story.manifest
    return {
        "format": 1,
        "content_hash": hashlib.sha256(lines.encode()).hexdigest(),
        "build": {
            "content_hash": manifest.content_hash,
            "version": manifest.version,
            "code_hash": manifest.code_hash,
            "seed": manifest.seed,
            "law": manifest.law,
            "base_snapshot": manifest.base_snapshot,
        },
        "left_out": [row._asdict() for row in story.left],
        "splits": story.facts.splits,
        "files": dict(hashes),
    }
