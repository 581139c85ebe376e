"""Learning curves: their numbers by hand, and the page that draws them."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from stubs.decisions import decisions, write
from stubs.pages import Visit
from typer.testing import CliRunner

from flows.cli.app import app
from pipeline.router.record import Episode
from warehouse.errors import StoreError
from warehouse.spool import load_spool
from warehouse.store import query
from warehouse.training_report import write_training_report

RUNS, STEPS, EACH = ("train-one", "train-two"), (0, 1, 2), 42


def trained() -> Iterator[Episode]:
    """Episodes of two runs, each step better than the one before; one cost is infinite."""
    for number, run_id in enumerate(RUNS):
        for kind in ("train", "validate"):
            for step in STEPS:
                for place, episode in enumerate(decisions(EACH, run_id, kind)):
                    facts = {"reward": step / 10 + place / 1000, "cost_weight": 1.0 + number}
                    cost = math.inf if place == 5 else place / 100
                    episode.row.update(facts, policy_revision=str(step), normalized_cost=cost)
                    yield episode


@pytest.fixture(scope="module")
def episodes() -> list[Episode]:
    return list(trained())


@pytest.fixture(scope="module")
def store(episodes: list[Episode], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("training")
    (root / "spool").mkdir()
    write(root / "spool", episodes)
    load_spool(root / "w.duckdb", root / "spool")
    return root / "w.duckdb"


def curve(store: Path, where: str) -> dict[str, Any]:
    result = query(store, f"SELECT * FROM learning_curve WHERE {where}")
    (row,) = result.rows()
    return dict(zip(result.columns, row, strict=True))


@pytest.mark.parametrize("tier", ["all", "easy", "unknown"])
def test_a_point_of_a_curve_is_the_mean_of_its_episodes(
    store: Path, episodes: list[Episode], tier: str
) -> None:
    wanted = {"all": None, "unknown": None}.get(tier, tier)
    mine = [
        e
        for e in episodes
        if (e.row["run_id"], e.row["kind"], e.row["policy_revision"]) == (RUNS[1], "validate", "2")
        and tier in ("all", e.row["tier"] or "unknown")
    ]
    found = curve(
        store, f"run_id = '{RUNS[1]}' AND kind = 'validate' AND step = 2 AND tier = '{tier}'"
    )
    rows = pl.DataFrame([e.row for e in mine], infer_schema_length=None)
    assert wanted is None or set(rows["tier"]) == {wanted}
    assert (found["episodes"], found["cost_weight"]) == (rows.height, 2.0)
    assert found["reward"] == pytest.approx(rows["reward"].mean())
    finite = rows.filter(pl.col("normalized_cost").is_finite())["normalized_cost"]
    assert found["normalized_cost"] == pytest.approx(finite.mean())
    for mode in ("direct", "select", "synthesize", "failed"):
        assert found[mode] == pytest.approx((rows["mode"] == mode).mean())
    made = [sum(call["status"] != "refused" for call in e.calls) for e in mine]
    assert found["calls"] == pytest.approx(sum(made) / len(made))
    calls = [call["status"] for e in mine for call in e.calls]
    assert found["failed_calls"] == pytest.approx(1 - calls.count("ok") / len(calls))


def test_the_mix_adds_up_to_the_calls_of_an_episode(store: Path, episodes: list[Episode]) -> None:
    mine = [
        e
        for e in episodes
        if (e.row["run_id"], e.row["kind"], e.row["policy_revision"]) == (RUNS[0], "train", "1")
    ]
    sql = (
        "SELECT sum(per_episode), sum(calls) FROM learning_mix "
        f"WHERE run_id = '{RUNS[0]}' AND kind = 'train' AND step = 1 AND tier = 'all'"
    )
    calls = sum(len(e.calls) for e in mine)
    assert query(store, sql).rows() == [(pytest.approx(calls / len(mine)), calls)]


def test_the_page_has_every_run_and_is_always_the_same(store: Path, tmp_path: Path) -> None:
    page = write_training_report(store, tmp_path / "t.html").read_text("utf-8")
    assert page == write_training_report(store, tmp_path / "again.html").read_text("utf-8")
    for run_id in RUNS:
        assert f">{run_id}<" in page
    assert "cost weight 2" in page
    assert 'id="table-validations-2"' in page
    assert 'id="compared-reward"' in page


def test_a_policy_that_is_never_right_has_a_page(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    played = [e for e in decisions(EACH, "train-bad", "validate") if e.row["mode"] == "failed"]
    for episode in played:
        episode.row.update(policy_revision="0", reward=0.0)
    write(tmp_path / "spool", played)
    load_spool(tmp_path / "w.duckdb", tmp_path / "spool")
    page = write_training_report(tmp_path / "w.duckdb", tmp_path / "t.html").read_text("utf-8")
    assert "cost weight unknown" in page
    assert ">100.0%<" in page


def test_a_store_without_training_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    write(tmp_path / "spool", decisions(5))
    load_spool(tmp_path / "w.duckdb", tmp_path / "spool")
    with pytest.raises(StoreError, match="xrouter train"):
        write_training_report(tmp_path / "w.duckdb", tmp_path / "t.html")


def test_the_command_writes_the_pages_there_are(store: Path, loaded: Path, tmp_path: Path) -> None:
    for name, given, wanted in (("t", store, "training"), ("b", loaded, "report")):
        options = ["report", "--store", str(given), "--out", str(tmp_path / f"{name}.html")]
        done = CliRunner().invoke(app, [*options, "--json"])
        assert done.exit_code == 0, done.output
        pages = {key: value for key, value in json.loads(done.stdout).items() if value}
        assert list(pages) == [wanted]
        assert Path(pages[wanted]).exists()


def test_every_curve_is_drawn(browser: Any, store: Path, tmp_path: Path) -> None:
    page = write_training_report(store, tmp_path / "t.html")
    visit = Visit(browser, page, viewport={"width": 1200, "height": 900})
    assert (visit.requests, visit.messages) == ([page.as_uri()], [])
    charts = visit.page.query_selector_all(".chart")
    assert len(charts) == 3 + 2 * 6
    assert all(chart.query_selector("svg .mark-line, svg .mark-area") for chart in charts)
