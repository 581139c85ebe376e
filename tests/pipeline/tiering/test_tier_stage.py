import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.accounting import Silent, StageReport
from pipeline.errors import InputError, SettingsError
from pipeline.layout import Layout
from pipeline.settings import Settings
from pipeline.tiering.stage import plan_tiering, tier_problems
from schemas.attempts import Attempts, Disagreements, PassRates
from schemas.problems import problem_id
from schemas.rejects import Rejects

Build = Callable[..., Layout]
MakeRow = Callable[..., dict[str, Any]]


def settings_for(layout: Layout, *references: str, **more: Any) -> Settings:
    tiering = {"references": references, **more.pop("tiering", {})}
    values = {"out": layout.root, "workers": 1, "tiering": tiering} | more
    return Settings.model_validate(values)


def run(layout: Layout, *references: str, **more: Any) -> StageReport:
    return tier_problems(settings_for(layout, *references, **more), layout, Silent())


def tables(layout: Layout) -> dict[str, pl.DataFrame]:
    found = {
        "attempts": pl.read_parquet(layout.attempts),
        "pass_rates": pl.read_parquet(layout.pass_rates),
        "disagreements": pl.read_parquet(layout.disagreements),
        "rejects": pl.read_parquet(layout.rejects("tiering")),
    }
    Attempts.validate(found["attempts"])
    PassRates.validate(found["pass_rates"])
    Disagreements.validate(found["disagreements"])
    Rejects.validate(found["rejects"])
    for name, keys in (("attempts", 3), ("pass_rates", 2), ("disagreements", 3)):
        key = ["problem_id", "reference", "sample"][:keys]
        assert found[name].equals(found[name].sort(key))
    return found


def content(layout: Layout) -> dict[str, bytes]:
    paths = (layout.attempts, layout.pass_rates, layout.disagreements, layout.rejects("tiering"))
    return {path.name: path.read_bytes() for path in paths}


