"""The stand-in through LiteLLM, graded by the real graders."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.accounting import Silent
from pipeline.layout import Layout
from pipeline.providers.local import Ask, Choice, complete_all, register_writer
from pipeline.settings import Settings
from pipeline.tiering.stage import tier_problems

Build = Callable[..., Layout]
MakeRow = Callable[..., dict[str, Any]]
SAMPLING = {"n": 3, "temperature": 1.0, "max_tokens": 64, "seed": 5}


def problems(row: MakeRow) -> list[dict[str, Any]]:
    made = []
    for n in range(24):
        level = f"math/sums/level_{n % 5 + 1}"
        made.append(row(f"{n} + 1?", str(n + 1), file=level, solution=f"So:\n\n\\boxed{{{n + 1}}}"))
        made.append(
            row(f"Letter {n}?", "B", "choice", grader_args={"choices": {"A": "x", "B": "y"}})
        )
        made.append(row(f"List {n}?", [n, {"é": n}], "json", domain="simulation"))
        made.append(row(f"Name {n}?", "Rome", "short_answer", domain="stem"))
        made.append(row(f"Cells {n}?", "a|17", "table", domain="table"))
    return made


def run(layout: Layout, **more: Any) -> pl.DataFrame:
    settings = Settings.model_validate({"out": layout.root, "workers": 1} | more)
    tier_problems(settings, layout, Silent())
    return pl.read_parquet(layout.attempts)


def content(layout: Layout) -> list[bytes]:
    return [path.read_bytes() for path in (layout.attempts, layout.pass_rates)]


def test_requests_reach_the_writer_and_choices_come_back() -> None:
    asked = []

    def write(ask: Ask, count: int, seed: int) -> list[Choice]:
        asked.append((ask, count, seed))
        return [Choice(f"{ask.key} {i} é 🙂", "length", 7, 11 + i) for i in range(count)]

    register_writer("echo", write)
    asks = [Ask(f"k{i}", [{"role": "user", "content": f"q{i}"}]) for i in range(5)]
    replies = complete_all("simulated/echo", asks, SAMPLING)
    assert [reply[0].text for reply in replies] == [f"k{i} 0 é 🙂" for i in range(5)]
    assert replies[4][2] == Choice("k4 2 é 🙂", "length", 7, 13)
    assert sorted(asked) == [(ask, 3, 5) for ask in asks]


def test_a_failing_provider_is_data() -> None:
    def fail(ask: Ask, count: int, seed: int) -> list[Choice]:
        raise RuntimeError("no such luck")

    register_writer("broken", fail)
    (reply,) = complete_all(
        "simulated/broken", [Ask("k", [{"role": "user", "content": "q"}])], SAMPLING
    )
    assert len(reply) == 3
    assert reply[0].text is None
    assert "no such luck" in str(reply[0].error)
    (unknown,) = complete_all(
        "simulated/nobody", [Ask("k", [{"role": "user", "content": "q"}])], SAMPLING
    )
    assert unknown[0].error


def test_nothing_asked_gives_nothing() -> None:
    assert complete_all("simulated/echo", [], SAMPLING) == []


def test_texts_are_graded_by_the_real_graders_and_marked_as_simulated(
    build: Build, row: MakeRow
) -> None:
    layout = build(problems(row))
    attempts = run(layout)
    assert attempts.height == 120 * 8
    assert set(attempts["engine"]) == {"simulated"}
    assert set(attempts["reference"]) == {"simulated/stand-in"}
    assert set(attempts["cost_usd"]) == set(attempts["seconds"]) == {0.0}
    assert attempts["completion_tokens"].null_count() == 0
    assert set(attempts["verdict"]) == {"correct", "wrong", "parse_failure", "truncated"}
    for (grader,), group in attempts.group_by("grader"):
        assert (group["verdict"] == "correct").mean() > 0.3, grader
    rates = pl.read_parquet(layout.pass_rates)
    assert set(rates["method"]) == {"simulated"}
    assert rates["selected"].all()
    assert {tier for (tier,), group in rates.group_by("tier") if group.height > 12} == {
        "easy",
        "medium",
        "hard",
    }


def test_bytes_depend_on_the_seed_and_on_nothing_else(build: Build, row: MakeRow) -> None:
    layout = build(problems(row))
    run(layout)
    expected = content(layout)
    for more in ({"shard_size": 7}, {"shard_size": 50, "workers": 2}):
        run(layout, **more)
        assert content(layout) == expected
    run(layout, seed=1)
    assert content(layout) != expected
    few = run(layout, tiering={"samples": 3})
    texts = pl.read_parquet(layout.attempts).height
    assert texts == few.height == 120 * 3


def test_the_first_samples_do_not_depend_on_how_many_there_are(build: Build, row: MakeRow) -> None:
    layout = build(problems(row)[:10])
    eight = run(layout)
    three = run(layout, tiering={"samples": 3})
    columns = ["problem_id", "sample", "text", "verdict"]
    assert eight.filter(pl.col("sample") < 3).select(columns).equals(three.select(columns))


def test_two_stand_ins_answer_differently(build: Build, row: MakeRow) -> None:
    layout = build(problems(row)[:40])
    both = run(layout, tiering={"references": ["simulated:a", "simulated:b"]})
    texts = both.pivot("reference", index=["problem_id", "sample"], values="text")
    assert texts.height == 40 * 8
    assert (texts["simulated/a"] != texts["simulated/b"]).any()
    rates = pl.read_parquet(layout.pass_rates)
    assert set(rates.filter("selected")["reference"]) == {"simulated/a"}


def test_equal_prompts_of_two_sources_keep_their_own_answers(build: Build, row: MakeRow) -> None:
    rows = [row("Same?", truth, data_source=f"s{i}") for i, truth in enumerate(["1", "2"])]
    attempts = run(build(rows), tiering={"samples": 40})
    right = {(source["problem_id"], f"\\boxed{{{i + 1}}}") for i, source in enumerate(rows)}
    correct = attempts.filter(verdict="correct").select("problem_id", "text").unique()
    assert set(correct.rows()) <= right


def test_a_program_without_a_solution_is_not_answered(build: Build, row: MakeRow) -> None:
    truth = {"functional": "assert f() == 1"}
    layout = build([row("Code?", truth, "code", domain="code"), row("1?", "1")])
    assert run(layout).height == 8
    rejects = pl.read_parquet(layout.rejects("tiering"))
    assert rejects["reason"].to_list() == ["no_attempt"]


def programs(row: MakeRow) -> list[dict[str, Any]]:
    return [
        row(
            f"Write f{n}.",
            {"functional": f"assert f{n}(3) == {3 + n}"},
            "code",
            domain="code",
            solution=f"def f{n}(x):\n    return x + {n}\n",
        )
        for n in range(6)
    ]


def test_programs_run_in_the_sandbox(build: Build, row: MakeRow) -> None:
    from pipeline.grading import sandbox

    if not sandbox.available().ok:
        pytest.skip("needs a sandbox: `xrouter doctor` says how to get one")
    attempts = run(build(programs(row)))
    ran = attempts.filter(pl.col("text").str.contains("```python"))
    assert set(ran["verdict"]) <= {"correct", "wrong"}
    right = ran.filter(pl.col("text").str.contains(r"return x \+ \d"))
    assert set(right["verdict"]) == {"correct"}
    assert right.height > 5


def test_without_a_sandbox_programs_stay_untiered_and_the_rest_goes_on(
    build: Build, row: MakeRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    layout = build([*programs(row), row("1?", "1")])
    attempts = run(layout).filter(pl.col("text").str.contains("```python"))
    assert set(attempts["verdict"]) == {"ungraded"}
    with_program = set(attempts["problem_id"])
    rates = pl.read_parquet(layout.pass_rates)
    assert row("1?", "1")["problem_id"] in set(rates["problem_id"])
    assert not with_program & set(rates["problem_id"])
    rejects = pl.read_parquet(layout.rejects("tiering"))
    assert set(rejects["key"]) == with_program
    assert set(rejects["reason"]) == {"all_ungraded"}


@pytest.mark.parametrize("truth", [None, [], {}, "", {"odd": None}])
def test_odd_truths_do_not_stop_the_stage(build: Build, row: MakeRow, truth: Any) -> None:
    layout = build([row("Odd?", truth), row("Even?", "2")])
    run(layout)
    assert pl.read_parquet(layout.pass_rates).height >= 1
