"""Runs a stage once: a finished stage with the same inputs, settings and code is not repeated.

The record is a JSON file per stage under `stages/`; delete one to run that stage again.
"""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.accounting import Progress, StageReport
from pipeline.io import sha256_file, write_text
from pipeline.layout import Layout
from pipeline.settings import Settings

Run = Callable[[Settings, Layout, Progress], StageReport]


class Stage(NamedTuple):
    """One step of a job.

    Attributes:
        name: Its name in records, reports and rejects.
        run: The work.
        inputs: Files whose content decides the outcome.
        outputs: Files that stand when it is done.
        relevant: The settings that decide the outcome, as JSON values.
        packages: Source directories whose code decides the outcome.
    """

    name: str
    run: Run
    inputs: Callable[[Settings, Layout], list[Path]]
    outputs: Callable[[Layout], list[Path]]
    relevant: Callable[[Settings], Any]
    packages: tuple[Path, ...]


class StageRecord(BaseModel):
    """What `stages/<name>.json` holds."""

    model_config = ConfigDict(frozen=True)

    fingerprint: str
    outputs: dict[str, str]
    report: StageReport


@cache
def code_hash(package: Path) -> str:
    """Hash over all code and data files of a package."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def fingerprint(stage: Stage, settings: Settings, layout: Layout) -> str:
    """Hash over everything that decides what a stage writes."""
    parts = {
        "stage": stage.name,
        "code": [code_hash(package) for package in stage.packages],
        "settings": stage.relevant(settings),
        "inputs": [(path.name, sha256_file(path)) for path in stage.inputs(settings, layout)],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _hashes(layout: Layout, paths: list[Path]) -> dict[str, str]:
    return {str(path.relative_to(layout.root)): sha256_file(path) for path in paths}


def _finished(path: Path) -> StageRecord | None:
    try:
        return StageRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError):
        return None


def _intact(record: StageRecord, layout: Layout, outputs: list[Path]) -> bool:
    return all(path.exists() for path in outputs) and record.outputs == _hashes(layout, outputs)


def _reusable(stage: Stage, wanted: str, layout: Layout) -> StageRecord | None:
    record = _finished(layout.stage_record(stage.name))
    if record is None or record.fingerprint != wanted:
        return None
    return record if _intact(record, layout, stage.outputs(layout)) else None


def is_done(stage: Stage, settings: Settings, layout: Layout) -> bool:
    """Whether running a stage would reuse what it wrote before; its inputs must be there."""
    return _reusable(stage, fingerprint(stage, settings, layout), layout) is not None


def run_stage(stage: Stage, settings: Settings, layout: Layout, progress: Progress) -> StageReport:
    """Run a stage, or reuse what it wrote before.

    A stage that could not complete leaves no record, so that the next run goes on with it. A record
    counts only while every output still has the hash it was written with, so a damaged or
    deleted file is made again.
    """
    wanted = fingerprint(stage, settings, layout)
    if record := _reusable(stage, wanted, layout):
        return record.report.model_copy(update={"reused": True})
    layout.stage_record(stage.name).unlink(missing_ok=True)
    report = stage.run(settings, layout, progress)
    if not report.complete:
        return report
    outputs = _hashes(layout, stage.outputs(layout))
    done = StageRecord(fingerprint=wanted, outputs=outputs, report=report)
    write_text(layout.stage_record(stage.name), done.model_dump_json(indent=2) + "\n")
    return report
