"""Sends a finished repository to the Hub: branch, commit, verification by download, tag, `main`.

Safe to kill and to run again: every step looks first at what is there. A tag is set only on a
commit whose every file was downloaded and had the right hash, so a tag means verified.
"""

import tempfile
from pathlib import Path
from typing import NamedTuple

from pipeline.accounting import Progress
from pipeline.errors import IntegrityError, SettingsError
from pipeline.io import sha256_file
from pipeline.publishing.hub import MAIN, Hub, Refs, git_hash
from pipeline.publishing.repository import CARD, OURS, PUBLICATION, Publication

TAG = "data-"


class Target(NamedTuple):
    """Where to.

    Attributes:
        branch: Gets the commit that is verified and tagged.
        tag: None for one that is named after the content.
        private: Make a new repository private.
        promote: Bring `main` to the verified content, too.
    """

    branch: str
    tag: str | None
    private: bool
    promote: bool


class Sent(NamedTuple):
    """What came of it.

    Attributes:
        commit: The verified commit.
        tag: Its name.
        committed: Whether it is a new one.
        tagged: Whether the tag is new.
        promoted: Whether `main` was changed.
    """

    commit: str
    tag: str
    committed: bool
    tagged: bool
    promoted: bool


def tag_of(publication: Publication, target: Target) -> str:
    """The tag that a publication gets."""
    return target.tag or TAG + publication.content_hash[:12]


def differs(hub: Hub, publication: Publication, target: Target) -> bool:
    """Whether sending would change anything; asks only.

    Raises:
        XRouterError: The Hub cannot be asked, or the tag has another content.
    """
    refs = hub.refs()
    if refs is None:
        return True
    tag = tag_of(publication, target)
    if tag not in refs.tags:
        return True
    _check_tag(hub, publication, refs, tag)
    places = [target.branch, *([MAIN] if target.promote else [])]
    return any(
        place not in refs.branches or bool(_changes(hub, publication, refs.branches[place]))
        for place in places
    )


def send(hub: Hub, publication: Publication, target: Target, progress: Progress) -> Sent:
    """Bring the Hub to the content of a publication.

    Raises:
        XRouterError: Something failed; nothing was tagged that was not verified.
    """
    hub.ensure(target.private)
    refs = hub.refs() or Refs({}, {})
    tag = tag_of(publication, target)
    _check_tag(hub, publication, refs, tag)
    head = refs.branches.get(target.branch) or hub.create_branch(target.branch)
    commit, committed = _bring(hub, publication, target.branch, head)
    tagged = tag not in refs.tags
    if tagged:
        verify(hub, publication, commit, progress)
        hub.tag(tag, commit)
    promoted = False
    if target.promote and target.branch != MAIN:
        after = hub.refs() or refs
        _, promoted = _bring(hub, publication, MAIN, after.branches[MAIN])
    return Sent(refs.tags.get(tag, commit), tag, committed, tagged, promoted)


def _check_tag(hub: Hub, publication: Publication, refs: Refs, tag: str) -> None:
    if tag in refs.tags and _changes(hub, publication, refs.tags[tag]):
        raise SettingsError(
            f"{hub.repo}: tag {tag} has other content, and a tag is never moved; give another --tag"
        )


def _bring(hub: Hub, publication: Publication, branch: str, head: str) -> tuple[str, bool]:
    """Commit what differs from the head of a branch; returns its commit, and whether it is new."""
    changes = _changes(hub, publication, head)
    if not changes:
        return head, False
    names = sorted(changes & publication.files.keys())
    gone = sorted(changes - publication.files.keys())
    commit = hub.commit(branch, head, publication.root, names, gone)
    if left := _changes(hub, publication, commit):
        raise IntegrityError(
            f"{hub.repo}: commit {commit} on {branch} does not hold what was sent: "
            f"{', '.join(sorted(left)[:5])}; nothing was tagged"
        )
    return commit, True


def _changes(hub: Hub, publication: Publication, commit: str) -> set[str]:
    """Files that differ between a commit and a publication, by the hashes that the Hub lists.

    Files that are not of a publication's kind are left alone.

    Raises:
        SettingsError: The repository holds a dataset that is none of ours.
    """
    there = {
        name: digest for name, digest in hub.tree(commit).items() if name.partition("/")[0] in OURS
    }
    if PUBLICATION not in there and (foreign := sorted(there.keys() - {CARD})):
        raise SettingsError(
            f"{hub.repo}: holds another dataset ({foreign[0]}), which would be replaced; give "
            "another --repo"
        )
    changed = set(there) - set(publication.files)
    for name, digest in publication.files.items():
        known = there.get(name)
        if known != digest and (known is None or known != git_hash(publication.root / name)):
            changed.add(name)
    return changed


def verify(hub: Hub, publication: Publication, commit: str, progress: Progress) -> None:
    """Download every file of a commit and compare its content.

    Raises:
        IntegrityError: A file arrives with other content.
    """
    progress.start("verifying", len(publication.files))
    for name, digest in publication.files.items():
        with tempfile.TemporaryDirectory(prefix="xrouter-verify-") as folder:
            found = sha256_file(hub.download(commit, name, Path(folder)))
        if found != digest:
            raise IntegrityError(
                f"{hub.repo}: {name} of commit {commit} arrives with other content (SHA-256 "
                f"{found[:12]} instead of {digest[:12]}); nothing was tagged, run the same command "
                "again"
            )
        progress.advance()
