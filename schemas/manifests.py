"""The manifest: what was built, from what, with which settings, and what it hashes to."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class FileRecord(BaseModel):
    """One file of the build."""

    model_config = ConfigDict(frozen=True)

    path: str
    rows: int
    bytes: int
    sha256: str


class SourceRecord(BaseModel):
    """Rows of one upstream dataset that became problems."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    revision: str | None
    licence: str
    rows: int


class Manifest(BaseModel):
    """Deterministic: holds no time, no path of the machine and no duration."""

    model_config = ConfigDict(frozen=True)

    content_hash: str
    seed: int
    version: str
    code_hash: str
    settings: dict[str, Any]
    sources: list[SourceRecord]
    references: list[str]
    simulated: list[str]
    law: str
    base_snapshot: dict[str, str]
    counts: dict[str, int]
    rejected: dict[str, int]
    files: list[FileRecord]
    decontamination: dict[str, Any] | None = None
    """Suites that were compared with, with `items` and `flagged`, and how; None: not done."""
