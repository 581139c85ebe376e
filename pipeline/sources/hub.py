"""Fetches files of a dataset on the Hugging Face Hub, at one resolved commit.

In: `hub:ORG/NAME[@REVISION]` and which of its files are wanted. Out: local copies with their names
inside the dataset, and the commit. Knows nothing of what is in the files. The only module that
talks to the Hub.
"""

import os
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.errors import InputError, MachineError, XRouterError
from pipeline.io import disk_error
from pipeline.sources.files import SourceFile, some
from pipeline.sources.routes import data_file

if TYPE_CHECKING:
    from huggingface_hub import DatasetInfo

PREFIX = "hub:"
SECONDS = 30.0
_SPEC = re.compile(r"hub:(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[^\s@]+))?")


class HubSpec(NamedTuple):
    """A dataset on the Hub; `revision` is None where the user left it open."""

    repo: str
    revision: str | None


class Snapshot(NamedTuple):
    """Files of one commit, sorted by name; `licence` is what the dataset card says."""

    repo: str
    revision: str
    licence: str
    files: list[SourceFile]


def parse(spec: str) -> HubSpec:
    """Take `hub:ORG/NAME[@REVISION]` apart.

    Raises:
        InputError: It has another form.
    """
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise InputError(f"{spec}: not of the form hub:ORG/NAME or hub:ORG/NAME@REVISION")
    return HubSpec(match["repo"], match["revision"])


def fetch(spec: str, wanted: Callable[[str], bool]) -> Snapshot:
    """Download the wanted files of a dataset, or find them in the local cache.

    Args:
        spec: `hub:ORG/NAME[@REVISION]`; without revision the one in `hub.toml`, else `main`.
        wanted: Says of a path inside the dataset whether its file is needed.

    Raises:
        InputError: No such dataset or revision, no access, or no file that applies.
        MachineError: The Hub could not be reached.
    """
    asked = parse(spec)
    known = data_file("hub.toml").get(asked.repo, {})
    info = _resolve(spec, asked, asked.revision or known.get("revision", "main"))
    names = sorted(entry.rfilename for entry in info.siblings or [])
    chosen = [name for name in names if _listed(name, known) and wanted(name)]
    _check_choice(spec, chosen, names, known if asked.revision is None else {})
    root = _download(spec, asked.repo, str(info.sha), chosen)
    return Snapshot(
        asked.repo, str(info.sha), _licence(info), [SourceFile(root / n, n) for n in chosen]
    )


def commit_of(spec: str) -> str:
    """Commit that a spec stands for today.

    Raises:
        InputError: No such dataset or revision, no access, or other files than expected.
        MachineError: The Hub could not be reached.
    """
    asked = parse(spec)
    known = data_file("hub.toml").get(asked.repo, {})
    info = _resolve(spec, asked, asked.revision or known.get("revision", "main"))
    names = sorted(entry.rfilename for entry in info.siblings or [])
    if asked.revision is None:
        _check_choice(spec, [name for name in names if _listed(name, known)], names, known)
    return str(info.sha)


def _listed(name: str, known: dict[str, Any]) -> bool:
    globs = known.get("files")
    return globs is None or any(fnmatchcase(name, glob) for glob in globs)


def _check_choice(spec: str, chosen: list[str], names: list[str], known: dict[str, Any]) -> None:
    if not chosen:
        raise InputError(
            f"{spec}: none of its files applies ({some(names) or 'it has none'}); reasoning rows "
            "need parquet in Reasoning360's format, everyday rows a [[sets]] entry with files = "
            f"'{spec.split('@')[0]}/...' in sources.everyday_mapping"
        )
    expected = known.get("file_count")
    if expected is not None and len(chosen) != expected:
        raise InputError(
            f"{spec}: {len(chosen)} files instead of the {expected} this version of xrouter knows; "
            f"the dataset has changed: give the commit you want as {spec}@COMMIT"
        )


def _place() -> dict[str, Any]:
    """Endpoint and cache as the environment has them at the call, not at the import."""
    return {
        "endpoint": os.environ.get("HF_ENDPOINT"),
        "cache_dir": os.environ.get("HF_HUB_CACHE"),
    }


def _resolve(spec: str, asked: HubSpec, revision: str) -> "DatasetInfo":
    import httpx
    from huggingface_hub import HfApi

    try:
        api = HfApi(endpoint=_place()["endpoint"])
        return api.dataset_info(asked.repo, revision=revision, timeout=SECONDS)
    except (OSError, httpx.HTTPError, ValueError) as error:
        raise _explain(spec, error) from error


def _download(spec: str, repo: str, commit: str, names: list[str]) -> Path:
    import httpx
    from huggingface_hub import snapshot_download

    try:
        root = snapshot_download(
            repo,
            repo_type="dataset",
            revision=commit,
            allow_patterns=[escape(name) for name in names],
            **_place(),
        )
    except (OSError, httpx.HTTPError, ValueError) as error:
        raise _explain(spec, error) from error
    absent = [name for name in names if not (Path(root) / name).is_file()]
    if absent:
        raise MachineError(
            f"{spec}: the download is incomplete, {some(absent)} did not arrive; run the same "
            "command again"
        )
    return Path(root)


def _explain(spec: str, error: Exception) -> XRouterError:
    """Whose fault it was, and what to do."""
    from huggingface_hub.errors import (
        DisabledRepoError,
        GatedRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    reason = str(error).strip().split("\n")[0] or type(error).__name__
    if isinstance(error, GatedRepoError | DisabledRepoError):
        return InputError(f"{spec}: access is restricted ({reason}); ask for it on its Hub page")
    if isinstance(error, RevisionNotFoundError):
        return InputError(f"{spec}: no such revision; give a branch, tag or commit that exists")
    if isinstance(error, RepositoryNotFoundError | ValueError):
        return InputError(f"{spec}: no such dataset, or it is private ({reason}); check the name")
    full = disk_error(Path(spec), error) if isinstance(error, OSError) else error
    if isinstance(full, MachineError):
        return full
    return MachineError(
        f"{spec}: the Hugging Face Hub could not be reached ({type(error).__name__}: {reason}); "
        "check the network, or copy the dataset's files to this machine and give their directory "
        "instead, or use 'sample' for the embedded sample"
    )


def _licence(info: "DatasetInfo") -> str:
    """Licence of the dataset card, `unknown` where it names none."""
    named = getattr(info.card_data, "license", None)
    if isinstance(named, list):
        return " AND ".join(map(str, named)) or "unknown"
    return str(named) if named else "unknown"
