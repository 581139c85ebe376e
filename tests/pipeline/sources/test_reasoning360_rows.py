import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.accounting import Reject
from pipeline.sources import reasoning360
from pipeline.sources.rows import SourceRow

CRUX = '{"functional": "def f(x): return x"}'
ZEBRA = {"header": ["Position", "Job"], "rows": [["1", "nurse"], ["2", "pilot"]]}
Row = Callable[..., dict[str, Any]]
Guru = Callable[..., Path]


def read(path: Path) -> list[Any]:
    return list(reasoning360.read(str(path)))


def only(path: Path) -> Any:
    items = read(path)
    assert len(items) == 1, items
    return items[0]


def test_every_field_of_a_math_row(guru: Guru, row: Row) -> None:
    raw = row(**{"qwen2.5_7b_pass_rate": 0.25, "Qwen/Qwen3-32B_avg_reward": 1})
    assert only(guru(raw)) == SourceRow(
        data_source="math__gsm8k",
        domain="math",
        messages=[{"role": "user", "content": "What is 6 * 7?"}],
        grader="math",
        ground_truth="42",
        grader_args={},
        dataset="openai/grade-school-math",
        licence="MIT",
        published=(("Qwen/Qwen3-32B", 1.0), ("qwen2.5_7b", 0.25)),
        file="train.parquet",
        row=0,
    )


@pytest.mark.parametrize("key", ["index", "idx", "id"])
def test_rejects_name_the_upstreams_own_row_key(guru: Guru, row: Row, key: str) -> None:
    path = guru(row(), row(truth=None, extra_info={key: 77}), name="a.parquet")
    good, bad = read(path)
    assert isinstance(good, SourceRow)
    assert bad == Reject(
        "sources",
        "a.parquet#1",
        "math__gsm8k",
        "missing_answer",
        f"reward_model.ground_truth is null or blank; {key}=77",
    )


@pytest.mark.parametrize(
    ("source", "truth", "domain", "grader", "value"),
    [
        ("math__deepscaler", "\\frac{1}{2}", "math", "math", "\\frac{1}{2}"),
        ("math__orz", ["1/2", "0.5"], "math", "math", ["1/2", "0.5"]),
        ("math__ints", 7, "math", "math", "7"),
        ("math__interval", "[1, 2]", "math", "math", "[1, 2]"),
        ("stem__web", "4 m/s", "stem", "stem", "4 m/s"),
        ("stem__gpqa_diamond", "(c)", "stem", "choice", "C"),
        ("table__hitab", "a|b", "table", "table", "a|b"),
        ("table__multihier", ["a", "b"], "table", "table", "a|b"),
        ("stem_web", "4 m/s", "stem", "stem", "4 m/s"),
        ("stem__supergpqa", "J", "stem", "choice", "J"),
        ("simulation__codeio", '"output": [1]', "simulation", "codeio", {"output": [1]}),
        ("simulation__codeio", '{"input": {"x": 1}}', "simulation", "codeio", {"input": {"x": 1}}),
        ("simulation__arcagi1", [[1, 0], [0, 1]], "simulation", "grid", [[1, 0], [0, 1]]),
        ("simulation__barc", "[[1]]", "simulation", "grid", [[1]]),
        ("simulation__arcagi2", [["1", "0"]], "simulation", "grid", [[1, 0]]),
        ("logic__ordering_puzzle_dataset", ["b", "a"], "logic", "ordering", ["b", "a"]),
        ("logic__graph_logical_dataset", "node 4", "logic", "graph", "node 4"),
        ("logic__ordering_puzzle", "['b', 'a']", "logic", "ordering", ["b", "a"]),
        ("logic__zebra_puzzle_dataset", ZEBRA, "logic", "zebra", ZEBRA),
        ("logic__zebra_puzzle_dataset", json.dumps(ZEBRA), "logic", "zebra", ZEBRA),
        ("logic__zebra_puzzle_dataset", repr(ZEBRA), "logic", "zebra", ZEBRA),
        (
            "codegen__leetcode2k",
            '{"functional": "assert 1"}',
            "code",
            "code",
            {"functional": "assert 1"},
        ),
        (
            "codegen__taco",
            '{"inputs": ["1"], "outputs": ["2"]}',
            "code",
            "code",
            {"inputs": ["1"], "outputs": ["2"]},
        ),
        (
            "codegen__x",
            {"pytest": "def test(): pass"},
            "code",
            "pytest",
            {"pytest": "def test(): pass"},
        ),
        ("codegen__x", '{"solution_file": "x"}', "code", "solution_file", {"solution_file": "x"}),
    ],
)
def test_domain_grader_and_truth_come_from_the_row(
    guru: Guru, row: Row, source: str, truth: Any, domain: str, grader: str, value: Any
) -> None:
    found = only(guru(row(data_source=source, truth=truth), name="logic__barc_1.6k.parquet"))
    assert (found.domain, found.grader, found.ground_truth) == (domain, grader, value)


