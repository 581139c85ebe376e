"""Suites with more than one number: IFEval's four accuracies, LiveBench's average of averages."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from stubs import evaluating as world
from stubs.provider import Provider, Reply

from flows.evaluate_job import EvaluatePlan
from flows.evaluate_job import evaluate as run
from pipeline.accounting import Silent
from pipeline.evaluation.results import Result
from warehouse.evaluations import load_evaluations
from warehouse.spool import load_spool
from warehouse.store import query

Row = dict[str, Any]
Evaluate = Callable[..., Result]


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    """Evaluate one model on rows of a suite's file; answers are by the heads of prompts."""
    prices = world.write_prices(tmp_path / "models.toml")

    def make(
        suite: str, file: str, rows: Sequence[Row], said: dict[str, str], **more: Any
    ) -> Result:
        path = tmp_path / "suite" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))

        def answer(body: Row) -> Reply:
            asked = str(body["messages"][-1]["content"])
            text = next(text for head, text in said.items() if asked.startswith(head))
            finish = "length" if text.endswith("[cut]") else "stop"
            return Reply(text.removesuffix("[cut]"), finish=finish)

        plan = EvaluatePlan(
            suites=(suite,), where=tmp_path / "suite", policies=("always:small",), pool="live",
            budget_usd=1.0, **more,
        )  # fmt: skip
        with Provider(answer) as provider:
            settings = world.settings_of(tmp_path / "out", prices, **world.reached(provider))
            (found,) = run(plan, settings, Silent()).results
        return found

    return make


def in_the_store(out: Path) -> dict[str, Any]:
    """What SQL says of the one run: its value, and that of each part."""
    store = out / "w.duckdb"
    load_spool(store, out / "spool")
    load_evaluations(store, out / "evaluation")
    ((value, low, high),) = query(
        store, "SELECT value, value_low, value_high FROM evaluation_results"
    ).rows()
    parts = query(store, "SELECT part, value FROM evaluation_parts").rows()
    return dict(parts) | {"": value, "low": low, "high": high}


def values(found: Result) -> dict[str, tuple[int, Any]]:
    return {figure.name: (figure.n, pytest.approx(figure.value)) for figure in found.figures}


NO_COMMA = ("punctuation:no_comma", {})
TEA = ("keywords:existence", {"keywords": ["tea"]})
TITLE = ("detectable_format:title", {})
ENDS = ("startend:end_checker", {"end_phrase": "the end"})
PROMPTS = {"A": [NO_COMMA], "B": [TEA, TITLE, NO_COMMA], "C": [TEA, NO_COMMA], "D": [ENDS]}
SAID = {
    # All of it.
    "A": "Nothing but this.",
    # Two of three, and all but for the comma in its first line.
    "B": "Sure, here you are:\n<<tea>> and milk",
    # One of two, however it is read, and cut off.
    "C": "tea, more tea[cut]",
    # Nothing, and all of it without the asterisks.
    "D": "this is **the end**",
}


def test_instructions_are_counted_in_four_ways(evaluate: Evaluate, tmp_path: Path) -> None:
    rows = [
        {"key": n, "prompt": f"{name}, please.", "instruction_id_list": [i for i, _ in asked],
         "kwargs": [kwargs for _, kwargs in asked]}
        for n, (name, asked) in enumerate(PROMPTS.items())
    ]  # fmt: skip
    found = evaluate("ifeval", "ifeval.jsonl", rows, SAID)
    assert (found.n, found.accuracy) == (4, 0.25)
    assert values(found) == {
        "prompt_strict": (4, 1 / 4),
        "prompt_loose": (4, 3 / 4),
        # Of seven instructions, not the mean of the shares of four prompts.
        "instruction_strict": (4, (1 + 2 + 1 + 0) / 7),
        "instruction_loose": (4, (1 + 3 + 1 + 1) / 7),
    }
    strict = next(figure for figure in found.figures if figure.name == "prompt_strict")
    assert (strict.value, strict.low, strict.high) == (found.accuracy, found.low, found.high)
    # What the store has leads to the same: the share that is followed, also of what was cut off.
    known = in_the_store(tmp_path / "out")
    assert (known[""], known["instructions"]) == pytest.approx((1 / 4, 4 / 7))
    assert known["1_instruction"] == pytest.approx(1 / 2)


def test_tasks_and_categories_count_alike(evaluate: Evaluate, tmp_path: Path) -> None:
    base = {"livebench_release_date": "2024-06-24", "livebench_removal_date": ""}
    amps = {"category": "math", "task": "AMPS_Hard", "subtask": "amps_hard_algebra"}
    aime = {"category": "math", "task": "math_comp", "subtask": "aime"}
    maze = {"category": "reasoning", "task": "spatial"}
    tasks = [*[amps] * 4, aime, maze, maze]
    rows = [
        base | task | {"question_id": str(n), "turns": [f"{n} is it?"], "ground_truth": "7"}
        for n, task in enumerate(tasks)
    ]
    right = {0, 4, 5}
    said = {f"{n} ": f"\\boxed{{{7 if n in right else 8}}}" for n in range(len(rows))}
    found = evaluate("livebench", "livebench/all.jsonl", rows, said)
    # AMPS 1 of 4, AIME 1 of 1, so that mathematics has 0.625; reasoning 1 of 2. 3 of 7 in all.
    assert (found.n, found.accuracy) == (7, pytest.approx((0.625 + 0.5) / 2))
    assert values(found) == {"math": (5, 0.625), "reasoning": (2, 0.5)}
    assert found.scale == 100
    # One question of a task has no like that could be drawn for it.
    assert found.low is not None
    assert found.low >= (0.5 * (0 + 1) + 0) / 2
    known = in_the_store(tmp_path / "out")
    assert known[""] == pytest.approx(100 * found.accuracy)
    assert (known["math"], known["math/AMPS_Hard"], known["reasoning"]) == (62.5, 25, 50)
