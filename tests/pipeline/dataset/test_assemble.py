"""The whole stage on small builds: contract, determinism, accounting, bad input."""

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from pipeline.layout import Layout
from schemas.catalogs import Catalogs
from schemas.examples import EXAMPLES, SPLITS, example_id
from schemas.rejects import Rejects

Inputs = Callable[..., Layout]
Build = Callable[..., Any]
Rows = Callable[[Layout, str], list[dict[str, Any]]]


def hashes(layout: Layout) -> dict[str, str]:
    paths = [*(layout.examples(s) for s in SPLITS), layout.catalogs, layout.rejects("dataset")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_files_hold_the_contract(inputs: Inputs, build: Build, rows: Rows) -> None:
    layout = inputs()
    report = build(layout)
    for split in SPLITS:
        assert pq.read_schema(layout.examples(split)).equals(EXAMPLES)
        made = [row["extra_info"] for row in rows(layout, split)]
        assert [extra["index"] for extra in made] == list(range(len(made)))
        assert {extra["split"] for extra in made} <= {split}
        ids = [extra["example_id"] for extra in made]
        assert ids == sorted(ids)
        for extra in made:
            parts = (extra["problem_id"], extra["repetition"], extra["catalog_id"])
            assert extra["example_id"] == example_id(*parts)
    catalogs = Catalogs.validate(pl.read_parquet(layout.catalogs), cast=True)
    assert catalogs["catalog_id"].is_sorted()
    assert catalogs["catalog_id"].is_unique().all()
    assert report.stage == "dataset"
    assert report.rows_out == sum(report.notes[f"rows_{split}"] for split in SPLITS)


def test_rows_carry_their_problem(inputs: Inputs, build: Build, rows: Rows) -> None:
    layout = inputs()
    build(layout)
    problems = {p["problem_id"]: p for p in pl.read_parquet(layout.problems).to_dicts()}
    rates = {r["problem_id"]: r for r in pl.read_parquet(layout.pass_rates).to_dicts()}
    catalogs = dict(pl.read_parquet(layout.catalogs).select("catalog_id", "entries").iter_rows())
    for row in (row for split in SPLITS for row in rows(layout, split)):
        extra = row["extra_info"]
        problem, rate = problems[extra["problem_id"]], rates.get(extra["problem_id"])
        assert row["prompt"][1:] == problem["messages"]
        assert row["ability"] == problem["domain"]
        truth = {"style": "rule", "ground_truth": problem["ground_truth"]}
        assert row["reward_model"] == truth
        assert (extra["grader"], extra["grader_args"]) == (
            problem["grader"],
            problem["grader_args"],
        )
        assert extra["tier"] == (rate["tier"] if rate else "untiered")
        assert extra["pass_rate"] == (rate["pass_rate"] if rate else None)
        assert extra["reference"] == (rate["reference"] if rate else None)
        assert extra["catalog"] == catalogs[extra["catalog_id"]]
        names = [entry["tool_name"] for entry in extra["catalog"]]
        assert extra["tool_selection"] == [*names, "select_response"]
        create = {"create_kwargs": {"catalog_id": extra["catalog_id"]}}
        assert extra["tools_kwargs"] == {"select_response": create}
        assert extra["need_tools_kwargs"] is False
        lines = row["prompt"][0]["content"].splitlines()[-len(names) :]
        assert [line.rsplit(" | ", 1)[1] for line in lines] == names


def test_modes(inputs: Inputs, build: Build, rows: Rows) -> None:
    layout = inputs()
    build(layout, simple_share=0.5)
    made = [row for split in SPLITS for row in rows(layout, split)]
    agents = {(row["extra_info"]["mode"], row["agent_name"]) for row in made}
    assert agents == {("agent", "xrouter_agent"), ("simple", "single_turn_agent")}
    for row in made:
        calls = "CALL: " in row["prompt"][0]["content"]
        assert calls == (row["extra_info"]["mode"] == "simple")


def test_splits_share_no_problem_and_nothing_vanishes(
    inputs: Inputs, build: Build, rows: Rows
) -> None:
    layout = inputs(reasoning=200, everyday=100)
    report = build(layout, validation_share=0.2, test_share=0.2, tier_quota={"easy": 0.5})
    kept = {s: {r["extra_info"]["problem_id"] for r in rows(layout, s)} for s in SPLITS}
    assert all(kept.values())
    rejects = Rejects.validate(pl.read_parquet(layout.rejects("dataset")), cast=True)
    everything = [*(p for ids in kept.values() for p in ids), *rejects["key"]]
    assert len(everything) == len(set(everything)) == report.rows_in == 300
    assert dict(Counter(rejects["reason"].sort())) == report.rejected
    assert set(report.rejected) == {"tier_quota", "untiered", "everyday_quota"}
    assert report.rejected["tier_quota"] == 25
    everyday = [r for s in SPLITS for r in rows(layout, s) if r["extra_info"]["kind"] == "everyday"]
    assert 0.15 < len(everyday) / report.rows_out <= 0.2


def test_repetitions_get_their_own_catalogues(inputs: Inputs, build: Build, rows: Rows) -> None:
    layout = inputs()
    build(layout, repetitions={"hard": 3}, everyday_share=0)
    by_problem: dict[str, list[dict[str, Any]]] = {}
    for row in rows(layout, "train"):
        by_problem.setdefault(row["extra_info"]["problem_id"], []).append(row["extra_info"])
    for extras in by_problem.values():
        wanted = 3 if extras[0]["tier"] == "hard" else 1
        assert [extra["repetition"] for extra in extras] == list(range(wanted))
        assert len({extra["catalog_id"] for extra in extras}) > (wanted > 1)


def test_same_bytes_however_it_is_run(inputs: Inputs, build: Build) -> None:
    layout = inputs()
    build(layout, workers=1)
    first = hashes(layout)
    for other in ({"workers": 4}, {"shard_size": 7}, {"workers": 2}):
        build(layout, **other)
        assert hashes(layout) == first
    problems = pq.read_table(layout.problems)
    pq.write_table(problems, layout.problems, row_group_size=11)
    build(layout)
    assert hashes(layout) == first


def test_tables_end_where_rows_say_not_where_reading_does(
    inputs: Inputs, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = inputs(reasoning=400)
    monkeypatch.setattr("pipeline.dataset.jobs.TABLE_ROWS", 50)
    seen = []
    for batch in (13, 64, 2048):
        monkeypatch.setattr("pipeline.dataset.jobs.BATCH_ROWS", batch)
        build(layout)
        seen.append(hashes(layout))
    assert seen[0] == seen[1] == seen[2]
    groups = pq.read_metadata(layout.examples("train"))
    assert {groups.row_group(i).num_rows for i in range(groups.num_row_groups - 1)} == {50}


def test_same_bytes_whatever_is_on_disk_at_one_time(
    inputs: Inputs, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = inputs(reasoning=300, everyday=100)
    given = {
        "tier_quota": {"easy": 0.5}, "repetitions": {"hard": 3}, "max_prompt_tokens": 3_800,
    }  # fmt: skip
    report = build(layout, **given)
    assert set(report.rejected) == {"tier_quota", "untiered", "everyday_quota", "too_long"}
    first = hashes(layout)
    rates = pl.read_parquet(layout.pass_rates)
    rates.sample(fraction=1, shuffle=True, seed=0).write_parquet(layout.pass_rates)
    for module in ("scratch", "rates", "refused"):
        monkeypatch.setattr(f"pipeline.dataset.{module}.BLOCK_ROWS", 13)
    for name, rows in (("RUN_ROWS", 32), ("STEP_ROWS", 4), ("RANGE_STEPS", 2)):
        monkeypatch.setattr(f"pipeline.dataset.sorting.{name}", rows)
    build(layout, **given)
    assert hashes(layout) == first


def test_heavy_rows_end_a_table_early(
    inputs: Inputs, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = inputs(reasoning=200, everyday=0)
    build(layout)
    rows = pl.read_parquet(layout.examples("train"))
    monkeypatch.setattr("pipeline.dataset.jobs.TABLE_BYTES", 100)
    build(layout)
    assert pq.read_metadata(layout.examples("train")).num_row_groups > 5
    assert pl.read_parquet(layout.examples("train")).equals(rows)


def test_another_seed_gives_other_bytes(inputs: Inputs, build: Build) -> None:
    layout = inputs()
    build(layout)
    first = hashes(layout)
    build(layout, seed=1)
    second = hashes(layout)
    assert all(first[name] != second[name] for name in first if name != "dataset.parquet")


def test_prompts_over_the_budget_are_rejected_with_their_size(
    inputs: Inputs, build: Build, rows: Rows, tables: Any
) -> None:
    problem, pass_rate, write_inputs = tables
    layout = inputs()
    made = [problem(i, text=f"{i} " + "word " * (20_000 if i % 10 == 0 else 5)) for i in range(40)]
    layout = write_inputs(layout.root, made, [pass_rate(row, "easy") for row in made])
    report = build(layout)
    assert report.rejected == {"too_long": 4}
    rejects = pl.read_parquet(layout.rejects("dataset"))
    assert rejects["detail"].str.contains("12000 allowed").all()
    assert set(rejects["data_source"]) <= {"math__0", "math__1", "math__2"}
    assert max(len(r["prompt"][-1]["content"]) for r in rows(layout, "train")) < 1_000


def test_a_tiny_budget_rejects_everything_and_still_writes_all_files(
    inputs: Inputs, build: Build
) -> None:
    layout = inputs()
    report = build(layout, max_prompt_tokens=256)
    assert report.rows_out == 0
    assert sum(report.rejected.values()) == report.rows_in
    for split in SPLITS:
        assert pq.read_schema(layout.examples(split)).equals(EXAMPLES)
    assert pq.read_metadata(layout.catalogs).num_rows == 0
