"""Rows of contests: standard input and output, calls, compressed tests."""

import base64
import json
import pickle
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.evaluation.suites.load import LoadedSuite, load_suite
from pipeline.grading import sandbox

needs_sandbox = pytest.mark.skipif(not sandbox.available().ok, reason="no sandbox")


def only(suite: LoadedSuite) -> dict[str, Any]:
    assert suite.problems.height == 1, suite.skipped
    return suite.problems.row(0, named=True)


def prompt(row: dict[str, Any]) -> str:
    return str(row["messages"][0]["content"])


def block(source: str) -> str:
    return f"Here it is.\n```python\n{source}\n```"


def forces(number: str, **changes: Any) -> dict[str, Any]:
    row = {"id": number, "title": f"Sum {number}", "description": "Add two numbers.", "note": None}
    row |= {"input_format": "Two numbers.", "output_format": "Their sum.", "time_limit": 2.0}
    row |= {"examples": [{"input": "1 2", "output": "3"}], "interaction_format": None}
    row |= {
        "official_tests": [{"input": "1 2\n", "output": "3\n"}, {"input": "5 5", "output": "10"}]
    }
    row |= {"official_tests_complete": True, "input_mode": "stdio", "generated_checker": None}
    return row | {"executable": True} | changes


@needs_sandbox
def test_codeforces_keeps_what_output_can_judge(tmp_path: Path, grade: Any) -> None:
    rows = [
        forces("1/A"),
        forces("1/B", interaction_format="Ask."),
        forces("1/C", generated_checker="import sys"),
        forces("1/D", input_mode="file"),
        forces("1/E", official_tests_complete=False),
        forces("1/F", official_tests=[]),
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "codeforces.parquet")
    suite = load_suite("codeforces", tmp_path)
    assert suite.skipped == {
        "interactive": 1,
        "no_tests": 1,
        "reads_files": 1,
        "several_right_outputs": 1,
        "tests_incomplete": 1,
    }
    row = only(suite)
    for part in (
        "Sum 1/A",
        "Input\nTwo numbers.",
        "Example input\n1 2\nExample output\n3",
        "standard input",
    ):
        assert part in prompt(row)
    assert grade(row, block("print(sum(map(int, input().split())))")).verdict == "correct"
    half = grade(row, block("input(); print(3)"))
    assert (half.verdict, half.score) == ("wrong", 0.5)


def contest(**changes: Any) -> dict[str, Any]:
    tests = {"input": ["1 2"], "output": ["3"]}
    row = {"name": "1_A. Sum", "description": "Add.", "input_file": "", "output_file": ""}
    row |= {"public_tests": tests, "private_tests": tests}
    row |= {"generated_tests": {"input": ["2 2"], "output": ["4"]}}
    solutions = {
        "language": [2, 3],
        "solution": ["int main", "print(sum(map(int, input().split())))"],
    }
    return row | {"solutions": solutions} | changes


@needs_sandbox
def test_code_contests_uses_all_tests(tmp_path: Path, grade: Any) -> None:
    empty = {"input": [], "output": []}
    rows = [
        contest(),
        contest(name="b", description="File.", input_file="in.txt"),
        contest(
            name="c",
            description="None.",
            public_tests=empty,
            private_tests=empty,
            generated_tests=empty,
        ),
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "code_contests.parquet")
    suite = load_suite("code_contests", tmp_path)
    assert suite.skipped == {"no_tests": 1, "reads_files": 1}
    row = only(suite)
    assert json.loads(row["ground_truth"]) == {
        "inputs": ["1 2", "1 2", "2 2"],
        "outputs": ["3", "3", "4"],
    }
    assert grade(row, block(suite.references["solution"][0])).verdict == "correct"
    assert grade(row, block("print(3)")).score == pytest.approx(2 / 3)


def pickled(cases: Any) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(cases)))).decode()


def live(name: str, day: str, **changes: Any) -> dict[str, Any]:
    case = {"input": "1 2", "output": "3", "testtype": "stdin"}
    row = {
        "question_id": name,
        "question_content": f"Add, says {name}.",
        "contest_date": f"{day}T00:00:00",
    }
    row |= {"public_test_cases": json.dumps([case]), "starter_code": "", "metadata": "{}"}
    row |= {"private_test_cases": pickled([case | {"input": "4 4", "output": "8"}])}
    return row | changes


def called(name: str) -> dict[str, Any]:
    public = [{"input": "[1, 2]\n3", "output": "6", "testtype": "functional"}]
    starter = "class Solution:\n    def total(self, xs, y):\n        "
    return live(
        name,
        "2024-12-01",
        public_test_cases=json.dumps(public),
        private_test_cases=json.dumps(public),
        starter_code=starter,
        metadata='{"func_name": "total"}',
    )


