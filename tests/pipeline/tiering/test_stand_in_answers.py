import ast
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tiering.difficulty import level_of, right_probability
from pipeline.tiering.draws import Draws, draws_for
from pipeline.tiering.questions import Question
from pipeline.tiering.right_answers import right_answer
from pipeline.tiering.wrong_answers import wrong_answer, wrong_program


def dice(seed: int) -> Draws:
    return draws_for(seed, "test", ["x"])[0]


def question(
    truth: Any, grader: str = "math", solution: str | None = None, **more: Any
) -> Question:
    fields = {"problem_id": "0" * 16, "grader_args": "{}", "file": None} | more
    return Question(
        messages=[], grader=grader, ground_truth=json.dumps(truth), solution=solution, **fields
    )


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (question("3/4"), "\\boxed{3/4}"),
        (question(3), "\\boxed{3}"),
        (question("3", solution="1 + 2 = 3"), "1 + 2 = 3\n\n\\boxed{3}"),
        (question("3", solution="It is\n\\boxed{\\frac{6}{2}}"), "It is\n\\boxed{\\frac{6}{2}}"),
        (question("B", "choice"), "\\boxed{B}"),
        (question("a|b", "table"), "\\boxed{a|b}"),
        (question(["Rome", "Roma"], "short_answer"), "Answer: Rome"),
        (question({"a": [1]}, "json"), '```json\n{"a": [1]}\n```'),
        (question("é", "json"), '```json\n"é"\n```'),
        (question("t", "code", "x = 1\n"), "```python\nx = 1\n```"),
        (question("t", "code", "So:\n```python\nx = 1\n```"), "So:\n```python\nx = 1\n```"),
    ],
)
def test_a_right_text_ends_where_the_grader_looks(asked: Question, text: str) -> None:
    right = right_answer(asked)
    assert right is not None
    assert right.text == text


def test_a_program_without_a_reference_solution_is_not_made_up() -> None:
    assert right_answer(question({"functional": "assert f() == 1"}, "code")) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.integers(0, 2**32))
def test_any_truth_has_a_wrong_answer_of_its_kind(truth: Any, seed: int) -> None:
    wrong = wrong_answer(truth, {}, dice(seed))
    json.dumps(wrong)
    again = wrong_answer(truth, {}, dice(seed))
    assert wrong == again or wrong != wrong


@pytest.mark.parametrize(
    "truth", ["18", "3/4", "x = 7", "yes", "True", "Paris", "a|b", 5, -2.5, True, [1, 2], {"a": 1}]
)
def test_a_wrong_answer_differs_from_the_truth(truth: Any) -> None:
    for seed in range(50):
        assert wrong_answer(truth, {}, dice(seed)) != truth


def test_a_wrong_choice_is_another_letter_of_the_list() -> None:
    options = {"choices": {"A": "1", "B": "2", "C": "3"}}
    found = {wrong_answer("B", options, dice(seed)) for seed in range(40)}
    assert found == {"A", "C"}


PROGRAM = """
import sys
def double(x):
    if x < 0:
        return
    while x > 100:
        x -= 1
    return 2 * x
if __name__ == "__main__":
    print(double(int(sys.argv[1])))
"""


@pytest.mark.parametrize("pick", range(6))
def test_a_wrong_program_runs_to_its_end_and_is_wrong(pick: int) -> None:
    mutant = wrong_program(PROGRAM, pick)
    ast.parse(mutant)
    assert mutant == wrong_program(PROGRAM, pick)
    done = subprocess.run(
        [sys.executable, "-c", mutant, "21"], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout.strip() == "0"
    scope: dict[str, Any] = {}
    exec(compile(mutant, "mutant", "exec"), scope | {"__name__": "m"}, scope)
    assert scope["double"](21) != 42


@pytest.mark.parametrize("code", ["def f(:", "\x00", "x" * 10 + "\n" + "(" * 500])
def test_a_program_that_cannot_be_read_has_a_stub_for_a_mutant(code: str) -> None:
    assert "return None" in wrong_program(code, 1)


def test_levels_come_from_the_file_name() -> None:
    for file, level in (
        ("math/algebra/level_3", 3),
        ("level_5", 5),
        ("math/level_9", 0),
        ("level_2.parquet", 0),
        (None, 0),
    ):
        assert level_of(question(1, file=file)) == level


def shares(level: int) -> tuple[float, ...]:
    file = f"x/level_{level}" if level else None
    rates = [
        right_probability(question(1, problem_id=f"{i:016x}", file=file), seed=0)
        for i in range(600)
    ]
    assert all(0 <= rate <= 1 for rate in rates)
    easy = sum(rate >= 0.65 for rate in rates) / len(rates)
    return easy, sum(rate < 0.15 for rate in rates) / len(rates)


def test_every_tier_is_well_populated_and_harder_levels_are_harder() -> None:
    easy, hard = zip(*(shares(level) for level in range(1, 6)), strict=True)
    assert list(easy) == sorted(easy, reverse=True)
    assert list(hard) == sorted(hard)
    assert sum(easy) / 5 == pytest.approx(0.45, abs=0.04)
    assert sum(hard) / 5 == pytest.approx(0.25, abs=0.04)
    assert shares(0)[0] == pytest.approx(0.45, abs=0.06)


def test_difficulty_depends_on_the_seed_and_the_problem_only() -> None:
    one, other = question(1, problem_id="1" * 16), question(1, problem_id="2" * 16)
    assert right_probability(one, 0) == right_probability(one._replace(solution="x"), 0)
    assert right_probability(one, 0) != right_probability(one, 1)
    assert right_probability(one, 0) != right_probability(other, 0)
