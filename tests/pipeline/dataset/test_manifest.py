"""The manifest: complete, deterministic, and without anything of this machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.dataset.manifest import (
    code_hash,
    content_hash,
    portable_settings,
    read_manifest,
    write_manifest,
)
from pipeline.errors import InputError
from pipeline.io import sha256_file, write_parquet
from pipeline.layout import Layout
from pipeline.settings import Settings
from schemas.manifests import Manifest

Inputs = Callable[..., Layout]
Build = Callable[..., Any]


@pytest.fixture
def built(inputs: Inputs, build: Build) -> Layout:
    layout = inputs()
    build(layout)
    return layout


def settings(layout: Layout, **changes: Any) -> Settings:
    return Settings.model_validate({"out": layout.root, **changes})


def test_lists_every_file_of_the_contract(built: Layout) -> None:
    made = write_manifest(settings(built), built)
    assert [built.root / file.path for file in made.files] == built.contract_files()
    for file in made.files:
        path = built.root / file.path
        assert file.sha256 == sha256_file(path)
        assert file.rows == pl.scan_parquet(path).select(pl.len()).collect().item()
    assert made.counts["problems"] == 80
    assert made.counts["examples/train"] == pl.read_parquet(built.examples("train")).height
    dropped = pl.read_parquet(built.rejects("dataset"))["reason"].to_list()
    assert made.rejected == {reason: dropped.count(reason) for reason in set(dropped)}
    assert made.rejected["untiered"] == 15
    assert made.references == ["model-a"]
    assert made.simulated == []
    assert [(s.dataset, s.revision, s.licence, s.rows) for s in made.sources] == [
        ("made/up", None, "MIT", 80)
    ]
    assert set(made.base_snapshot) == {"hash", "date"}
    assert read_manifest(built.manifest) == made


def test_says_what_is_simulated(built: Layout) -> None:
    rates = pl.read_parquet(built.pass_rates).with_columns(
        method=pl.lit("simulated"), reference=pl.lit("stand-in")
    )
    write_parquet(rates, built.pass_rates)
    assert write_manifest(settings(built), built).simulated == ["pass_rates: stand-in"]


def test_same_bytes_elsewhere_and_with_other_workers(
    built: Layout, inputs: Inputs, build: Build
) -> None:
    other = inputs(name="elsewhere")
    build(other, workers=1, shard_size=3)
    write_manifest(settings(built, workers=2), built)
    write_manifest(settings(other, workers=1, shard_size=3), other)
    assert built.manifest.read_bytes() == other.manifest.read_bytes()
    assert str(built.root).encode() not in built.manifest.read_bytes()


def test_content_hash_follows_the_bytes(built: Layout, build: Build) -> None:
    before = write_manifest(settings(built), built)
    assert content_hash(before.files[::-1]) == before.content_hash
    build(built, seed=1)
    assert write_manifest(settings(built, seed=1), built).content_hash != before.content_hash


def test_settings_hold_no_path_of_this_machine(tmp_path: Path) -> None:
    made = portable_settings(
        Settings.model_validate(
            {
                "out": tmp_path,
                "sources": {
                    "problems": [str(tmp_path / "guru"), "hub:LLM360/guru-RL-92k@abc", "sample"],
                    "everyday_mapping": tmp_path / "map.toml",
                },
                "tiering": {"references": [f"recorded:{tmp_path}/a.jsonl", "published:rate"]},
                "catalog": {"models": tmp_path / "models.toml"},
            }
        )
    )
    assert made["sources"]["problems"] == ["guru", "hub:LLM360/guru-RL-92k@abc", "sample"]
    assert made["sources"]["everyday_mapping"] == "map.toml"
    assert made["tiering"]["references"] == ["recorded:a.jsonl", "published:rate"]
    assert made["catalog"]["models"] == "models.toml"
    assert str(tmp_path) not in str(made)
    assert not {"out", "workers", "shard_size"} & set(made)


def test_code_hash_is_a_function_of_the_sources() -> None:
    assert code_hash() == code_hash()
    assert len(code_hash()) == 64


@pytest.mark.parametrize("content", [None, "{}", "not json", "\udcff"])
def test_unreadable_manifests(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=r"manifest\.json"):
        read_manifest(path)


def test_missing_problems(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"problems\.parquet"):
        write_manifest(Settings(out=tmp_path), Layout(tmp_path))


def test_manifest_is_frozen() -> None:
    assert Manifest.model_config["frozen"]
