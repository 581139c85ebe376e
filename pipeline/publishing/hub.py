"""The Hub, as far as publishing needs it: one repository, its branches, tags, files and commits.

The only module of this room that talks to the Hub. Whatever goes wrong there becomes one of our
errors, which names what to do and never holds a token.
"""

import contextlib
import hashlib
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import BusyError, InputError, MachineError, SettingsError, XRouterError
from pipeline.io import disk_error

KIND = "dataset"
MAIN = "main"
HIDDEN = "***"
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,94}[A-Za-z0-9]")


class Refs(NamedTuple):
    """Branches and tags of a repository, each with its commit."""

    branches: dict[str, str]
    tags: dict[str, str]


class Hub:
    """One dataset repository on the Hub, at `HF_ENDPOINT`, with the user's own token."""

    def __init__(self, repo: str) -> None:
        """Talk to nobody yet.

        Raises:
            SettingsError: The name is none that the Hub has.
        """
        from huggingface_hub import HfApi
        from huggingface_hub.utils.tqdm import disable_progress_bars

        self.repo = repo
        if not NAME.fullmatch(repo) or "--" in repo or ".." in repo:
            raise SettingsError(
                f"--repo {repo}: not of the form ORG/NAME, of letters, digits and single . - _"
            )
        disable_progress_bars()
        self._api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))

    @property
    def page(self) -> str:
        """Address of the dataset for people."""
        return f"{self._api.endpoint}/datasets/{self.repo}"

    def ensure(self, private: bool) -> None:
        """Make the repository if there is none.

        Raises:
            SettingsError: It is there and everybody can see it, though it should be private.
        """
        with self._explained("creating the repository"):
            self._api.create_repo(self.repo, repo_type=KIND, private=private, exist_ok=True)
            info = self._api.repo_info(self.repo, repo_type=KIND)
        if private and not info.private:
            raise SettingsError(
                f"{self.repo}: is public, and --private was asked for; change it on the Hub, or "
                "publish without --private"
            )

    def refs(self) -> Refs | None:
        """Branches and tags; None where there is no such repository, or none that one may see."""
        from huggingface_hub.errors import RepositoryNotFoundError

        with self._explained("reading branches and tags"):
            try:
                found = self._api.list_repo_refs(self.repo, repo_type=KIND)
            except RepositoryNotFoundError as error:
                if error.response.status_code == 401 and _token():
                    raise
                return None
        return Refs(
            {ref.name: ref.target_commit for ref in found.branches},
            {ref.name: ref.target_commit for ref in found.tags},
        )

    def create_branch(self, name: str) -> str:
        """Make a branch at the head of `main`; returns its commit."""
        with self._explained(f"creating branch {name}"):
            self._api.create_branch(self.repo, branch=name, repo_type=KIND, exist_ok=True)
        found = self.refs()
        if found is None or name not in found.branches:
            raise MachineError(f"{self.repo}: branch {name} was made, but is not there; try again")
        return found.branches[name]

    def tree(self, commit: str) -> dict[str, str]:
        """Every file of a commit, with its SHA-256, or the git hash of a small one."""
        from huggingface_hub.hf_api import RepoFile

        with self._explained("listing files"):
            entries = self._api.list_repo_tree(
                self.repo, recursive=True, revision=commit, repo_type=KIND
            )
            return {
                entry.path: entry.lfs.sha256 if entry.lfs else entry.blob_id
                for entry in entries
                if isinstance(entry, RepoFile)
            }

    def download(self, commit: str, name: str, into: Path) -> Path:
        """Fetch one file of a commit."""
        from huggingface_hub import hf_hub_download

        with self._explained(f"downloading {name}"):
            return Path(
                hf_hub_download(
                    self.repo,
                    name,
                    repo_type=KIND,
                    revision=commit,
                    cache_dir=into,
                    endpoint=self._api.endpoint,
                )
            )

    def commit(
        self, branch: str, parent: str, root: Path, names: Sequence[str], gone: Sequence[str]
    ) -> str:
        """Upload files and commit them at once, on top of a commit; returns the new one.

        Raises:
            BusyError: Somebody else has committed meanwhile.
        """
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        changes: list[CommitOperationAdd | CommitOperationDelete] = [
            CommitOperationAdd(name, str(root / name)) for name in names
        ]
        changes += [CommitOperationDelete(name) for name in gone]
        with self._explained(f"uploading to branch {branch}"), warnings.catch_warnings():
            # huggingface_hub hands files to httpx by an argument that httpx has renamed.
            warnings.simplefilter("ignore", DeprecationWarning)
            info = self._api.create_commit(
                self.repo,
                changes,
                commit_message=f"Publish {len(names)} files with xrouter",
                repo_type=KIND,
                revision=branch,
                parent_commit=parent,
            )
        return str(info.oid)

    def tag(self, name: str, commit: str) -> None:
        """Name a commit for good."""
        with self._explained(f"tagging {name}"):
            self._api.create_tag(self.repo, tag=name, revision=commit, repo_type=KIND)

    @contextlib.contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        import httpx

        try:
            yield
        except XRouterError:
            raise
        except (OSError, httpx.HTTPError, ValueError, RuntimeError) as error:
            raise explain(self.repo, doing, error) from _without_token(error)


