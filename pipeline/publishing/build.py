"""Whether a build is what its manifest says: the first thing that is looked at."""

from pathlib import Path

from pipeline.dataset.manifest import content_hash, read_manifest
from pipeline.errors import InputError
from pipeline.io import sha256_file
from pipeline.layout import Layout
from schemas.manifests import FileRecord, Manifest


def checked_manifest(built: Layout) -> Manifest:
    """The manifest of a build whose files are those that it names.

    Raises:
        InputError: There is none, or a file was changed, added or removed since.
    """
    manifest = read_manifest(built.manifest)
    faults = [fault for record in manifest.files if (fault := _fault(built, record))]
    known = {record.path for record in manifest.files}
    present = {path.relative_to(built.root).as_posix() for path in built.contract_files()}
    faults += [f"{name} is not in the manifest" for name in sorted(present - known)]
    if not faults and content_hash(manifest.files) != manifest.content_hash:
        faults = ["its content hash is not that of its own list of files"]
    if faults:
        raise InputError(
            f"{built.manifest}: the build changed after it: {'; '.join(faults[:5])}; run "
            "`xrouter build` again, which writes it last"
        )
    return manifest


def _fault(built: Layout, record: FileRecord) -> str | None:
    path: Path = built.root / record.path
    if not path.is_file():
        return f"{record.path} is missing"
    if path.stat().st_size != record.bytes or sha256_file(path) != record.sha256:
        return f"{record.path} has other content"
    return None