def record(path: Path, rows: Iterable[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return f"recorded:{path}"


def pid(prompt: str, source: str = "math__test") -> str:
    return problem_id(source, [{"role": "user", "content": prompt}])


def attempt(prompt: str, text: str, reference: str = "m", **more: Any) -> dict[str, Any]:
    return {"problem_id": pid(prompt), "reference": reference, "text": text} | more


def test_without_a_reference_nothing_is_made_up(build: Build, row: MakeRow) -> None:
    layout = build([row("a", "1"), row("b", "2"), row("hi", "x", kind="everyday", domain="chat")])
    report = run(layout)
    found = tables(layout)
    assert found["attempts"].is_empty()
    assert found["pass_rates"].is_empty()
    assert found["rejects"].select("key", "reason").rows() == sorted(
        (pid(prompt), "no_attempt") for prompt in ("a", "b")
    )
    assert (report.rows_in, report.rows_out, report.rejected) == (2, 0, {"no_attempt": 2})
    assert "every problem stays untiered" in str(report.notes["references"])


def test_our_graders_decide_and_disagreements_are_listed(
    build: Build, row: MakeRow, tmp_path: Path
) -> None:
    layout = build([row("a", "1"), row("b", "2")])
    spec = record(
        tmp_path / "r.jsonl",
        [
            attempt("a", "\\boxed{1}", verdict="wrong"),
            attempt("a", "\\boxed{3}", verdict="wrong"),
            attempt("b", "\\boxed{5}", verdict="correct"),
            attempt("b", "\\boxed{2}", verdict="correct"),
            attempt("b", "\\boxed{2}", verdict="ungraded"),
        ],
    )
    report = run(layout, spec)
    found = tables(layout)
    assert dict(found["pass_rates"].select("problem_id", "k").iter_rows()) == {
        pid("a"): 1,
        pid("b"): 2,
    }
    listed = found["disagreements"].select("problem_id", "sample", "recorded_correct", "verdict")
    assert set(listed.rows()) == {(pid("a"), 0, False, "correct"), (pid("b"), 0, True, "wrong")}
    assert report.notes["disagreements"] == 2
    assert set(found["attempts"]["engine"]) == {"recorded"}
    assert found["pass_rates"]["selected"].all()


def test_several_references_of_a_file_are_pooled_and_the_pool_decides(
    build: Build, row: MakeRow, tmp_path: Path
) -> None:
    layout = build([row("a", "1"), row("b", "2")])
    rows = [attempt("a", f"\\boxed{{{n}}}", name) for name, n in (("z", 1), ("y", 2), ("x", 1))]
    run(layout, record(tmp_path / "r.jsonl", [*rows, attempt("b", "\\boxed{2}", "x")]))
    rates = tables(layout)["pass_rates"]
    chosen = rates.filter("selected").select(
        "problem_id", "reference", "n", "k", "pooled", "method"
    )
    assert set(chosen.rows()) == {
        (pid("a"), "pooled:x+y+z", 3, 2, True, "recorded"),
        (pid("b"), "x", 1, 1, False, "recorded"),
    }
    assert rates.height == 5


def test_the_first_spec_that_covers_a_problem_is_selected(
    build: Build, row: MakeRow, tmp_path: Path
) -> None:
    layout = build(
        [row("a", "1", published={"q": 0.5}), row("b", "2", published={"q": 1.0}), row("c", "3")]
    )
    spec = record(tmp_path / "r.jsonl", [attempt("a", "\\boxed{0}")])
    run(layout, spec, "published:q?n=4")
    found = tables(layout)
    chosen = found["pass_rates"].filter("selected").select("problem_id", "reference", "tier")
    assert set(chosen.rows()) == {(pid("a"), "m", "hard"), (pid("b"), "q", "easy")}
    assert found["pass_rates"].height == 3
    assert found["rejects"].select("key", "reason").rows() == [(pid("c"), "no_attempt")]
    run(layout, "published:q?n=4", spec)
    chosen = tables(layout)["pass_rates"].filter("selected")
    assert set(chosen["reference"]) == {"q"}


def test_a_reference_that_two_specs_share_counts_once_and_is_rejected(
    build: Build, row: MakeRow, tmp_path: Path
) -> None:
    layout = build([row("a", "1", published={"m": 0.5})])
    first = record(tmp_path / "one.jsonl", [attempt("a", "\\boxed{1}")])
    second = record(tmp_path / "two.jsonl", [attempt("a", "\\boxed{2}"), attempt("a", "no")])
    report = run(layout, first, second, "published:m")
    rates = tables(layout)["pass_rates"]
    assert rates.select("reference", "n", "k").rows() == [("m", 1, 1)]
    assert report.rejected == {"duplicate_attempt": 2, "duplicate_reference": 1}


def test_ungraded_attempts_leave_a_problem_untiered(
    build: Build, row: MakeRow, tmp_path: Path
) -> None:
    layout = build(
        [row("a", "1", grader="no_such_grader", data_source="math__test"), row("b", "2")]
    )
    spec = record(
        tmp_path / "r.jsonl", [attempt("a", "\\boxed{1}"), attempt("b", "\\boxed{2}"), {"bad": 1}]
    )
    report = run(layout, spec)
    found = tables(layout)
    assert report.rejected == {"all_ungraded": 1, "malformed": 1}
    (untiered,) = found["rejects"].filter(reason="all_ungraded").iter_rows(named=True)
    assert untiered["key"] == pid("a")
    assert "no grader 'no_such_grader'" in untiered["detail"]
    assert dict(found["attempts"].select("problem_id", "verdict").iter_rows()) == {
        pid("a"): "ungraded",
        pid("b"): "correct",
    }


def test_a_published_proxy_is_recorded_as_one(build: Build, row: MakeRow) -> None:
    layout = build([row("a", "1", published={"q_pass_rate": 0.7})])
    run(layout, "published:q_pass_rate=Qwen/Qwen3-32B")
    (rate,) = tables(layout)["pass_rates"].iter_rows(named=True)
    assert rate["proxy_for"] == "Qwen/Qwen3-32B"
    assert (rate["reference"], rate["method"], rate["tier"]) == ("q", "published", "easy")
    assert (rate["n"], rate["low"], rate["settled"]) == (0, None, False)


def test_mistakes_are_errors_and_leave_no_output(
    build: Build, row: MakeRow, tmp_path: Path
) -> None:
    layout = build([row("a", "1")])
    with pytest.raises(SettingsError, match="known forms"):
        run(layout, "guess")
    with pytest.raises(InputError, match=r"none\.jsonl"):
        run(layout, f"recorded:{tmp_path / 'none.jsonl'}")
    with pytest.raises(SettingsError, match="no reasoning problem carries"):
        run(layout, "published:q")
    assert not layout.attempts.exists()
    with pytest.raises(InputError, match="build the problems first"):
        run(Layout(tmp_path / "empty"))


def test_no_problems_and_only_everyday_problems_give_empty_tables(
    build: Build, row: MakeRow, tmp_path: Path
) -> None:
    spec = record(tmp_path / "r.jsonl", [attempt("a", "\\boxed{1}")])
    for rows in ([], [row("hi", "x", kind="everyday", domain="chat")]):
        layout = build(rows, f"with-{len(rows)}")
        report = run(layout, spec)
        assert (report.rows_in, report.rows_out) == (0, 0)
        assert report.rejected == {"no_such_problem": 1}
        assert tables(layout)["pass_rates"].is_empty()


def test_shard_sizes_workers_and_line_order_change_no_byte(
    build: Build, row: MakeRow, tmp_path: Path
) -> None:
    prompts = [f"What is {n} + {n}?" for n in range(40)]
    layout = build([row(prompt, str(2 * n)) for n, prompt in enumerate(prompts)])
    rows = [
        attempt(prompt, f"\\boxed{{{2 * n + (n + s) % 3}}}", name, sample=s, verdict="correct")
        for n, prompt in enumerate(prompts)
        for name in ("x", "y")
        for s in range(3)
    ]
    run(layout, record(tmp_path / "r.jsonl", rows))
    expected = content(layout)
    shuffled = record(tmp_path / "s.jsonl", rows[::-1])
    for shard_size, workers, spec in ((1, 2, shuffled), (7, 1, shuffled), (1000, 2, shuffled)):
        run(layout, spec, shard_size=shard_size, workers=workers)
        assert content(layout) == expected
    assert not layout.work("tiering").exists()


def test_cuts_and_confidence_are_settings(build: Build, row: MakeRow, tmp_path: Path) -> None:
    layout = build([row("a", "1")])
    rows = [attempt("a", f"\\boxed{{{int(s < 5)}}}", sample=s) for s in range(10)]
    spec = record(tmp_path / "r.jsonl", rows)
    for cuts, tier in (((0.15, 0.65), "medium"), ((0.1, 0.5), "easy"), ((0.51, 0.6), "hard")):
        run(layout, spec, tiering={"hard_below": cuts[0], "easy_from": cuts[1]})
        assert tables(layout)["pass_rates"]["tier"].to_list() == [tier]
    run(layout, spec, tiering={"confidence": 0.51})
    narrow = tables(layout)["pass_rates"]
    assert narrow["settled"].to_list() == [True]


def test_a_plan_reads_nothing() -> None:
    settings = Settings.model_validate(
        {"tiering": {"references": ["simulated", "recorded:none.jsonl"], "samples": 4}}
    )
    assert plan_tiering(settings, 10) == {"references": 2, "problems": 10, "attempts": 40}
    assert plan_tiering(Settings(), 100)["attempts"] == 800
    with pytest.raises(SettingsError):
        plan_tiering(Settings.model_validate({"tiering": {"references": ["x"]}}), 1)