def card_yaml(values: Mapping[str, Any]) -> str:
    """Metadata of a card in the Hub's own spelling, checked by the Hub's own library."""
    from huggingface_hub import DatasetCardData

    text: str = DatasetCardData(**values).to_yaml()
    return text


def git_hash(path: Path) -> str:
    """What git, and so the Hub, calls a small file."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def explain(repo: str, doing: str, error: Exception) -> XRouterError:
    """Whose fault it was, and what to do."""
    response = _response(error)
    again = "run the same command again: what is uploaded is not sent twice, and nothing is tagged"
    where = f"{repo}: {doing}"
    if response is None:
        full = disk_error(Path(repo), error) if isinstance(error, OSError) else error
        if isinstance(full, MachineError):
            return full
        odd = isinstance(error, ValueError)
        what = "gave an answer that makes no sense" if odd else "could not be reached"
        return MachineError(f"{where}: the Hub {what} ({_reason(error)}); {again}")
    status, said = response
    if status == 401:
        return SettingsError(
            f"{where}: the Hub does not know who you are (401); set HF_TOKEN to a token that may "
            "write, or run `hf auth login`"
        )
    if status == 403:
        return SettingsError(
            f"{where}: your token may not do that (403 {said}); it needs the right to write to "
            f"{repo.partition('/')[0]}"
        )
    if status == 404:
        return InputError(f"{where}: no such repository or file on the Hub, or you may not see it")
    if status in (409, 412):
        return BusyError(
            f"{where}: somebody else has changed it at the same time ({status} {said}); {again}"
        )
    if status == 429:
        return MachineError(f"{where}: the Hub asks to wait (429); in some minutes, {again}")
    if status >= 500:
        return MachineError(f"{where}: the Hub failed ({status} {said}); {again}")
    return InputError(f"{where}: the Hub refused it ({status} {said})")


def _response(error: BaseException | None) -> tuple[int, str] | None:
    """Status and message of the Hub, wherever in the chain of causes they are."""
    from huggingface_hub.errors import HfHubHTTPError

    while error is not None:
        if isinstance(error, HfHubHTTPError):
            said = error.server_message or error.response.reason_phrase
            return error.response.status_code, _clean(said.strip().split("\n")[0])
        error = error.__cause__
    return None


def _reason(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {_clean(str(error).strip().split(chr(10))[0])}"


def _token() -> str | None:
    from huggingface_hub import get_token

    return get_token()


def _clean(text: str) -> str:
    token = _token()
    return text.replace(token, HIDDEN) if token else text


def _without_token(error: Exception) -> Exception | None:
    """A cause that may be shown in a traceback; None where it would hold the token."""
    return None if (token := _token()) and token in repr(error) else error
