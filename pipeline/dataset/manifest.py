"""The manifest: what a build holds, from what it was made, and the one hash that names its content.

The finished files of a build come in, `manifest.json` goes out. It holds no time, no path of the
machine and no duration, so that equal builds have equal manifests.
"""

import hashlib
import importlib.metadata
import json
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
from pydantic import ValidationError

from pipeline.accounting import count_reasons
from pipeline.catalog.laws import chosen_law
from pipeline.catalog.load import load_models
from pipeline.errors import InputError
from pipeline.io import sha256_file, write_text
from pipeline.layout import Layout
from pipeline.settings import Settings
from schemas.manifests import FileRecord, Manifest, SourceRecord

PACKAGES = ("schemas", "pipeline", "warehouse", "flows")
# Where and how fast, not what.
WITHOUT_EFFECT: dict[str, Any] = {
    "out": True,
    "workers": True,
    "shard_size": True,
    "executor": True,
    "ray_address": True,
    "router": True,
    "serve": True,
    "reward": True,
    "tiering": {
        "measure": {
            "ledger",
            "in_flight",
            "request_seconds",
            "tries",
            "patience_seconds",
            "api_key_env",
            "gpus",
            "gpu_hour_usd",
            "gpu_tokens_per_second",
        }
    },
}
# Settings that can hold a path; such files' content is in the hashes of what was made of them.
PATHS = (
    ("sources", "problems"),
    ("sources", "everyday"),
    ("sources", "everyday_mapping"),
    ("tiering", "references"),
    ("catalog", "models"),
    ("catalog", "laws"),
    ("decontamination", "suites_from"),
    ("decontamination", "own"),
)
REMOTE = "hub:"


def write_manifest(settings: Settings, layout: Layout) -> Manifest:
    """Describe the finished build and write `manifest.json`.

    Raises:
        InputError: A file of the contract is missing or unreadable.
    """
    files = [_record(layout, path) for path in layout.contract_files()]
    models = load_models(settings.catalog.models)
    manifest = Manifest(
        content_hash=content_hash(files),
        seed=settings.seed,
        version=importlib.metadata.version("xrouter"),
        code_hash=code_hash(),
        settings=portable_settings(settings),
        sources=_sources(layout.problems),
        references=_distinct(layout.pass_rates, "reference", pl.lit(True)),
        simulated=_simulated(layout),
        law=chosen_law(settings.catalog).name,
        base_snapshot=models.snapshot._asdict(),
        counts={_table_name(file.path): file.rows for file in files},
        rejected=_rejected(layout),
        files=files,
        decontamination=_decontamination(layout),
    )
    write_text(layout.manifest, manifest.model_dump_json(indent=2) + "\n")
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        InputError: The file is missing or not a manifest.
    """
    try:
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; run `xrouter build` first") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a manifest ({error}); build again") from error


def content_hash(files: list[FileRecord]) -> str:
    """SHA-256 over the sorted relative paths and hashes of all files."""
    lines = sorted(f"{file.path}\0{file.sha256}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def code_hash() -> str:
    """SHA-256 over every source and data file of the installed packages."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for path in sorted(path for name in PACKAGES for path in (root / name).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def portable_settings(settings: Settings) -> dict[str, Any]:
    """The settings that decide content, with paths reduced to their last part."""
    values = settings.model_dump(mode="json", exclude=WITHOUT_EFFECT)
    for section, name in PATHS:
        values[section][name] = _portable(values[section][name])
    if not settings.decontamination.wanted:
        del values["decontamination"]
    return values


def _portable(value: Any) -> Any:
    if isinstance(value, list):
        return [_portable(item) for item in value]
    if isinstance(value, dict):
        return {name: _portable(item) for name, item in value.items()}
    if not isinstance(value, str) or value.startswith(REMOTE):
        return value
    kind, colon, path = value.partition(":")
    return f"{kind}:{Path(path).name}" if colon and "/" not in kind else Path(value).name


def _record(layout: Layout, path: Path) -> FileRecord:
    return FileRecord(
        path=path.relative_to(layout.root).as_posix(),
        rows=pq.read_metadata(path).num_rows,
        bytes=path.stat().st_size,
        sha256=sha256_file(path),
    )


def _table_name(path: str) -> str:
    """`examples/train.parquet` counts as `examples/train`."""
    return path.removesuffix(".parquet")


def _sources(problems: Path) -> list[SourceRecord]:
    key = [pl.col("origin").struct.field(name) for name in ("dataset", "revision", "licence")]
    counted = _scan(problems).select(*key).group_by("dataset", "revision", "licence").len("rows")
    frame = counted.collect().sort("dataset", "revision", "licence", nulls_last=True)
    return [SourceRecord.model_validate(row) for row in frame.to_dicts()]


def _simulated(layout: Layout) -> list[str]:
    """Names of everything simulated, each after the table that holds it."""
    found = []
    for path, column in ((layout.attempts, "engine"), (layout.pass_rates, "method")):
        names = _distinct(path, "reference", pl.col(column) == "simulated")
        found += [f"{path.stem}: {name}" for name in names]
    return sorted(found)


def _distinct(path: Path, column: str, where: pl.Expr) -> list[str]:
    if not path.exists():
        return []
    return _scan(path).filter(where).select(column).unique().collect()[column].sort().to_list()


def _decontamination(layout: Layout) -> dict[str, Any] | None:
    path = layout.decontamination
    found: dict[str, Any] | None = json.loads(path.read_text("utf-8")) if path.exists() else None
    return found


def _rejected(layout: Layout) -> dict[str, int]:
    paths = sorted((layout.root / "rejects").glob("*.parquet"))
    if not paths:
        return {}
    return count_reasons(pl.concat([_scan(path).select("reason") for path in paths]).collect())


def _scan(path: Path) -> pl.LazyFrame:
    if not path.exists():
        raise InputError(f"{path}: no such file; run `xrouter build` first")
    return pl.scan_parquet(path)
