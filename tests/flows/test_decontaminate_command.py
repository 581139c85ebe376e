"""`xrouter decontaminate`, and a build that leaves copies out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from schemas.examples import SPLITS

Command = Callable[..., Any]
ITEMS = [
    {"id": "q1", "question": "what is the  remainder when 488 is DIVIDED by 28"},
    {"id": "q2", "question": "Which element has the symbol O?"},
    {"id": "q3", "question": "Nobody asks this in the sample, not even once, as far as we know."},
]
AIME = {"id": 1, "problem": "What is the remainder when 488 is divided by 28?", "answer": "12"}


def own_set(folder: Path) -> None:
    (folder / "own.jsonl").write_text("\n".join(json.dumps(item) for item in ITEMS))


def test_findings_are_reported_per_suite(xrouter: Command, tmp_path: Path) -> None:
    own_set(tmp_path)
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites/aime24.jsonl").write_text(json.dumps(AIME))
    options = ("--own", "mine=own.jsonl", "--suites-from", "suites", "--study", "--inside")
    run = xrouter("decontaminate", *options, "--out", "found", "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    document = run.json()
    assert document["suites"]["mine"] == {"items": 3, "flagged": 2, "found": 2}
    assert document["suites"]["aime24"] == {"items": 1, "flagged": 1, "found": 1}
    assert document["missing"]["routerarena"] == "no file in the directory"
    assert document["rejected"]["decontamination"] == {"contaminated": 2}
    assert document["study"]
    duplicates = pl.read_parquet(tmp_path / "found/duplicates.parquet")
    assert document["duplicates"] == duplicates.height
    assert pl.read_parquet(tmp_path / "found/contamination.parquet").height == 3


@pytest.mark.slow
def test_findings_are_shown_with_what_was_not_checked(xrouter: Command, tmp_path: Path) -> None:
    own_set(tmp_path)
    (tmp_path / "aime24.jsonl").write_text(json.dumps(AIME))
    options = ("--own", "mine=own.jsonl", "--suites-from", ".", "--study", "--inside")
    shown = xrouter("decontaminate", *options, cwd=tmp_path)
    assert shown.code == 0, shown.err
    assert "not checked" in shown.out
    assert "mine" in shown.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "nothing to compare with"),
        (("--own", "mine"), "is not NAME=FILE"),
        (("--own", "mine=a.jsonl", "--own", "mine=b.jsonl"), "is given twice"),
        (("--own", "mine=absent.jsonl"), "absent.jsonl: no such file"),
        (("--own", "gsm8k=own.jsonl", "--suites-from", "."), "has the name of a suite"),
        (("--suites-from", "."), "no file of any suite"),
        (("--suites-from", ".", "--suite", "nosuch"), "unknown suite 'nosuch'"),
        (("--suites-from", ".", "--suite", "aime24"), "no file of suite aime24"),
    ],
)
def test_mistakes_are_named(
    xrouter: Command, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    own_set(tmp_path)
    run = xrouter("decontaminate", *options, cwd=tmp_path)
    assert run.code == 2, run.err
    assert message in run.err


@pytest.mark.slow
def test_a_build_leaves_copies_out_and_a_build_without_suites_forgets_them(
    xrouter: Command, built: Path, tmp_path: Path
) -> None:
    own_set(tmp_path)
    small = (built / "small.toml").read_text()
    (tmp_path / "small.toml").write_text(small)
    (tmp_path / "own.toml").write_text(f'{small}\n[decontamination.own]\nmine = "own.jsonl"\n')
    run = xrouter("build", "--config", "own.toml", "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    root = tmp_path / "xrouter-data"
    copies = pl.read_parquet(root / "contamination.parquet")["problem_id"].unique()
    assert len(copies) == 2
    for split in SPLITS:
        ids = pl.read_parquet(root / f"examples/{split}.parquet")["extra_info"].struct.field(
            "problem_id"
        )
        assert not set(ids) & set(copies)
    for table in ("attempts", "pass_rates"):
        assert not set(pl.read_parquet(root / f"{table}.parquet")["problem_id"]) & set(copies)
    manifest = json.loads((root / "manifest.json").read_text())
    assert manifest["decontamination"]["suites"] == {"mine": {"items": 3, "flagged": 2, "found": 2}}
    assert manifest["rejected"]["contaminated"] == 2
    again = xrouter("build", "--config", "own.toml", "--json", cwd=tmp_path)
    assert {s["stage"] for s in again.json()["stages"] if s["reused"]} >= {"decontamination"}
    plain = xrouter("build", "--config", "small.toml", "--json", cwd=tmp_path)
    assert (
        plain.json()["content_hash"]
        == json.loads((built / "stdout.json").read_text())["content_hash"]
    )
    assert json.loads((root / "manifest.json").read_text())["decontamination"] is None
