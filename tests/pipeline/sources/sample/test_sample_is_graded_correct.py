"""The real graders accept every reference answer and refuse the answers of other rows."""

import pytest

from pipeline.grading.registry import grade, grade_quick
from pipeline.grading.verdicts import Grade, GradeRequest
from pipeline.settings import GradingSettings
from pipeline.sources.rows import SourceRow
from pipeline.sources.sample import everyday, problems
from schemas.problems import to_json

ROWS = [*problems(), *everyday()]
SETTINGS = GradingSettings()


def request(row: SourceRow, text: str) -> GradeRequest:
    return GradeRequest(row.grader, text, to_json(row.ground_truth), to_json(row.grader_args))


@pytest.mark.parametrize("grader", ["math", "choice", "short_answer", "chat", "table", "json"])
def test_every_solution_is_correct(grader: str) -> None:
    rows = [row for row in ROWS if row.grader == grader]
    assert len(rows) >= 100
    wrong: list[tuple[str | None, int | None, Grade]] = []
    for row in rows:
        result = grade(request(row, str(row.solution)), SETTINGS)
        if result.verdict != "correct":
            wrong.append((row.file, row.row, result))
    assert wrong == []


def same_but_for_a_sign(row: SourceRow, other: SourceRow) -> bool:
    # Signs are the graders' own business; their tests look at them.
    truths = [str(each.ground_truth).lstrip("-") for each in (row, other)]
    return truths[0] == truths[1]


@pytest.mark.parametrize("grader", ["math", "choice", "short_answer", "table", "json"])
def test_answers_of_other_rows_are_wrong(grader: str) -> None:
    rows = [row for row in ROWS if row.grader == grader]
    checked = 0
    for row, other in zip(rows, rows[7:], strict=False):
        if isinstance(row.ground_truth, list) or same_but_for_a_sign(row, other):
            continue
        result = grade_quick(request(row, str(other.solution)), SETTINGS)
        assert result is None or result.verdict != "correct", (row.file, other.solution)
        checked += 1
    assert checked >= 50


def test_solutions_of_code_rows_pass_the_code_grader() -> None:
    rows = [row for row in ROWS if row.grader == "code"]
    results = [grade(request(row, str(row.solution)), SETTINGS) for row in rows[::9]]
    if all(r.verdict == "ungraded" for r in results):
        pytest.skip(f"no sandbox here: {results[0].detail}")
    assert [r for r in results if r.verdict != "correct"] == []
