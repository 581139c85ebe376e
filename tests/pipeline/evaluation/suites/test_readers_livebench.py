"""Rows of LiveBench: tasks, releases, and what no grader can judge."""

import json
from typing import Any

from pipeline.evaluation.suites.load import load_suite


def prompt(row: dict[str, Any]) -> str:
    return str(row["messages"][0]["content"])


CONTEST = (
    r"How many? $\textbf{(A) }2 \qquad\textbf{(B)}\ \frac{1}{2}\qquad\textbf{(C) } 4"
    r"\qquad\textbf{(D)}~5\qquad\textbf{(E) }6$ If you cannot tell, guess."
)


def test_contests_and_integrals_of_livebench(write: Any, grade: Any) -> None:
    base = {"category": "math", "livebench_release_date": "2024-06-24", "task": "math_comp"}
    amps = {"task": "AMPS_Hard", "subtask": "amps_hard_integrals", "ground_truth": "x^2"}
    rows = [
        base | {"question_id": "a", "subtask": "smc", "turns": [CONTEST], "ground_truth": "B"},
        base | amps | {"question_id": "b", "turns": ["Integrate."]},
    ]
    suite = load_suite("livebench", write("livebench/math.jsonl", *rows))
    contest, integral = sorted(suite.problems.to_dicts(), key=lambda row: str(row["grader"]))
    choices = json.loads(contest["grader_args"])["choices"]
    assert choices == {"A": "2", "B": r"\frac{1}{2}", "C": "4", "D": "5", "E": "6"}
    for answer, verdict in (("B", "correct"), (r"\frac{1}{2}", "correct"), ("4", "wrong")):
        assert grade(contest, f"So \\boxed{{{answer}}}").verdict == verdict
    assert json.loads(integral["ground_truth"]) == ["x^2", "x^2 + C"]
    assert grade(integral, r"\boxed{x^2 + C}").verdict == "correct"


def asked(name: str, category: str, task: str, **more: Any) -> dict[str, Any]:
    """A row of the release; its question is its own name."""
    row = {"question_id": name, "category": category, "task": task, "turns": [name]}
    row |= {"livebench_release_date": "2024-11-25T00:00:00", "livebench_removal_date": ""}
    return row | more


AMPS = {"subtask": "amps_hard_ode", "ground_truth": "x^2"}
FOLLOWED = {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
ROWS = [
    asked("A", "math", "AMPS_Hard", **AMPS),
    asked("B", "math", "math_comp", subtask="amc_12a_2023", ground_truth="C"),
    asked("C", "math", "math_comp", subtask="aime_i_2024", ground_truth="204"),
    asked("D", "math", "olympiad", subtask="usamo", ground_truth="1,2"),
    asked("E", "reasoning", "web_of_lies_v2", ground_truth="yes, no, yes"),
    asked("F", "reasoning", "spatial", ground_truth="2"),
    asked("G", "language", "typos", ground_truth="t"),
    asked("H", "instruction_following", "paraphrase", **FOLLOWED),
    asked("I", "math", "AMPS_Hard", **AMPS, livebench_removal_date="2024-11-25"),
    asked("J", "math", "AMPS_Hard", **AMPS) | {"livebench_release_date": "2025-04-02"},
    asked("K", "coding", "LCB_generation"),
]
GRADERS = {
    "A": "math",
    "B": "choice",
    "C": "math",
    "E": "ordering",
    "F": "short_answer",
    "H": "ifeval",
}
SAID = {"A": "x^2", "B": "C", "C": "204", "E": "yes, no, yes", "F": "two", "H": "fine"}


def test_each_task_finds_its_grader(write: Any, grade: Any) -> None:
    suite = load_suite("livebench", write("livebench/all.jsonl", *ROWS))
    assert suite.skipped == {
        "no_grader:olympiad": 1,
        "no_grader:typos": 1,
        "no_tests": 1,
        "not_in_release": 2,
    }
    found = {prompt(row)[0]: row for row in suite.problems.iter_rows(named=True)}
    assert {letter: row["grader"] for letter, row in sorted(found.items())} == GRADERS
    assert json.loads(found["A"]["grader_args"]) == {"part": "math/AMPS_Hard"}
    for letter, answer in SAID.items():
        text = answer if letter == "H" else f"I think. \\boxed{{{answer}}}"
        assert grade(found[letter], text).verdict == "correct", letter