class Payload:
    """What a pickle may not do."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("run",)


@needs_sandbox
def test_livecodebench_reads_its_window(write: Any, grade: Any, capsys: Any) -> None:
    bad = base64.b64encode(zlib.compress(pickle.dumps(Payload()))).decode()
    mixed = [{"input": "1", "output": "1", "testtype": kind} for kind in ("stdin", "functional")]
    where = write(
        "livecodebench/test5.jsonl",
        live("before", "2024-07-31"),
        live("first", "2024-08-01"),
        called("call"),
        live("after", "2025-02-01"),
        live("evil", "2024-09-01", private_test_cases=bad),
        live("mixed", "2024-09-01", public_test_cases=json.dumps(mixed)),
    )
    suite = load_suite("livecodebench", where)
    assert suite.skipped == {"mixed_tests": 1, "outside_the_window": 2, "unreadable_tests": 1}
    assert capsys.readouterr().out == ""
    rows = {json.loads(r["ground_truth"]).get("fn_name"): r for r in suite.problems.to_dicts()}
    stdin, function = rows[None], rows["total"]
    assert json.loads(stdin["ground_truth"]) == {"inputs": ["1 2", "4 4"], "outputs": ["3", "8"]}
    assert "class Solution:" in prompt(function)
    assert grade(stdin, block("print(sum(map(int, input().split())))")).verdict == "correct"
    assert grade(stdin, block("print(3)")).score == 0.5
    solution = "class Solution:\n    def total(self, xs, y):\n        return sum(xs) + y"
    assert grade(function, block(solution)).verdict == "correct"
    assert grade(function, block(solution + " + 1")).verdict == "wrong"


@needs_sandbox
def test_livecodebench_gives_its_programs_the_usual_modules(write: Any, grade: Any) -> None:
    """The rows' own code names `List` and imports nothing."""
    row = called("typed")
    row["starter_code"] = "class Solution:\n    def total(self, xs: List[int], y: int) -> int:\n"
    listed = called("list") | {"public_test_cases": json.loads(row["public_test_cases"])}
    live_row = row | {"category": "coding", "task": "LCB_generation", "turns": ["Complete it."]}
    live_row |= {"livebench_release_date": "2024-06-24"}
    solution = f"{row['starter_code']}        heap = xs[:]\n        heapify(heap)\n"
    solution += "        return pow(sum(heap) + y, 1, None)"
    for name, file, rows in (
        ("livecodebench", "livecodebench.jsonl", (row, listed)),
        ("livebench", "livebench/coding.jsonl", (live_row,)),
    ):
        suite = load_suite(name, write(file, *rows))
        assert suite.problems.height == len(rows), suite.skipped
        for problem in suite.problems.iter_rows(named=True):
            assert grade(problem, block(solution)).verdict == "correct"
            assert grade(problem, block(solution + " + 1")).verdict == "wrong"


def test_tests_of_another_form_are_no_tests(write: Any) -> None:
    odd = ("[{}]", "[1]", "{", "5", '[{"testtype": "stdin", "input": "1"}]')
    rows = [
        live(str(number), "2024-09-01", public_test_cases=text) for number, text in enumerate(odd)
    ]
    suite = load_suite("livecodebench", write("livecodebench.jsonl", *rows))
    assert suite.problems.is_empty()
    assert suite.skipped == {"unreadable_tests": len(odd)}


@needs_sandbox
def test_tests_of_megabytes_are_compressed_and_graded(write: Any, grade: Any) -> None:
    text = "7 " * 400_000
    cases = [{"input": text, "output": str(n), "testtype": "stdin"} for n in (400_000, 400_000)]
    where = write(
        "livecodebench.jsonl", live("big", "2024-08-02", private_test_cases=pickled(cases))
    )
    row = only(load_suite("livecodebench", where))
    assert list(json.loads(row["ground_truth"])) == ["packed"]
    assert len(row["ground_truth"]) < 50_000
    right = "xs = input().split()\nprint(len(xs) if len(xs) > 2 else sum(map(int, xs)))"
    assert grade(row, block(right)).verdict == "correct"
    assert grade(row, block("print(3)")).score == pytest.approx(1 / 3)


@needs_sandbox
def test_livebench_programs(write: Any, grade: Any) -> None:
    row = live("x", "2024-08-02") | {
        "category": "coding",
        "task": "LCB_generation",
        "turns": ["Add."],
    }
    row |= {"livebench_release_date": "2024-06-24", "original_json": {"metadata": "{}"}}
    other = row | {"task": "coding_completion", "question_id": "y", "turns": ["Finish."]}
    suite = load_suite("livebench", write("livebench/coding.jsonl", row, other))
    assert suite.skipped == {"no_grader:coding_completion": 1}
    found = only(suite)
    assert (found["grader"], found["domain"]) == ("code", "code")
    assert grade(found, block("print(sum(map(int, input().split())))")).verdict == "correct"


def test_routerarena_gives_texts_and_nothing_to_ask(write: Any) -> None:
    from pipeline.evaluation.suites.texts import reference_texts

    row = {"Global Index": "MMLU_1", "Question": "Which?", "Context": "", "Options": ["a", "b"]}
    other = {"Global Index": "MMLU_2", "Context": "So.", "Options": '["a", "b"]'}
    where = write("routerarena.jsonl", row, row | other)
    suite = load_suite("routerarena", where)
    assert suite.problems.is_empty()
    assert suite.skipped == {"texts_only": 2}
    assert suite.suite.evaluation_only
    assert reference_texts(where)["text"].to_list() == ["Which?\n\na\nb", "So.\n\nWhich?\n\na\nb"]