def test_arrow_fills_merged_structs_with_nulls_that_do_not_come_through(
    guru: Guru, row: Row
) -> None:
    tests = [{"functional": "assert f()"}, {"inputs": ["1"], "outputs": ["2"]}]
    rows = [row(data_source="codegen__x", truth=t, question=str(t)) for t in tests]
    assert [item.ground_truth for item in read(guru(*rows))] == tests


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"truth": None}, "missing_answer"),
        ({"truth": "  \n"}, "missing_answer"),
        ({"question": " \r\n"}, "missing_prompt"),
        ({"prompt": None}, "missing_prompt"),
        ({"prompt": [{"role": "user", "content": None}]}, "missing_prompt"),
        ({"prompt": [{"role": None, "content": "x"}]}, "missing_prompt"),
        ({"data_source": None}, "missing_data_source"),
        ({"data_source": "music__chords", "ability": "music"}, "unknown_domain"),
        ({"data_source": "mathematics", "ability": None}, "unknown_domain"),
        ({"data_source": "logic__sudoku"}, "unknown_grader"),
        ({"data_source": "codegen__x", "truth": '{"functional": '}, "malformed_ground_truth"),
        ({"data_source": "codegen__x", "truth": "[1]"}, "malformed_ground_truth"),
        ({"data_source": "codegen__x", "truth": '{"tests": "x"}'}, "malformed_ground_truth"),
        ({"data_source": "codegen__x", "truth": '{"inputs": ["1"]}'}, "malformed_ground_truth"),
        ({"data_source": "codegen__x", "truth": '{"functional": NaN}'}, "malformed_ground_truth"),
        ({"data_source": "codegen__x", "truth": "[" * 100_000}, "malformed_ground_truth"),
        ({"data_source": "codegen__x", "truth": '{"functional": " "}'}, "missing_answer"),
        ({"data_source": "simulation__codeio", "truth": '{"a": '}, "malformed_ground_truth"),
        ({"data_source": "simulation__codeio", "truth": '{"a": 1}'}, "malformed_ground_truth"),
        ({"data_source": "simulation__codeio", "truth": "plain words"}, "malformed_ground_truth"),
        ({"data_source": "simulation__barc", "truth": "[[1], [2, 3]]"}, "malformed_ground_truth"),
        ({"data_source": "simulation__barc", "truth": "f(1)"}, "malformed_ground_truth"),
        ({"data_source": "logic__zebra_puzzle", "truth": '{"rows": []}'}, "malformed_ground_truth"),
        ({"data_source": "logic__ordering_puzzle", "truth": '{"a": 1}'}, "malformed_ground_truth"),
        (
            {"data_source": "simulation__cruxeval", "truth": '{"x": "y"}'},
            "malformed_ground_truth",
        ),
        ({"data_source": "simulation__cruxeval", "truth": CRUX}, "malformed_ground_truth"),
        ({"data_source": "ood__ifeval", "truth": "[{}]"}, "malformed_ground_truth"),
        ({"data_source": "stem__gpqa", "truth": "both"}, "malformed_ground_truth"),
        ({"qwen3_30b_pass_rate": 1.5}, "pass_rate_out_of_range"),
        ({"qwen3_30b_pass_rate": -0.1}, "pass_rate_out_of_range"),
        ({"qwen3_30b_pass_rate": float("inf")}, "pass_rate_out_of_range"),
    ],
)
def test_unusable_rows_are_rejects_with_a_reason(
    guru: Guru, row: Row, changes: dict[str, Any], reason: str
) -> None:
    good = {k: v for k, v in row().items() if k not in changes}
    first = row(**{k: v for k, v in changes.items() if k in ("truth", "question")})
    bad = first | {k: v for k, v in changes.items() if k not in ("truth", "question")}
    found = read(guru(bad, row(question="fine?") | good))[0]
    assert isinstance(found, Reject)
    assert found.reason == reason
    assert found.key == "train.parquet#0"


def test_missing_rates_are_skipped(guru: Guru, row: Row) -> None:
    rates = [None, float("nan"), 0.5]
    rows = [row(qwen3_30b_pass_rate=r, question=str(r)) for r in rates]
    assert [item.published for item in read(guru(*rows))] == [(), (), (("qwen3_30b", 0.5),)]


def test_unknown_prefix_falls_back_on_the_ability(guru: Guru, row: Row) -> None:
    found = only(
        guru(row(data_source="zebra_puzzle_dataset", ability="logical_reasoning", truth=ZEBRA))
    )
    assert (found.domain, found.grader) == ("logic", "zebra")
    found = only(guru(row(data_source="my_problems", ability="Math")))
    assert (found.domain, found.grader) == ("math", "math")


@pytest.mark.parametrize(
    ("extra", "solution"),
    [
        ({"reference": "def f(): ..."}, "def f(): ..."),
        ({"reference": " ", "solution": "so it is 4"}, "so it is 4"),
        ({"reference": ["", "first", "second"]}, "first"),
        ({"reference": None}, None),
        ({"reference": 4}, None),
    ],
)
def test_worked_solutions(
    guru: Guru, row: Row, extra: dict[str, Any], solution: str | None
) -> None:
    assert only(guru(row(extra_info=extra))).solution == solution


def test_grader_arguments(guru: Guru, row: Row) -> None:
    code = row(
        data_source="codegen__x",
        truth='{"functional": "check(f)"}',
        extra_info={"entry_point": "f", "prefix": "import math"},
    )
    assert only(guru(code)).grader_args == {"entry_point": "f", "prefix": "import math"}
    choice = row(data_source="stem__supergpqa", truth="B", extra_info={"choices": ["x", "y"]})
    assert only(guru(choice)).grader_args == {"choices": {"A": "x", "B": "y"}}


def test_licences_by_data_source(guru: Guru, row: Row) -> None:
    tests = json.dumps({"functional": "assert f()"})
    sources = ["math__other", "codegen__mbpp", "codegen__humaneval"]
    rows = [row(data_source=s, truth=tests, question=s) for s in sources]
    assert [(i.dataset, i.licence) for i in read(guru(*rows))] == [
        ("LLM360/guru-RL-92k", "MIT"),
        ("google-research/mbpp", "CC-BY-4.0"),
        ("openai/human-eval", "MIT"),
    ]
