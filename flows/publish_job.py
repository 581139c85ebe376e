"""Publishing, top to bottom: check, judge, search, write, describe, send, verify, tag."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.accounting import Progress
from pipeline.errors import InputError, MachineError
from pipeline.io import exclusive
from pipeline.layout import Layout
from pipeline.publishing.hub import Hub
from pipeline.publishing.licences import load_policy
from pipeline.publishing.repository import (
    PUBLICATION,
    Cleared,
    Publication,
    Request,
    check_room,
    clear,
    write_repository,
)
from pipeline.publishing.scan import Finding, read_accepted, write_findings
from pipeline.publishing.upload import Sent, Target, differs, send
from pipeline.settings import Settings

SHOWN = 5
FINDINGS = "findings.csv"


class PublishPlan(BaseModel):
    """What to publish where; the build is `out` of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    repo: str | None = Field(None, description="ORG/NAME on the Hub")
    to: Path | None = Field(None, description="directory to write the repository to")
    bank: Path | None = Field(None, description="outcomes that go with it")
    branch: str = Field("staging", min_length=1)
    tag: str | None = Field(None, min_length=1, description="named after the content by default")
    private: bool = False
    promote: bool = Field(True, description="bring `main` to the verified content, too")
    leave_out: bool = Field(False, description="leave rows behind that may not go out")
    licences: Path | None = Field(None, description="more licences, in the form of licences.toml")
    accept_pii: Path | None = Field(None, description="findings that somebody looked at")
    dry_run: bool = False

    @model_validator(mode="after")
    def _somewhere(self) -> "PublishPlan":
        if self.repo is None and self.to is None:
            raise ValueError("give a repository on the Hub, a directory, or both")
        return self


class PublishResult(NamedTuple):
    """What came of it.

    Attributes:
        content_hash: Of everything that goes out.
        changed: Whether anything was, or in a dry run would be, written or sent.
        root: The dataset repository; None where it was only made for the upload or in a dry run.
        splits: Rows of each split of each configuration.
        left: Rows that stayed behind, by source.
        licences: Of the rows that go out.
        simulated: What no model answered.
        validated: Whether mlcroissant was there to check `croissant.json`.
        page: Where it is on the Hub.
        sent: What the upload came to; None without one.
    """

    content_hash: str
    changed: bool
    root: Path | None
    splits: dict[str, dict[str, int]]
    left: list[dict[str, str | int]]
    licences: list[str]
    simulated: list[str]
    validated: bool
    page: str | None
    sent: Sent | None


def publish(plan: PublishPlan, settings: Settings, progress: Progress) -> PublishResult:
    """Make the dataset repository of a build, and bring a directory or the Hub to it.

    Args:
        plan: What to publish where.
        settings: `out` is the build.
        progress: Where to say how far it is.

    Raises:
        XRouterError: The build, a licence, a finding or the Hub is in the way; nothing was tagged.
    """
    if not settings.out.is_dir():
        raise InputError(f"{settings.out}: no such build; run `xrouter build --out` first")
    hub = Hub(plan.repo) if plan.repo else None
    request = request_of(plan, settings, hub)
    # Held until the end: a build must not change what is being read.
    with exclusive(settings.out), _place(plan) as root:
        before = _hash_file(plan.to)
        cleared = clear(request, progress)
        check_findings(cleared, request.accepted, settings.out)
        made = write_repository(root, request, cleared, progress)
        changed, sent = before != _hash_file(root), None
        if hub is not None:
            target = Target(plan.branch, plan.tag, plan.private, plan.promote)
            if plan.dry_run:
                changed = differs(hub, made, target)
            else:
                sent = send(hub, made, target, progress)
                changed = sent.committed or sent.tagged or sent.promoted
    return _result(made, plan, changed, hub, sent)


def request_of(plan: PublishPlan, settings: Settings, hub: Hub | None) -> Request:
    """What a plan asks for.

    Raises:
        InputError: A file that it names is missing or wrong.
    """
    if plan.bank is not None and not (plan.bank / "outcomes.parquet").exists():
        raise InputError(f"{plan.bank}: no outcome bank; make one with `xrouter collect`")
    return Request(
        built=Layout(settings.out),
        bank=plan.bank,
        policy=load_policy(plan.licences),
        accepted=read_accepted(plan.accept_pii) if plan.accept_pii else frozenset(),
        leave_out=plan.leave_out,
        repo=plan.repo,
        page=hub.page if hub else None,
    )


def check_findings(cleared: Cleared, accepted: frozenset[Finding], built: Path) -> None:
    """Stop at a secret, and at personal data that nobody has looked at.

    Raises:
        InputError: There is one; all findings are in a file of the build.
    """
    secrets = [finding for finding in cleared.findings if finding.secret]
    unseen = [f for f in cleared.findings if not f.secret and f not in accepted]
    if not secrets and not unseen:
        return
    listed = built / "publishing" / FINDINGS
    write_findings(cleared.findings, listed)
    shown = "; ".join(f"{f.table} {f.row} {f.column}: {f.kind}" for f in (secrets + unseen)[:SHOWN])
    total = f"{len(secrets)} secrets and {len(unseen)} pieces of personal data"
    fix = (
        "take the secrets out of the sources and build again"
        if secrets
        else ("look at each, and give the lines that may go out with --accept-pii FILE")
    )
    raise InputError(f"{total} in what would go out: {shown}; all are in {listed}; {fix}")


@contextlib.contextmanager
def _place(plan: PublishPlan) -> Iterator[Path]:
    if plan.to is not None and not plan.dry_run:
        there = plan.to.exists()
        check_room(plan.to)
        try:
            # Nothing but the repository stays: not even the lock.
            with exclusive(plan.to, keep=False):
                yield plan.to
        finally:
            if not there:
                with contextlib.suppress(OSError):
                    plan.to.rmdir()  # refused before anything was written
        return
    with tempfile.TemporaryDirectory(prefix="xrouter-publish-") as folder:
        try:
            yield Path(folder)
        except MachineError as error:
            if folder not in str(error):
                raise
            raise MachineError(f"{error}; TMPDIR names the place of temporary files") from error


def _hash_file(root: Path | None) -> str | None:
    path = root / PUBLICATION if root else None
    return path.read_text("utf-8") if path and path.is_file() else None


def _result(
    made: Publication, plan: PublishPlan, changed: bool, hub: Hub | None, sent: Sent | None
) -> PublishResult:
    return PublishResult(
        content_hash=made.content_hash,
        changed=changed,
        root=plan.to if not plan.dry_run else None,
        splits=made.splits,
        left=[row._asdict() for row in made.left],
        licences=made.licences,
        simulated=made.simulated,
        validated=made.validated,
        page=hub.page if hub else None,
        sent=sent,
    )
